"""Beat looks each second and sends what is due; a tick only where a worker is to be seen."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bridge import beat, tasks
from bridge.beat import Looks
from bridge.celery import app
from bridge.looks import due, needs_tick
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
    assert not needs_tick(quiet.context)


def test_a_poll_is_work_when_its_time_has_come(quiet: Installation) -> None:
    quiet.later(minutes=1)
    assert list(due(quiet.context)) == [("pull", ""), ("push", "main")]


def test_what_a_webhook_told_of_comes_first(quiet: Installation) -> None:
    quiet.later(minutes=1)
    take(quiet.context, "main", [Delivery(quiet.clock(), Hint("orders", "orders"))], Rest())
    assert list(due(quiet.context)) == [("push", "main"), ("pull", "")]


def test_a_worker_that_was_not_seen_for_a_while_is_sent_a_tick(quiet: Installation) -> None:
    """So that whoever asks finds it alive, however seldom anything is due."""
    for seconds, is_late in ((29, False), (31, True), (-31, True)):
        quiet.state.note_seen(keys.WORKER, quiet.clock.now - timedelta(seconds=seconds))
        assert needs_tick(quiet.context) is is_late


def test_a_listing_that_is_due_is_work_within_seconds(quiet: Installation) -> None:
    quiet.state.commit(Change(due=[("main", quiet.main.ref("A"))]))
    quiet.later(seconds=5)
    assert list(due(quiet.context)) == [("push", "main")]


@pytest.mark.parametrize("lost", [keys.LAYOUT_KEY, keys.LEVELS, keys.of_store("main", "held")])
def test_a_state_that_is_not_whole_is_left_to_a_tick(quiet: Installation, lost: str) -> None:
    quiet.db.delete(lost)
    assert needs_tick(quiet.context)


Beat = Callable[[Installation], tuple[Callable[[], None], list[str]]]


@pytest.fixture
def beat_of(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Beat:
    """What beat does each second, and the messages it sends, by name and store."""

    def begin(harness: Installation) -> tuple[Callable[[], None], list[str]]:
        sent = list[str]()
        for name, value in {"STOCKBRIDGE_CONFIG_TOML": harness.text, "REDIS_URL": redis_url}.items():
            monkeypatch.setenv(name, value)  # Celery asks for them
        monkeypatch.setattr(beat, "build", lambda *_: harness.context)
        for task in (tasks.tick, tasks.pull, tasks.push, tasks.alert, tasks.catalogue):
            monkeypatch.setattr(task, "delay", lambda *given, name=task.name: sent.append(" ".join((name, *given))))
        return Looks(app=app, lazy=True).look, sent

    return begin


def test_beat_sends_each_work_once_and_a_worker_that_is_there_no_tick(quiet: Installation, beat_of: Beat) -> None:
    look, sent = beat_of(quiet)
    look()
    assert sent == []
    quiet.later(minutes=1)
    quiet.state.note_seen(keys.WORKER, quiet.clock.now)
    look()
    look()
    assert sent == ["bridge.pull", "bridge.push main"]


def test_beat_leaves_to_a_tick_what_only_a_worker_may_do(quiet: Installation, beat_of: Beat) -> None:
    look, sent = beat_of(quiet)
    quiet.later(minutes=1)
    look()
    quiet.db.delete(keys.LEVELS)
    quiet.state.note_seen(keys.WORKER, quiet.clock.now)
    look()
    assert sent == ["bridge.tick", "bridge.tick"]


def test_an_interval_that_is_over_is_work(harness_with: Build, beat_of: Beat) -> None:
    look, sent = beat_of(settled(harness_with(settings='[alerts]\nwebhook = "http://127.0.0.1:9/x"\n')))
    look()
    look()
    assert sent == ["bridge.alert"]
