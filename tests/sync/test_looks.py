"""Beat looks each second; a tick is sent only where it would do something."""

from datetime import timedelta

import pytest

from bridge.looks import due, finds_work
from bridge.state import keys
from bridge.state.change import Change
from bridge.state.deliveries import Rest
from bridge.sync.catalogue import read_catalogue
from bridge.sync.webhooks import Delivery, take
from connectors.skills import Hint
from tests.harness.installation import Installation
from tests.harness.shops import Build


def settled(harness: Installation) -> Installation:
    """Pulled, read and written a moment ago, and the catalogue read."""
    harness.add("A", 10)
    for minutes in (0, 3):
        harness.later(minutes=minutes)
        assert harness.cycle().code == 0
    while "catalogue" in dict(due(harness.context)):
        read_catalogue(harness.context)
    harness.state.note_seen(keys.WORKER, harness.clock.now)
    return harness


@pytest.fixture
def quiet(harness: Installation) -> Installation:
    return settled(harness)


def test_what_was_just_done_is_no_work(quiet: Installation) -> None:
    assert list(due(quiet.context)) == []
    assert not finds_work(quiet.context)


def test_a_poll_is_work_when_its_time_has_come(quiet: Installation) -> None:
    quiet.later(minutes=1)
    assert list(due(quiet.context)) == [("pull", ""), ("push", "main")]
    assert finds_work(quiet.context)


def test_what_a_webhook_told_of_comes_first(quiet: Installation) -> None:
    quiet.later(minutes=1)
    take(quiet.context, "main", [Delivery(quiet.clock(), Hint("orders", "orders"))], Rest())
    assert list(due(quiet.context)) == [("push", "main"), ("pull", "")]


def test_a_worker_that_was_not_seen_for_a_while_is_work(quiet: Installation) -> None:
    """So that whoever asks finds it alive, however seldom anything is due."""
    for seconds, is_work in ((29, False), (31, True), (-31, True)):
        quiet.state.note_seen(keys.WORKER, quiet.clock.now - timedelta(seconds=seconds))
        assert finds_work(quiet.context) is is_work


def test_a_listing_that_is_due_is_work_within_seconds(quiet: Installation) -> None:
    quiet.state.commit(Change(due=[("main", quiet.main.ref("A"))]))
    quiet.later(seconds=5)
    assert list(due(quiet.context)) == [("push", "main")]
    assert finds_work(quiet.context)


@pytest.mark.parametrize("lost", [keys.LAYOUT_KEY, keys.LEVELS, keys.of_store("main", "held")])
def test_a_state_that_is_not_whole_is_work(quiet: Installation, lost: str) -> None:
    quiet.db.delete(lost)
    assert finds_work(quiet.context)


def test_an_interval_that_is_over_is_work(harness_with: Build) -> None:
    harness = settled(harness_with(settings='[alerts]\nwebhook = "http://127.0.0.1:9/x"\n'))
    assert finds_work(harness.context)
    harness.db.set(keys.queued("alert:interval"), "sent")
    assert not finds_work(harness.context)
