"""A first pull that needs more requests than the window has, in virtual time.

    python -m bench.long_pull [--skus 60000] [--limit 1000]

The real pull, schedule, budget and state; the warehouse's sandbox in this process; and a clock that moves by 200 ms
with each call and by a second between two looks of beat. Every 30 s a product changes: "stored" is when the state knows
its new count. After half an hour the process is gone, and another goes on. Takes about two minutes of real time.
"""

import argparse
import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from statistics import median
from typing import Any

import httpx

from bench.report import quantile, report
from bench.server import fresh_redis
from bench.world import SOURCE_TOKEN, configuration
from bridge.celery import TICK
from bridge.config import parse
from bridge.core.model import Level
from bridge.core.schedule import pull_is_due
from bridge.errors import SourceError
from bridge.state import pulled
from bridge.sync.context import SyncContext
from bridge.sync.pull.flow import pull
from bridge.sync.timetable import source_facts
from bridge.threeplguys import sandbox as threepl
from bridge.threeplguys.client import SourceClient
from bridge.wiring import build
from connectors.testing.catalogue import numbered
from connectors.testing.clock import ManualClock
from connectors.testing.local import NOWHERE, two_platforms
from connectors.values import replace

CALL, EVERY, BAR = 0.2, 30.0, 60.0


class Warehouse:
    """A sandbox whose clock moves with every call, and where a product changes now and then."""

    def __init__(self, skus: int, limit: int) -> None:
        self.clock = ManualClock()
        self.began, self.dice = self.clock.now, random.Random(7)  # noqa: S311  (not a secret)
        self.source = threepl.Sandbox(
            threepl.Warehouse(clock=self.clock), tokens={SOURCE_TOKEN: frozenset({"inventory"})}
        )
        self.source.switches.rate_limit = limit
        self.ids = [self.source.world.add(sku, 100).id for sku, _ in numbered(skus)]
        self.clock.advance(3_600)
        self.began, self.last = self.clock.now, self.clock.now
        self.waiting: dict[str, tuple[float, int]] = {}
        self.took: list[float] = []
        self.context: SyncContext | None = None
        self.source.before = lambda _: self.pass_time(CALL)

    @property
    def now(self) -> float:
        return (self.clock.now - self.began).total_seconds()

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        while self.clock.now - self.last >= timedelta(seconds=EVERY):
            self.last += timedelta(seconds=EVERY)
            product, units = self.dice.choice(self.ids), self.dice.randrange(100)
            self.source.world.set_stock(product, units)
            self.waiting[product] = (self.now, units)
        self.look()

    def look(self) -> None:
        """Which changes does the state know by now?"""
        if self.context is None or not self.waiting:
            return
        kept, levels = pulled.met(self.context.state, list(self.waiting)), self.context.state.levels(list(self.waiting))
        for product, (at, units) in list(self.waiting.items()):
            found = [x for x in (kept.get(product), levels.get(product)) if isinstance(x, Level)]
            if any(sum(x.units.values()) == units for x in found):
                self.took.append(self.now - at)
                del self.waiting[product]

    def build(self, url: str) -> SyncContext:
        """A process of its own."""
        text = configuration(NOWHERE, [two_platforms()[0]("main", self.clock).section])
        context = build(parse(text, {}), url, emit=lambda *_, **__: None)

        def open_source(send: Any, observe: Any) -> SourceClient:
            source, http = context.settings.source, httpx.Client(transport=self.source.transport())
            return SourceClient(source.base_url, source.credential, http=http, observe=observe, send=send)

        self.context = replace(context, open_source=open_source, now=self.clock, wait=self.pass_time)
        return self.context


def measure(skus: int, limit: int) -> dict[str, Any]:
    """→ virtual hours until it was done, seconds until changes were stored, requests."""
    shops = Warehouse(skus, limit)
    with fresh_redis() as url:
        context, restarted = shops.build(url), False
        context.state.ensure_whole()
        while context.state.source_record().full_at is None and shops.now < 48 * 3_600:
            if not restarted and shops.now > 1_800:
                context, restarted = shops.build(url), True
            if pull_is_due(source_facts(context), context.now()):
                context.state.note_source(tried=context.now())
                with suppress(SourceError):  # noted, as the task does: the next one goes on
                    pull(context, time_limit=timedelta(minutes=4))
            shops.pass_time(TICK)
        wrong = skus - sum(not x.deleted for x in context.state.every_level())
    return {
        "skus": skus, "requests per hour": limit, "done h": round(shops.now / 3_600, 2),
        "requests": shops.source.calls.total(), "changes": len(shops.took), "p50 s": round(median(shops.took), 1),
        "p99 s": round(quantile(shops.took, 0.99), 1), "bar p99 s": BAR, "missing": wrong,
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--skus", type=int, default=60_000)
    parser.add_argument("--limit", type=int, default=1_000, help="requests per hour")
    wanted = parser.parse_args(arguments)
    report("long_pull", "A first pull beyond its budget, in virtual time", [measure(wanted.skus, wanted.limit)])


if __name__ == "__main__":
    main()
