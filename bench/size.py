"""What a catalogue costs, and that an incremental run costs what changed and not what exists.

    python -m bench.size [--connector NAME] [--skus 2000 20000 100000] [--million] [--by-key]
                         [--stores 1 4 50] [--seconds 120]

--stores: what so many stores cost that stand still: in this process, and under a worker and beat for some seconds.
--by-key: instead, what each key of Redis takes after a first sync of each size.

Each size has a fresh process, so that its peak of memory is its own, a fresh Redis, and fresh sandboxes in other
processes. The baseline is the smallest size. "busy" is the share of the wall clock in which a sandbox used its
processor: while it is well below 1, the sandboxes are not what is measured.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from bench.report import report
from bench.server import fresh_redis
from bench.standing import POLL, at_work, cost, inline
from bench.world import BaseSandbox, configuration, running
from bridge.config import parse
from bridge.ops.cycle import run_cycle
from bridge.sync.context import SyncContext
from bridge.sync.cycle import Cycle, read_store, send
from bridge.sync.guarded import guarded
from bridge.sync.pull.flow import pull
from bridge.wiring import build, now
from connectors import registry
from connectors.values import replace

SIZES = (2_000, 20_000, 100_000)
STORES = (1, 4, 50)
MILLION = 1_000_000
CHANGED = 100
CYCLES = 3
STORE = "main"
PAUSE = timedelta(minutes=6)
"""Between polls that find nothing: longer than what a look back reaches."""

OVER = timedelta(minutes=15)
"""From the first sync to the rounds, for the bridge and for the shop: no look back meets what that sync wrote."""
PHASES = ("pull", "map", "read", "push")
PEAKS = ("empty", "pulled", "read", "pushed")
"""The peak of memory so far, before anything and after each phase."""

World = tuple[BaseSandbox, BaseSandbox]
"""The warehouse, and the shop."""

Measured = dict[str, Any]


def peak() -> float:
    """MiB of this program at its largest. (`getrusage` would also count the parent it was forked from.)"""
    lines = Path("/proc/self/status").read_text().splitlines()
    return round(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024, 1)


class Marks:
    """Listens to the bridge's events for when the SKU map was done."""

    def __init__(self) -> None:
        self.mapped = 0.0

    def __call__(self, event: str, **_: object) -> None:
        if event == "mapping":
            self.mapped = time.perf_counter()


@contextmanager
def bridge(world: World, emit: Callable[..., None]) -> Iterator[SyncContext]:
    text = configuration(world[0].url, [world[1].section(STORE)])
    with fresh_redis() as url:
        yield build(parse(text, {}), url, emit=emit)


def measure(connector: str, skus: int) -> Measured:
    """One size → its row. Meant for a process of its own."""
    with running(skus, 0.0, connector) as world:
        marks = Marks()
        with bridge(world, marks) as context:
            return {"SKUs": skus, **_full(world, context, marks, skus), **_incremental(world, context, skus)}


def by_key(connector: str, skus: int) -> list[Measured]:
    """One size → what each key takes that takes a byte per SKU, and the sum of all. The rest of what Redis takes is its
    own: connections, and the memory of its scripts."""
    with running(skus, 0.0, connector) as world:
        marks = Marks()
        with bridge(world, marks) as context:
            _full(world, context, marks, skus)
            db = context.state.db
            taken = {str(key): int(db.memory_usage(key, samples=0) or 0) for key in db.scan_iter("*")}
    rows: list[Measured] = [
        {"key": key, "B/SKU": round(bytes_ / skus, 1)} for key, bytes_ in sorted(taken.items()) if bytes_ >= skus
    ]
    return [*rows, {"key": f"all, of {skus:,} SKUs", "B/SKU": round(sum(taken.values()) / skus, 1)}]


def _full(world: World, context: SyncContext, marks: Marks, skus: int) -> Measured:
    """A first sync, phase by phase."""
    before, busy = _memory(context), _cpu(world)
    began = context.now()
    context.state.ensure_whole()
    clock, peaks = [time.perf_counter()], [peak()]
    pull(context, full=True)
    clock.append(time.perf_counter())
    peaks.append(peak())
    read_store(context, STORE, full=True)
    clock += [marks.mapped, time.perf_counter()]
    peaks.append(peak())
    written, _ = guarded(context, STORE, lambda session: send(session, proof_since=began))
    clock.append(time.perf_counter())
    peaks.append(peak())
    seconds = {f"{name} s": round(late - early, 2) for name, (early, late) in zip(PHASES, pairwise(clock), strict=True)}
    grown = {f"MiB {name}": value for name, value in zip(PEAKS, peaks, strict=True)}
    rows = written.applied
    if rows != skus:
        raise SystemExit(f"the sync did not do its work: {written.as_dict()}")
    return {
        "build s": max(each.built for each in world), **grown,
        "Redis B/SKU": round((_memory(context) - before) / rows), **seconds,
        "busy": round((_cpu(world) - busy) / (clock[-1] - clock[0]), 2),
    }  # fmt: skip


