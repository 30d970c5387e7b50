"""A rush of orders, and how long the shops take to be right after it.

    python -m bench.rush [--orders 50] [--seconds 120] [--skus 2000]

In virtual time (see `bench.fresh_virtual`): two shops of one pool sell so many orders a second between them, of one
unit each. What a session reads must follow from what moved, and not from how often: its requests stay level while the
rush goes on, and the shops are right soon after it. The baseline is a session in the quiet before.
"""

import argparse
import heapq
import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from bench.fresh_virtual import SALE, WAIT_LIMIT, Event, VirtualShops, readable, worker
from bench.report import Row, report
from bridge.celery import TICK
from connectors.testing.catalogue import numbered

LATENCY = 0.05
STOCK = 100_000
BAR = 15.0
"""Seconds after the rush in which every number is right."""

GIVE_UP = 600.0


@dataclass
class Minute:
    """What the shops were asked within one minute. sessions: tasks that asked them anything; longest: of one of them,
    in virtual seconds."""

    requests: int = 0
    sessions: int = 0
    most: int = 0
    longest: float = 0.0


class Rush(VirtualShops):
    """Two shops that are never out of stock. sold: units of each SKU, in both."""

    def __init__(self, skus: int) -> None:
        super().__init__(skus, LATENCY, dict(islice(readable().items(), 2)), {})
        self.names, self.sold = [sku for sku, _ in numbered(skus)], Counter[str]()
        for name in self.names:
            self.source.world.set_stock(name, STOCK)

    def _happen(self, event: Event) -> None:
        self.stores[event.shop].sell(event.sku, 1)
        self.sold[event.sku] += 1

    def look(self, shop: str, _: object) -> None:
        """Nothing is timed by the single write here."""

    @property
    def asked(self) -> int:
        return sum(int(store.sandbox.calls.total()) for store in self.stores.values())

    def wrong(self) -> int:
        """Numbers that are not what is left of the pool."""
        shows = ((name, store.shows(name)) for store in self.stores.values() for name in self.names)
        return sum(shown != STOCK - self.sold[name] for name, shown in shows)


def _orders(shops: Rush, dice: random.Random, rate: int, seconds: float) -> Iterator[Event]:
    for n in range(round(rate * seconds)):
        yield Event(WAIT_LIMIT + n / rate, SALE, dice.choice(shops.names), shops.sellers[n % 2])


def rush(skus: int, rate: int, seconds: float, *, seed: int = 7) -> tuple[list[Row], float, int]:
    """(one row a minute, seconds until all was right after the last order, wrong numbers then)."""
    shops, minutes = Rush(skus), dict[int, Minute]()
    ends = WAIT_LIMIT + seconds
    shops.events = list(_orders(shops, random.Random(seed), rate, seconds))  # noqa: S311  (not a secret)
    heapq.heapify(shops.events)
    with worker(shops) as work:
        while shops.now < ends or (shops.wrong() and shops.now < ends + GIVE_UP):
            minute = minutes.setdefault(math.floor((shops.now - WAIT_LIMIT) / 60), Minute())
            _timed(shops, work, minute)
            shops.pass_time(TICK * (math.floor(shops.now / TICK) + 1) - shops.now)
    took = max(0.0, shops.now - ends)
    rows: list[Row] = [
        {"minute": n + 1, "requests": m.requests, "rounds": m.sessions, "most requests": m.most,
         "longest s": round(m.longest, 1)}
        for n, m in sorted(minutes.items()) if n >= -1
    ]  # fmt: skip
    return rows, took, shops.wrong()


def _timed(shops: Rush, work: Callable[[], None], minute: Minute) -> None:
    before, began = shops.asked, shops.now
    work()
    asked, took = shops.asked - before, shops.now - began
    if asked:
        minute.requests += asked
        minute.sessions += 1
        minute.most, minute.longest = max(minute.most, asked), max(minute.longest, took)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=50, help="a second, in both shops together")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--skus", type=int, default=2_000)
    wanted = parser.parse_args(arguments)
    rows, took, wrong = rush(wanted.skus, wanted.orders, wanted.seconds)
    title = f"{wanted.orders} orders a second for {wanted.seconds:g} s, {LATENCY * 1000:g} ms per call"
    report("rush", title, rows, **{"right after s": round(took, 1), "bar s": BAR, "wrong": wrong})


if __name__ == "__main__":
    main()
