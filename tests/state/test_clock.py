"""Instants that several machines share come from Redis' clock, not from theirs."""

from datetime import UTC, datetime, timedelta

import pytest
import redis as redis_package

from bridge.errors import StateUnavailableError
from bridge.state.clock import EVERY, SharedClock
from bridge.state.connect import connect

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)


class Server:
    """A Redis whose clock stands two hours off this machine's, and that may be away."""

    def __init__(self) -> None:
        self.now, self.away, self.asked = AT, False, 0

    def time(self) -> tuple[int, int]:
        self.asked += 1
        if self.away:
            raise redis_package.ConnectionError
        return int(self.now.timestamp()), self.now.microsecond


def test_it_says_what_redis_says(redis_url: str, redis: redis_package.Redis) -> None:
    db = connect(redis_url)
    seconds, _ = redis.time()
    assert abs(SharedClock(db)().timestamp() - seconds) < 5
    db.close()


def test_it_counts_on_by_itself_and_asks_again_after_a_while() -> None:
    server, elapsed = Server(), [0.0]
    clock = SharedClock(server, lambda: elapsed[0])  # type: ignore[arg-type]
    assert clock() == AT
    elapsed[0] = EVERY / 2
    assert (clock(), server.asked) == (AT + timedelta(seconds=EVERY / 2), 1)
    server.now = AT + timedelta(hours=1)
    elapsed[0] = EVERY
    assert (clock(), server.asked) == (AT + timedelta(hours=1), 2)


def test_while_redis_is_away_it_counts_on_and_what_never_heard_it_says_so() -> None:
    server, elapsed = Server(), [0.0]
    clock = SharedClock(server, lambda: elapsed[0])  # type: ignore[arg-type]
    assert clock() == AT
    server.away = True
    elapsed[0] = 3 * EVERY
    assert clock() == AT + timedelta(seconds=3 * EVERY)
    with pytest.raises(StateUnavailableError):
        SharedClock(server)()  # type: ignore[arg-type]
