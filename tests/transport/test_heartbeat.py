"""When a piece of work counts as waiting."""

from bridge.transport.heartbeat import Heartbeat
from bridge.transport.retry import RetryPolicy
from connectors.base import RetryableStoreError


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_only_a_request_under_way_is_waiting() -> None:
    clock = Clock()
    heartbeat = Heartbeat(clock)
    clock.now += 7
    assert (heartbeat.waited, heartbeat.still) == (0.0, 7.0)
    with heartbeat.waiting():
        clock.now += 2
        assert heartbeat.waited == 2.0
    clock.now += 3
    assert (heartbeat.waited, heartbeat.still) == (0.0, 3.0)


def test_of_many_requests_the_last_news_counts() -> None:
    clock = Clock()
    heartbeat = Heartbeat(clock)
    with heartbeat.waiting():
        clock.now += 5
        with heartbeat.waiting():
            clock.now += 1
            assert heartbeat.waited == 1.0
        clock.now += 4
        assert heartbeat.waited == 4.0


def test_pauses_and_repetitions_are_one_waiting() -> None:
    clock, seen = Clock(), list[float]()
    heartbeat, answers = Heartbeat(clock), iter((RetryableStoreError("later", retry_after=20.0), None))

    def wait(seconds: float) -> None:
        clock.now += seconds

    def ask() -> str:
        clock.now += 1
        seen.append(heartbeat.waited)
        if fault := next(answers):
            raise fault
        return "answer"

    assert RetryPolicy(wait, lambda: None, clock=clock, heartbeat=heartbeat)(ask) == "answer"
    assert seen == [1.0, 22.0]
    assert heartbeat.waited == 0.0


def test_a_store_at_work_gives_signs_of_life() -> None:
    clock, seen = Clock(), list[float]()
    heartbeat, left = Heartbeat(clock), iter((True, True, False))

    def wait(seconds: float) -> None:
        clock.now += seconds
        seen.append(heartbeat.waited)

    def ask() -> str:
        if next(left):
            fault = RetryableStoreError("not yet", retry_after=10.0)
            fault.at_work = True
            raise fault
        return "done"

    assert RetryPolicy(wait, lambda: None, clock=clock, heartbeat=heartbeat)(ask) == "done"
    assert seen == [10.0, 10.0]
