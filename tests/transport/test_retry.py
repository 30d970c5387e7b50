"""The one layer that waits."""

from collections.abc import Iterator

import pytest

from bridge.errors import RetryableSourceError
from bridge.transport.retry import RetryPolicy
from connectors.base import RetryableStoreError


class FlakyLine:
    """Requests that take a while and fail. seconds: by its own clock."""

    def __init__(self, takes: float, asked: float | None = None) -> None:
        self.now, self.takes, self.asked, self.tries = 0.0, takes, asked, 0
        self.retry_seconds = RetryPolicy(self.wait, lambda: None, 60.0, clock=lambda: self.now)

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def fail(self) -> None:
        self.tries += 1
        self.now += self.takes
        raise RetryableStoreError("no answer", retry_after=self.asked)


@pytest.mark.parametrize(
    ("takes", "asked", "tries"),
    [(31.0, None, 1), (0.0, 70.0, 1), (10.0, 5.0, 4), (0.0, 25.0, 3)],
    ids=["one that hangs is left at once", "told to come later", "slow", "told to wait"],
)
def test_a_request_takes_no_longer_than_there_is_time_limit(takes: float, asked: float | None, tries: int) -> None:
    line = FlakyLine(takes, asked)
    with pytest.raises(RetryableStoreError):
        line.retry_seconds(line.fail)
    assert line.tries == tries
    assert line.now <= 60.0
    assert line.retry_seconds.calls == {"none": tries}


def test_a_store_that_is_at_work_is_waited_for() -> None:
    """As a large shop writes its bulk file for many minutes; a later failure finds all of the patience again."""
    line = FlakyLine(1.0, 10.0)
    asked = iter(range(100))

    def prepare() -> str:
        if next(asked, None) is None:
            return "done"
        fault = RetryableStoreError("not yet", retry_after=10.0)
        fault.at_work, fault.status = True, "200"
        raise fault

    assert line.retry_seconds(prepare) == "done"
    assert line.now == 1000.0
    assert line.retry_seconds.calls == {"200": 101}


def test_what_may_have_landed_at_first_may_have_landed() -> None:
    """The last attempt certainly did nothing; the one before may have."""
    answers: Iterator[bool] = iter((True, False, False))
    now = 0.0

    def wait(seconds: float) -> None:
        nonlocal now
        now += seconds

    def fail() -> None:
        raise RetryableStoreError("no", retry_after=25.0, sent=next(answers))

    with pytest.raises(RetryableStoreError) as caught:
        RetryPolicy(wait, lambda: None, 60.0, clock=lambda: now)(fail)
    assert caught.value.sent


def test_the_waits_grow_and_differ() -> None:
    waits: list[float] = []

    def fail() -> None:
        raise RetryableSourceError("no")

    with pytest.raises(RetryableSourceError):
        RetryPolicy(waits.append, lambda: None, 60.0, clock=lambda: 0.0)(fail)
    assert len(waits) >= 5
    for n, pause in enumerate(waits):
        assert min(30.0, 0.5 * 2**n) / 2 <= pause <= 30.0
    assert len(set(waits)) == len(waits)
