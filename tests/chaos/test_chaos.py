"""One long bad day, and every number is right in the evening."""

import base64
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from bridge.state.noted import packed
from connectors.testing.troubles import LOST

from . import judge
from .monkey import LEAST, Monkey
from .world import SHOPS, WAREHOUSE, Life, World, opened

SEED = int(os.environ.get("STOCKBRIDGE_SEED", "1"))
TIME_LIMIT = 300.0
"""Seconds after which everything must be right. It takes a minute and a half when a write was lost in mid-air,
and two when a message died with its worker."""


@pytest.mark.timeout(900)
def test_nothing_is_wrong_after_the_storm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nor was anything claimed that no shop recorded; nor was a secret written down anywhere."""
    with opened(tmp_path) as world:
        world.tend()
        witness, began = judge.Witness(world), time.monotonic()
        with Life(world, random.Random(SEED)) as life:
            monkey = Monkey(world, life, random.Random(SEED), witness)
            monkey.rage()
        stormed, calm = time.monotonic() - began, _quiet(life)
        witness.look()
        witness.keep()
        written, calls = judge.written(world), _calls(world)
        leaks = witness.leaks | judge.leaks_in_files(world)
        leaks |= {leak for shop in SHOPS for leak in world.sandboxes[shop].client.see("leaks")}
    assert life.fault is None
    assert witness.claims - written == Counter()
    assert leaks == set()
    assert witness.claims.total() > 20
    assert monkey.done.total() >= 50
    assert {event for event, times in monkey.done.items() if times < LEAST} <= {LOST}
    facts = {
        "what happened meanwhile in warehouse and shops": life.acts,
        "seconds of storm": round(stormed), "seconds until every number was right": round(calm),
        **{f"calls to {name}": count for name, count in calls.items()},
        "numbers written": written.total(), "claimed, of what is left of the record": witness.claims.total(),
        "claimed and not written": 0, "wrong at the end": 0, "secrets found": 0,
        "workers that had to be killed 30 s after SIGTERM": world.overdue,
    }  # fmt: skip
    with capsys.disabled():
        sys.stdout.write(_table(monkey.done) + _table(facts))


def _table(rows: Mapping[str, int]) -> str:
    return "\n" + "".join(f"{count:6,}  {name}\n" for name, count in rows.items())


def _quiet(life: Life) -> float:
    """Seconds until every number is right, and stays so while the warehouse and both shops are asked again."""
    began, world = time.monotonic(), life.world
    right, asked = None, _calls(world)
    while right is None or not _asked_again(world, asked):
        world.tend()
        time.sleep(0.5)
        found = judge.wrong(life)
        if found or right is None:
            right, asked = None if found else time.monotonic(), _calls(world)
        if time.monotonic() > began + TIME_LIMIT:
            pytest.fail(f"{len(found)} wrong after {TIME_LIMIT:.0f} s: {found}\n{judge.logs(world.folder)}")
    return right - began


def _calls(world: World) -> dict[str, int]:
    """How often each side was asked, by its own count."""
    shops = {store: front.calls()["calls"] for store, front in world.fronts.items()}
    return {WAREHOUSE: sum(world.sandboxes[WAREHOUSE].client.see("state")["calls"].values()), **shops}


def _asked_again(world: World, before: Mapping[str, int]) -> bool:
    return all(count >= before[name] + 3 for name, count in _calls(world).items())


def test_the_judge_sees_a_secret_in_a_message_and_in_the_history() -> None:
    """Celery writes its messages' bodies in base64, and the history is deflated."""
    secrets = {"A_TOKEN": "3pl_a/b", "A_CONSUMER_KEY": "ck_a", "A_CONSUMER_SECRET": "cs_b"}
    body = base64.b64encode(b'[["main", "3pl_a%2Fb"], {}, {}]').decode()
    assert judge.leaks(secrets, "celery", json.dumps({"body": body}).encode()) == {"A_TOKEN in celery"}
    assert judge.leaks(secrets, "log", b"Authorization: Basic Y2tfYTpjc19i") == {"Basic in log"}
    history = json.dumps([packed([["SKU", {"what": "refused", "why": f"no {secrets['A_TOKEN']} " * 9}]])])
    assert secrets["A_TOKEN"] not in history
    assert judge.leaks(secrets, "history", history.encode()) == {"A_TOKEN in history"}
    assert judge.leaks(secrets, "log", b"main, 3pl_ and nothing else of it") == set()
