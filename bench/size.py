"""What a catalogue costs, and that an incremental run costs what changed and not what exists.

    python -m bench.size [--skus 10000 100000] [--million] [--by-key]

--by-key: instead, what each key of Redis takes after a first sync of each size.
Each size has a fresh process, so that its peak of memory is its own, a fresh Redis, and fresh sandboxes in other
processes. The baseline is the smallest size. "busy" is the share of the wall clock in which a sandbox used its
processor: while it is well below 1, the sandboxes are not what is measured.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from bench.report import report
from bench.world import BaseSandbox, configuration, running
from bridge.config import parse
from bridge.ops.cycle import run_cycle
from bridge.process.embedded_redis import embedded_server
from bridge.sync.context import SyncContext
from bridge.sync.cycle import read_store, send
from bridge.sync.guarded import guarded
from bridge.sync.pull.flow import pull
from bridge.wiring import build, now
from connectors import registry

SIZES = (10_000, 100_000)
MILLION = 1_000_000
CHANGED = 100
CYCLES = 3
STORE = "main"
OVER = timedelta(minutes=15)
"""From the first sync to the rounds, for the bridge and for the shop: no look back meets what that sync wrote."""
PHASES = ("pull", "map", "read", "push")
PEAKS = ("empty", "pulled", "read", "pushed")
"""The peak of memory so far, before anything and after each phase."""

World = tuple[BaseSandbox, BaseSandbox]
"""The warehouse, and the shop."""

Measured = dict[str, Any]


def platform() -> str:
    """The connector that is measured: the first."""
    return registry.pair("sandbox.measured")[0]


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
    with tempfile.TemporaryDirectory() as place, embedded_server(Path(place), persist=False) as url:
        yield build(parse(text, {}), url, emit=emit)


def measure(skus: int) -> Measured:
    """One size → its row. Meant for a process of its own."""
    with running(skus, 0.0, platform()) as world:
        marks = Marks()
        with bridge(world, marks) as context:
            return {"SKUs": skus, **_full(world, context, marks), **_incremental(world, context, skus)}


def by_key(skus: int) -> list[Measured]:
    """One size → what each key takes that takes a byte per SKU, and the sum of all. The rest of what Redis takes is its
    own: connections, and the memory of its scripts."""
    with running(skus, 0.0, platform()) as world:
        marks = Marks()
        with bridge(world, marks) as context:
            _full(world, context, marks)
            db = context.state.db
            taken = {str(key): int(db.memory_usage(key, samples=0) or 0) for key in db.scan_iter("*")}
    rows: list[Measured] = [
        {"key": key, "B/SKU": round(bytes_ / skus, 1)} for key, bytes_ in sorted(taken.items()) if bytes_ >= skus
    ]
    return [*rows, {"key": f"all, of {skus:,} SKUs", "B/SKU": round(sum(taken.values()) / skus, 1)}]


def _full(world: World, context: SyncContext, marks: Marks) -> Measured:
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
    if rows != sum(1 for row in world[1].front().rows() if row.sku):
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
    if any(run_cycle(context).code for _ in range(2)):
        raise SystemExit("the reading after the first sync failed")
    seconds, calls, busy = list[float](), set[int](), _cpu(world)
    for n in range(CYCLES):
        changed = min(CHANGED, skus)
        for row in range(changed):
            world[0].do("set_stock", product=f"SKU-{row * (skus // changed):06d}", units=20 + n)
        began = time.perf_counter()
        done = run_cycle(context)
        seconds.append(time.perf_counter() - began)
        if done.stores[STORE].applied != changed:
            raise SystemExit(f"the incremental run did not do its work: {done.as_dict()}")
        calls.add(done.source.requests + done.stores[STORE].requests)
    share = (_cpu(world) - busy) / sum(seconds)
    return {"100 changed s": round(median(seconds), 3), "calls": max(calls), "busy then": round(share, 2)}


def _cpu(world: World) -> float:
    return sum(each.cpu() for each in world)


def _memory(context: SyncContext) -> int:
    info: Any = context.state.db.info("memory")
    return int(info["used_memory"])


def apart(skus: int) -> Measured:
    """`measure` in a fresh process."""
    command = [sys.executable, "-m", "bench.size", "--one", str(skus)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)  # noqa: S603  (ourselves)
    facts: Measured = json.loads(done.stdout.splitlines()[-1])
    return facts


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--skus", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--by-key", action="store_true")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    wanted = parser.parse_args(arguments)
    if wanted.one:
        sys.stdout.write(json.dumps(measure(wanted.one)) + "\n")
        return
    if wanted.by_key:
        report("keys", f"One store ({platform()})", [row for skus in wanted.skus for row in by_key(skus)])
        return
    rows = [apart(skus) for skus in (*wanted.skus, *([MILLION] if wanted.million else []))]
    growth = {
        f"{rows[0]['SKUs']:,} → {row['SKUs']:,} SKUs, growth of the incremental run": {
            "seconds": round(row["100 changed s"] / rows[0]["100 changed s"], 2),
            "calls": round(row["calls"] / rows[0]["calls"], 2),
        }
        for row in rows[1:]
    }
    report("size", f"One store ({platform()}); incremental: median of {CYCLES} rounds", rows, **growth)


if __name__ == "__main__":
    main()
