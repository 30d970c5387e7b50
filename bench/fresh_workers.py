"""Many stores on real Celery workers: how quickly a change reaches all of them, and whether one that never answers
holds up the others. Real Redis, real worker processes, a real beat, sandboxes in processes of their own.

The clock runs from a `bridge.pull` that is sent by hand; a poll is five minutes, so that beat sends none meanwhile. The
store that hangs is the first in the configuration, so its message is the first to be taken.
"""

import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from celery import Celery

from bench.server import fresh_redis
from bench.world import BaseSandbox, configuration, sandbox_process
from bridge.process import supervisor
from bridge.state import keys, pack
from bridge.state.connect import connect
from bridge.state.store import State

SKUS = 20
MOST = 100
"""Below what any SKU stands at in the beginning."""

REPEATS = 3
HANGS = 3600.0
FIRST_SYNC = 300.0
"""Seconds after which the first sync is given up."""


@dataclass
class Works:
    """A worker, and what it serves. pids: of worker, beat and Redis. units: what every SKU stands at. It only falls,
    and a fall needs no proof."""

    source: BaseSandbox
    shops: BaseSandbox
    stores: Sequence[str]
    state: State
    client: Celery
    pids: Mapping[str, int]
    units: int = MOST

    def pull(self, stores: Sequence[str], retry_seconds: float) -> float | None:
        """Send for a pull → seconds until it is done and nothing is due in these stores; None: not so soon."""
        began, since = time.perf_counter(), 1000 * time.time()
        self.client.send_task("bridge.pull")
        while time.perf_counter() - began < retry_seconds:
            pulled = self.state.source_record().pull
            if pulled and pack.ms(pulled.began) >= since and not self._due(stores):
                return time.perf_counter() - began
            time.sleep(0.02)
        return None

    def _due(self, stores: Sequence[str]) -> bool:
        """Whether any of them was never read, or has something due beside the epoch of the key."""
        db = self.state.db.pipeline(transaction=False)
        for store in stores:
            db.hlen(keys.of_store(store, "due"))
            db.hexists(keys.of_store(store, "info"), "reconciled_at")
        said = db.execute()
        return any(due > 1 for due in said[::2]) or not all(said[1::2])

    def change(self, stores: Sequence[str], retry_seconds: float) -> float | None:
        """The warehouse has one less of everything → seconds until the stores show it; None: not so soon."""
        self.units -= 1
        for row in self.source.see("stock"):
            self.source.do("set_stock", product=row, units=self.units)
        seconds = self.pull(stores, retry_seconds)
        wrong = [store for store in stores if seconds and self._is_wrong(store)]
        if wrong:
            raise SystemExit(f"nothing is due, and these show something else: {wrong}")
        return seconds

    def _is_wrong(self, store: str) -> bool:
        rows = self.shops.shop(self.stores.index(store)).front().rows()
        return any(row.shows is None or row.shows - row.sold != self.units for row in rows)

    def hang(self) -> None:
        """The first store takes every request and never answers one."""
        self.shops.shop(0).do("fault", kind="delay", seconds=HANGS, times=-1)


@contextmanager
def works(connector: str, stores: int, processes: int, latency: float, poll: str = "5m") -> Iterator[Works]:
    """Everything fresh, with the first sync behind it."""
    names = [f"store{n:02d}" for n in range(stores)]
    with ExitStack() as stack:
        source = stack.enter_context(sandbox_process("source", SKUS, latency=latency))
        shops = stack.enter_context(sandbox_process(connector, SKUS, latency=latency, count=stores))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis_url = stack.enter_context(fresh_redis())
        sections = [shops.shop(number).section(name) for number, name in enumerate(names)]
        text = configuration(source.url, sections, poll=poll)
        env = {**os.environ, **supervisor.SOFTLY, "STOCKBRIDGE_CONFIG_TOML": text, "REDIS_URL": redis_url}
        members = stack.enter_context(supervisor.processes(folder))
        worker = members.start("worker", supervisor.worker(processes), env)
        beat = members.start("beat", supervisor.BEAT, env)
        client = Celery("bench", broker=redis_url)
        stack.callback(client.close)
        db = connect(redis_url)
        stack.callback(db.close)
        redis: Any = db.info("server")
        pids = {"worker": worker.process.pid, "beat": beat.process.pid, "Redis": redis["process_id"]}
        made = Works(source, shops, names, State(db, names), client, pids)
        if made.pull(names, FIRST_SYNC) is None:
            raise SystemExit(f"the first sync of {stores} stores took more than {FIRST_SYNC:g} s")
        yield made


def measure(connector: str, stores: int, processes: int, latency: float, give_up: float) -> dict[str, object]:
    """So many worker processes → one row."""
    with works(connector, stores, processes, latency) as made:
        others = made.stores[1:]
        busy, began = made.shops.cpu(), time.perf_counter()
        whole = [made.change(made.stores, give_up) for _ in range(REPEATS)]
        busy = (made.shops.cpu() - busy) / (time.perf_counter() - began)
        without = made.change(others, give_up)
        made.pull(made.stores, give_up)
        made.hang()
        row = {"all right s": _median(whole), "others s": _shown(without), "others beside one that hangs s": None}
        row["others beside one that hangs s"] = _shown(made.change(others, give_up))
        return {"processes": processes, **row, "busy": round(busy, 2)}


def _median(found: Sequence[float | None]) -> float | None:
    return None if None in found else _shown(median(x for x in found if x is not None))


def _shown(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 2)
