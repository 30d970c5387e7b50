"""Under workers and beat: who is at work is seen."""

from bridge.state.connect import connect
from bridge.state.store import State

from .conftest import Works


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
