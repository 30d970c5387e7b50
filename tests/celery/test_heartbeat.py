"""Under workers and beat: who is at work is seen, and whoever watches from outside is called; nobody waits for it."""

from collections.abc import Iterator

import pytest

from bridge.state.connect import connect
from bridge.state.store import State
from connectors.testing.http import DroppedError, Request, Response
from connectors.testing.server import SandboxServer

from .conftest import Works

INTERVAL = "stockbridge:queued:heartbeat:interval"

PATIENT = """
from bridge.alerts import call

call.SECONDS = call.WHOLE = 50.0
"""
"""So long one that watches is waited for."""


class Watcher:
    """deaf: it takes the call and never answers."""

    def __init__(self) -> None:
        self.calls, self.deaf = list[str](), False

    def __call__(self, request: Request) -> Response:
        self.calls.append(f"{request.method} {request.path}")
        if self.deaf:
            raise DroppedError("stalled")
        return Response(200)


@pytest.fixture
def watcher(works: Works) -> Iterator[Watcher]:
    made = Watcher()
    with SandboxServer(made) as served:
        works.env["A_WATCHER"] = served.url + "/ping/very-secret-path"
        works.env["STOCKBRIDGE_CONFIG_TOML"] += '\n[heartbeat]\nurl = "${A_WATCHER}"\n'
        yield made


def test_a_worker_and_beat_are_seen_by_their_looks(works: Works) -> None:
    with connect(works.redis_url) as db:
        state = State(db, ("main",))
        beat = works.beat()
        works.until(lambda: "beat" in state.last_seen())
        assert "worker" not in state.last_seen()
        works.worker(concurrency=1)
        works.until(lambda: "worker" in state.last_seen())
        beat.terminate()
        beat.wait(30)
        before = state.last_seen()["beat"]
        works.send("bridge.tick")
        works.until(lambda: state.last_seen()["worker"] > before)
        assert state.last_seen()["beat"] == before


def test_who_watches_is_called_once_a_minute_while_numbers_flow(works: Works, watcher: Watcher) -> None:
    works.fill(4)
    works.worker()
    works.worker()
    works.beat()
    works.until(works.has_ended)
    works.db.delete(INTERVAL)  # what came before the first pull was withheld
    works.until(lambda: watcher.calls)
    works.db.persist(INTERVAL)  # this minute does not end, however long the rest takes here
    asked = works.looks(2)
    works.until(lambda: not next(asked))
    for _ in range(5):
        works.send("bridge.heartbeat")
    asked = works.looks(2)
    works.until(lambda: not next(asked))
    assert watcher.calls == ["GET /ping/very-secret-path"]
    assert "very-secret-path" not in works.log()


def test_who_watches_and_does_not_answer_holds_up_no_push(works: Works, watcher: Watcher) -> None:
    """Not even of the only process there is."""
    (works.folder / "patient.py").write_text(PATIENT)
    works.env["PYTHONPATH"] = str(works.folder)
    works.fill(4)
    works.worker("--include", "patient", concurrency=1)
    beat = works.beat()
    works.until(works.has_ended)
    watcher.deaf = True
    works.db.delete(INTERVAL)
    works.until(lambda: watcher.calls)
    beat.terminate()
    works.warehouse.set_stock("SKU-0", 3)
    works.send("bridge.pull")
    works.until(works.is_right, seconds=30)