def _incremental(world: World, context: SyncContext, skus: int) -> Measured:
    """The usual round after a hundred changes, a few times. Two rounds before it are not counted: one reads everything
    once more, as after every beginning from nothing when the writes of a worker before it have landed; one meets
    what the first sync wrote, as every write is met once in the shop's search for changed stock."""
    context = replace(context, now=lambda: now() + OVER)
    world[1].do("pass", seconds=OVER.total_seconds())
    for done in [run_cycle(context) for _ in range(2)]:
        if done.source.error or done.stores[STORE].error or done.code == 1:  # 75: it took so long that it is late
            raise SystemExit(f"the reading after the first sync failed: {done.as_dict()}")
    seconds, calls, busy, costs = list[float](), set[int](), _cpu(world), list[tuple[int, float]]()
    for n in range(CYCLES):
        changed = min(CHANGED, skus)
        for row in range(changed):
            world[0].do("set_stock", product=f"SKU-{row * (skus // changed):06d}", units=20 + n)
        began = time.perf_counter()
        cycles = list[Cycle]()
        costs.append(cost(context, partial(_cycle, context, cycles)))
        seconds.append(time.perf_counter() - began)
        done = cycles[0]
        if done.stores[STORE].applied != changed:
            raise SystemExit(f"the incremental run did not do its work: {done.as_dict()}")
        calls.add(done.source.requests + done.stores[STORE].requests)
    share = (_cpu(world) - busy) / sum(seconds)
    found = {
        "100 changed s": round(median(seconds), 3),
        "calls": max(calls),
        "asks": costs[-1][0],
        "kB": costs[-1][1],
        "busy then": round(share, 2),
    }
    return {**found, **_idle(world, context)}


def _idle(world: World, context: SyncContext) -> Measured:
    """A poll that finds nothing new: the cheapest of three, because once in a quarter of an hour listings are asked for
    as well."""
    asked, costs = list[int](), list[tuple[int, float]]()
    for late in (OVER + PAUSE, OVER + 2 * PAUSE, OVER + 3 * PAUSE):
        world[1].do("pass", seconds=PAUSE.total_seconds())
        context = replace(context, now=partial(_later, late))
        done: list[Cycle] = []
        costs.append(cost(context, partial(_cycle, context, done)))
        asked.append(done[0].stores[STORE].requests)
    calls, (asks, read) = min(zip(asked, costs, strict=True))
    return {"idle calls": calls, "idle asks": asks, "idle kB": read}


def _cycle(context: SyncContext, done: list[Cycle]) -> None:
    done.append(run_cycle(context))


def _later(span: timedelta) -> datetime:
    return now() + span


def _cpu(world: World) -> float:
    return sum(each.cpu() for each in world)


def _memory(context: SyncContext) -> int:
    info: Any = context.state.db.info("memory")
    return int(info["used_memory"])


def apart(connector: str, skus: int) -> Measured:
    """`measure` in a fresh process."""
    command = [sys.executable, "-m", "bench.size", "--connector", connector, "--one", str(skus)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)  # noqa: S603  (ourselves)
    facts: Measured = json.loads(done.stdout.splitlines()[-1])
    return facts


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--connector", choices=registry.beside("sandbox.measured"), default=registry.pair("sandbox.measured")[0]
    )
    parser.add_argument("--skus", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--stores", type=int, nargs="*", default=list(STORES))
    parser.add_argument("--seconds", type=float, default=120.0, help="for which a worker, beat and Redis are watched")
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--by-key", action="store_true")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    wanted = parser.parse_args(arguments)
    if wanted.one:
        sys.stdout.write(json.dumps(measure(wanted.connector, wanted.one)) + "\n")
        return
    if wanted.by_key:
        taken = [row for skus in wanted.skus for row in by_key(wanted.connector, skus)]
        report("keys", f"One store ({wanted.connector})", taken)
        return
    rows = [apart(wanted.connector, skus) for skus in (*wanted.skus, *([MILLION] if wanted.million else []))]
    growth = {
        f"{rows[0]['SKUs']:,} → {row['SKUs']:,} SKUs, growth of the incremental run": {
            "seconds": round(row["100 changed s"] / rows[0]["100 changed s"], 2),
            "calls": round(row["calls"] / rows[0]["calls"], 2),
        }
        for row in rows[1:]
    }
    if rows:
        report("size", f"One store ({wanted.connector}); incremental: median of {CYCLES} rounds", rows, **growth)
    if wanted.stores:
        told = [inline(wanted.connector, stores) for stores in wanted.stores]
        report("stores", f"Stores ({wanted.connector}) that stand still: round trips to Redis and kB read", told)
    if wanted.stores and wanted.seconds:
        what = f"A worker, beat and Redis ({wanted.connector}) for {wanted.seconds:g} s"
        told = [at_work(wanted.connector, max(wanted.stores), wanted.seconds)]
        report("idle", f"{what} at a poll of {POLL}: % of one core", told)


if __name__ == "__main__":
    main()
