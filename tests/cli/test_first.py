"""Every command and every task may be the first one: what a person decides after it stands."""

import os
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bridge import tasks
from bridge.core.ledger import Ledger, LevelDecrease
from bridge.errors import ConfigError
from bridge.state import keys, pack
from bridge.state.connect import connect
from bridge.state.store import State
from tests.harness.sweeps import share

from .conftest import CommandLine

COMMANDS = (
    "sync", "sync --full", "sync --full --confirm-absent", "sync --store main", "sync --dry-run",
    "sync --dry-run --full", "check", "status", "diff main", "drift", "unmapped", "quarantine", "explain A",
    "history A", "metrics", "alert-test",
    "pause main", "resume main", "release main --yes", "release main --reject --yes", "rollback abc --yes",
)  # fmt: skip
TASKS: dict[str, Callable[[], object]] = {
    "tick": tasks.tick,
    "pull": tasks.pull,
    "pull, everything": lambda: tasks.pull(full=True),
    "push": lambda: tasks.push("main"),
    "remap": lambda: tasks.remap("main"),
    "reconcile": lambda: tasks.reconcile("main"),
    "resync": lambda: tasks.resync("main"),
    "resync, everything": lambda: tasks.resync("main", full=True),
    "alert": tasks.alert,
    "heartbeat": tasks.call_heartbeat,
}


@pytest.fixture
def shop(cli: CommandLine) -> CommandLine:
    cli.source.switches.rate_limit = 100_000
    for sku in ("A", "B", "C"):
        cli.add(sku, 9)
    tasks.context.cache_clear()
    return cli


@pytest.mark.parametrize("first", share(COMMANDS, 3))
def test_what_is_decided_after_the_first_command_stands(shop: CommandLine, first: str) -> None:
    shop(*first.split())
    _stands(shop)


@pytest.mark.parametrize("first", share(TASKS, 2))
def test_what_is_decided_after_the_first_task_stands(shop: CommandLine, first: str) -> None:
    TASKS[first]()
    _stands(shop)


def _stands(shop: CommandLine) -> None:
    """Held falls are released and the store is paused; both are so in the next cycle, and the ledger is the same."""
    state = State(connect(os.environ["REDIS_URL"]), ("main",))
    begun = shop.redis.exists(keys.LAYOUT_KEY)
    if begun:
        assert state.ensure_whole()
    else:
        assert not [key for key in keys.truth(("main",)) if shop.redis.exists(key)]
    shop.redis.hset(keys.LEDGER, "marker", pack.ledger(Ledger(decreases=(LevelDecrease("1", 2, datetime.now(UTC)),))))
    if begun:
        assert shop("sync", "--full").code in (0, 1, 75)
        assert shop.redis.hget(keys.LEDGER, "marker")
    shop("pause", "main")
    shop("sync", "--full")
    assert shop("status", "--json").json["stores"]["main"]["paused"]


@pytest.mark.parametrize("name", ["push", "remap", "reconcile", "resync"])
def test_a_store_nobody_knows_is_an_error_and_leaves_nothing(shop: CommandLine, name: str) -> None:
    with pytest.raises(ConfigError, match='no store "nowhere" in the configuration; known: main'):
        getattr(tasks, name)("nowhere")
    assert not shop.redis.keys("*nowhere*")
