"""What standing still costs beside other stores, for `bench.size`: a look, a session, a session that decides, and a
worker, beat and Redis at work for a while."""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bench.fresh_workers import works
from bench.server import fresh_redis
from bench.world import BaseSandbox, configuration, sandbox_process
from bridge.config import parse
from bridge.looks import due
from bridge.ops.cycle import run_cycle
from bridge.sync.context import SyncContext
from bridge.sync.cycle import run_session
from bridge.sync.timetable import proof_since
from bridge.wiring import build
from connectors.values import replace
from tests.harness.trips import counted

SKUS = 50
REPEATS = 5
POLL = "1m"
SETTLING = 130.0
"""Seconds after the first sync: by then every store was read once more, as after every beginning from nothing."""

TICKS = os.sysconf("SC_CLK_TCK")

Measured = dict[str, Any]


def cost(context: SyncContext, work: Callable[[], object]) -> tuple[int, float]:
    """How often a piece of work asks Redis, by a command or a pipeline of some, and the kB that it is answered."""
    db: Any = context.state.db
    before = _answered(db)
    own = _answered(db) - before
    with counted(db) as asked:
        work()
    return len(asked), round((_answered(db) - before - 2 * own) / 1_000, 1)


def _answered(db: Any) -> int:
    """Bytes that Redis has answered so far."""
    return int(db.info("stats")["total_net_output_bytes"])


def inline(connector: str, stores: int) -> Measured:
    """So many stores in this process, settled → what a look, a session and a session that decides cost."""
    with ExitStack() as stack:
        source = stack.enter_context(sandbox_process("source", SKUS))
        shops = stack.enter_context(sandbox_process(connector, SKUS, count=stores))
        url = stack.enter_context(fresh_redis())
        text = _configuration(source, shops, stores)
        context = build(parse(text, {}), url, emit=lambda *_, **__: None)
        stack.callback(context.state.close)
        clock = context.now
        for span in (0, 15, 30):
            passed = timedelta(minutes=span)
            context = replace(context, now=partial(_later, clock, passed))
            if run_cycle(context).code:
                raise SystemExit(f"the first sync of {stores} stores failed")
        first = context.stores[0]

        def session() -> None:
            if (error := run_session(context, first, full=False, proof=proof_since).error) is not None:
                raise SystemExit(error)

        def look() -> None:
            context.state.is_whole()
            list(due(context))

        looks, idle = cost(context, look), cost(context, session)
        seconds = time.process_time()
        for _ in range(REPEATS):
            session()
        seconds = time.process_time() - seconds
        source.do("set_stock", product="SKU-000001", units=7)
        changed = cost(context, lambda: run_cycle(context))
    return {
        "stores": stores, "a look asks": looks[0], "kB": looks[1], "an idle session asks": idle[0], "kB ": idle[1],
        "CPU ms": round(1_000 * seconds / REPEATS, 1), "one SKU moved, asks/store": round(changed[0] / stores, 1),
        "kB/store": round(changed[1] / stores, 1),
    }  # fmt: skip


def _later(clock: Callable[[], datetime], passed: timedelta) -> datetime:
    return clock() + passed


def _configuration(source: BaseSandbox, shops: BaseSandbox, stores: int) -> str:
    sections = [shops.shop(number).section(f"store{number:02d}") for number in range(stores)]
    return configuration(source.url, sections, poll=POLL)


# -- real processes ----------------------------------------------------------------------------------------


def at_work(connector: str, stores: int, seconds: float) -> Measured:
    """So many idle stores under a real worker and beat → the shares of one core that they and Redis use."""
    with works(connector, stores, 2, 0.0, POLL) as made:
        time.sleep(SETTLING)
        before, began = {name: cpu(all_of(pid)) for name, pid in made.pids.items()}, time.perf_counter()
        time.sleep(seconds)
        lasted = time.perf_counter() - began
        used = {name: (cpu(all_of(pid)) - before[name]) / lasted for name, pid in made.pids.items()}
    shares = {f"{name} %": round(100 * share, 2) for name, share in (*used.items(), ("all", sum(used.values())))}
    return {"idle stores": stores, **shares}


def all_of(pid: int) -> list[int]:
    """A process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in all_of(int(child)))]


def cpu(pids: Sequence[int]) -> float:
    """Seconds of processor that processes have used, and children of theirs that have ended."""
    fields = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids)
    return sum(sum(map(int, each[11:15])) for each in fields) / TICKS
