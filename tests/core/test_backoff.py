"""Pauses that grow."""

from datetime import timedelta

from bridge.core.backoff import backoff


def test_each_failure_doubles_the_pause_up_to_the_longest() -> None:
    assert [backoff(0.5, failures, 30.0) for failures in (1, 2, 3, 7, 8)] == [0.5, 1.0, 2.0, 30.0, 30.0]


def test_a_failure_that_goes_on_for_weeks_is_still_a_pause() -> None:
    assert backoff(timedelta(seconds=1), 1_000_000, timedelta(minutes=5)) == timedelta(minutes=5)
