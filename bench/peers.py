"""The ways people push stock today beside Stockbridge: the same changes, the same 429s and refused items, the same
sales at the worst moment.

    python -m bench.peers [--changes 1000] [--latency 0.05] [--item-seconds 0.025]

Every way meets shops of its own, in other processes. Two write calls are answered 429 (the second and the fifth), one
SKU in fifty is refused for good (Shopify: deleted after the map was made; WooCommerce: vetoed by a plugin), and
of one SKU in a hundred three units are sold just before its write arrives. Everybody has three intervals; what a way
does not take for done it is given again. "wrong" counts SKUs that can be written and show, at the end, something else
than the warehouse holds less what is sold and not shipped; "false claims", those taken for done that still show the
number of the beginning. "busy": the share of the time in which the sandboxes used their processor.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from bench.peers_ways import (
    Client,
    Sample,
    Shopify,
    WooCommerce,
    all_or_nothing,
    look_up_then_set,
    one_call_each,
    unchecked,
)
from bench.report import report
from bench.world import SHOP_TOKEN, SOURCE_TOKEN, WOO_KEY, WOO_SECRET, BaseSandbox, configuration, sandbox_process
from bridge.config import parse
from bridge.ops.cycle import run_cycle
from bridge.process.embedded_redis import embedded_server
from bridge.sync.context import SyncContext
from bridge.wiring import build

INTERVALS = 3
SELL_EVERY, REFUSE_EVERY = 100, 50
THROTTLED = (1, 3)
"""Write calls that go well before each 429; a refused call does not count for the next."""

Done = tuple[set[str], int, int]
"""SKUs taken for done, calls to the shop, calls to the warehouse."""


@dataclass(frozen=True)
class Setup:
    """platform: "shopify" or "woocommerce". before, wanted: SKU → units, old and new, of what changes."""

    platform: str
    source: BaseSandbox
    shop: BaseSandbox
    before: Mapping[str, int]
    wanted: Mapping[str, int]
    refused: frozenset[str]
    since: str

    def shown(self) -> dict[str, int]:
        column = "available" if self.platform == "shopify" else "stock_quantity"
        return {row["sku"]: row[column] for row in self.shop.see("numbers")}

    def sold(self) -> dict[str, int]:
        """Units of open orders."""
        orders = [line for order in self.shop.see("orders") for line in self._lines(order)]
        return dict(orders)

    def _lines(self, order: Mapping[str, Any]) -> list[tuple[str, int]]:
        if self.platform == "shopify":
            return list(order["lines"].items())
        skus = {row["id"]: row["sku"] for row in self.shop.see("numbers")}
        return [(skus[line["product"]], line["quantity"]) for line in order["lines"]]

    def wrong(self) -> int:
        shown, sold = self.shown(), self.sold()
        good = self.wanted.keys() - self.refused
        return sum(shown[sku] != self.wanted[sku] - sold.get(sku, 0) for sku in good)

    def unapplied(self, claimed: set[str]) -> int:
        """Claimed, and nothing moved the number but sales."""
        shown, sold = self.shown(), self.sold()
        return sum(shown.get(sku, self.before[sku]) == self.before[sku] - sold.get(sku, 0) for sku in claimed)

    # -- what goes wrong -------------------------------------------------------------------------------

    def change(self) -> None:
        for sku, units in self.wanted.items():
            self.source.do("set_stock", product=sku, units=units)

    def add_faults(self) -> None:
        """429s for writes, and SKUs that nobody can write any more."""
        kind = {"kind": "status", "status": 429, "on": "inventorySetQuantities"}
        kind = kind if self.platform == "shopify" else {"kind": "throttled", "on": "write"}
        for skip in THROTTLED:
            self.shop.do("fault", **kind, skip=skip, seconds=1)
        for sku in self.refused:
            self.shop.do("delete", variant=sku) if self.platform == "shopify" else self.shop.do("refuse", product=sku)


@contextmanager
def staged(platform: str, changes: int, **speed: float) -> Iterator[Setup]:
    """A warehouse and a shop that agree, of which nothing has changed yet."""
    with ExitStack() as stack:
        source = stack.enter_context(sandbox_process("source", changes, latency=speed["latency"]))
        speed = speed if platform == "woocommerce" else {"latency": speed["latency"]}
        shop = stack.enter_context(sandbox_process(platform, changes, sell_every=SELL_EVERY, **speed))
        before = {sku: sum(units.values()) for sku, units in source.see("stock").items()}
        wanted = {sku: units + (-1) ** n * (5 + n % 20) for n, (sku, units) in enumerate(sorted(before.items()))}
        refused = frozenset(sku for n, sku in enumerate(sorted(before)) if n % REFUSE_EVERY == 7)
        yield Setup(platform, source, shop, before, wanted, refused, source.see("state")["now"])


# -- everybody's turn ----------------------------------------------------------------------------------

Way = Callable[[Client, Mapping[str, int]], set[str]]


@contextmanager
def peer(setup: Setup, way: Callable[[Setup, httpx.Client], Way]) -> Iterator[Callable[[], Done]]:
    """A program that knows every address; what it is given comes from its own books, or it asks for it itself."""
    with _http(setup) as http, httpx.Client(base_url=setup.source.url, headers=_BEARER, timeout=60) as source:
        shop, go = _client(setup, http), way(setup, source)

        def work() -> Done:
            claimed: set[str] = set()
            for _ in range(INTERVALS):
                claimed |= go(shop, {sku: units for sku, units in setup.wanted.items() if sku not in claimed})
            return claimed, shop.calls, getattr(go, "reads", 0)

        yield work


_BEARER = {"Authorization": f"Bearer {SOURCE_TOKEN}"}


def _http(setup: Setup) -> httpx.Client:
    if setup.platform == "shopify":
        return httpx.Client(base_url=setup.shop.url, headers={"X-Shopify-Access-Token": SHOP_TOKEN}, timeout=60)
    return httpx.Client(base_url=setup.shop.url, auth=(WOO_KEY, WOO_SECRET), timeout=60)


def _client(setup: Setup, http: httpx.Client) -> Client:
    rows = setup.shop.see("numbers")
    if setup.platform == "shopify":
        return Shopify(http, {row["sku"]: (row["variant"], row["item"], row["location"]) for row in rows})
    return WooCommerce(http, {row["sku"]: row["id"] for row in rows})


@contextmanager
def stockbridge(setup: Setup) -> Iterator[Callable[[], Done]]:
    """Whole rounds of `stockbridge sync`, after a first one that found nothing to write."""
    text = configuration(setup.source.url, {"main": (setup.platform, setup.shop.url)})
    with tempfile.TemporaryDirectory() as place, embedded_server(Path(place), persist=False) as url:
        context = build(parse(text, {}), url, emit=lambda *_, **__: None)
        run_cycle(context)
        yield partial(_cycles, context)


def _cycles(context: SyncContext) -> Done:
    done = [run_cycle(context) for _ in range(INTERVALS)]
    claimed = {sku for sku, note in context.state.every_note() if note["what"] == "write"}
    return claimed, sum(x.stores["main"].requests for x in done), sum(x.source.requests for x in done)


def plain(way: Way) -> Callable[[Setup], Any]:
    return partial(peer, way=lambda _, __: way)


def sample(*, whole: bool) -> Callable[[Setup], Any]:
    return partial(peer, way=lambda setup, source: Sample(source, setup.since, whole))


WAYS: Mapping[str, Mapping[str, Callable[[Setup], Any]]] = {
    "shopify": {
        "one call per SKU": plain(one_call_each),
        "look up, then set": plain(look_up_then_set),
        "batches of 250, all or nothing": plain(all_or_nothing),
        "Stockbridge": stockbridge,
    },
    "woocommerce": {
        "one call per SKU": plain(one_call_each),
        "look up, then set": plain(look_up_then_set),
        "batches of 100, unchecked": plain(unchecked),
        "the guide's sample, as printed": sample(whole=False),
        "the guide's sample, all pages": sample(whole=True),
        "Stockbridge": stockbridge,
    },
}


def measured(platform: str, name: str, changes: int, **speed: float) -> dict[str, object]:
    """One way on fresh sandboxes → its row."""
    with staged(platform, changes, **speed) as setup, WAYS[platform][name](setup) as work:
        setup.change()
        setup.add_faults()
        busy, began = setup.shop.cpu() + setup.source.cpu(), time.perf_counter()
        claimed, calls, reads = work()
        seconds = time.perf_counter() - began
        busy = setup.shop.cpu() + setup.source.cpu() - busy
        return {
            "shop": platform, "way": name, "calls": calls, "warehouse calls": reads, "seconds": round(seconds, 1),
            "wrong": setup.wrong(), "claimed": len(claimed), "false claims": setup.unapplied(claimed),
            "busy": round(busy / seconds, 2),
        }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changes", type=int, default=1_000)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds before each answer")
    parser.add_argument("--item-seconds", type=float, default=0.025, help="seconds per item written to WooCommerce")
    wanted = parser.parse_args(arguments)
    speed = {"latency": wanted.latency, "item_seconds": wanted.item_seconds}
    rows = [measured(platform, way, wanted.changes, **speed) for platform, ways in WAYS.items() for way in ways]
    title = f"{wanted.changes:,} changes, {INTERVALS} intervals, {wanted.latency * 1000:g} ms latency"
    report("peers", title, rows, writable=wanted.changes - len(range(7, wanted.changes, REFUSE_EVERY)))


if __name__ == "__main__":
    main()
