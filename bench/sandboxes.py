"""`python -m bench.sandboxes source|shopify|woocommerce`: sandboxes as a process of their own, until it is ended or
whoever began it is gone. Prints one JSON line once it listens."""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from itertools import islice
from typing import Any

from bench.world import SHOP_TOKEN, SOURCE_TOKEN
from bridge.threeplguys import sandbox as threepl
from bridge.threeplguys.sandbox.rows import Switches
from connectors.shopify import sandbox as shopify
from connectors.testing.catalogue import numbered
from connectors.woocommerce import sandbox as woocommerce

SOLD = 3
"""Units of each sale that happens just before a write."""

Wanted = argparse.Namespace
ALWAYS = -1
AGE = timedelta(days=2)


@contextmanager
def aged() -> Iterator[threepl.Clock]:
    """A clock that is two days behind within the block: what is made there has not changed lately, as most of a
    catalogue has not, and no look back meets it."""
    clock = threepl.Clock()
    clock.move(-AGE)
    yield clock
    clock.move(AGE)


def source(stack: ExitStack, wanted: Wanted) -> str:
    switches = Switches(rate_limit=10_000_000, latency=wanted.latency)
    with aged() as clock:
        made = threepl.Sandbox(
            threepl.Warehouse(clock=clock), switches, tokens={SOURCE_TOKEN: frozenset({"inventory"})}
        )
        for sku, units in numbered(wanted.skus):
            made.world.add(sku, units)
    return stack.enter_context(threepl.serve(made)).url


def shopify_shop(stack: ExitStack, wanted: Wanted) -> str:
    with aged() as clock:
        shop = shopify.Shop(clock=clock)
        shop.add_location("Warehouse")
        for sku, units in numbered(wanted.skus):
            shop.add_variant(sku, on_hand=units - wanted.less)
    made = shopify.Sandbox(shop, token=SHOP_TOKEN, plan=(1_000_000, 100_000))
    if wanted.sell_every:
        sell = Sales(wanted, lambda call: _shopify_skus(shop, call), lambda one: shop.place_order({one: SOLD}))
        made.before_request(sell, on="inventorySetQuantities", times=ALWAYS)
    return stack.enter_context(shopify.serve(made, latency=wanted.latency)).url


def woocommerce_shop(stack: ExitStack, wanted: Wanted) -> str:
    with aged() as clock:
        shop = woocommerce.Shop(clock=clock)
        for sku, units in numbered(wanted.skus):
            shop.add_product(sku, units - wanted.less)
    made = woocommerce.Sandbox(shop)
    made.item_seconds = wanted.item_seconds
    if wanted.sell_every:
        sell = Sales(wanted, lambda call: _woo_skus(shop, call), lambda one: shop.place_order({one: SOLD}))
        made.before_request(sell, on="write", times=ALWAYS)
    shop.url = stack.enter_context(woocommerce.serve(made, latency=wanted.latency))
    return shop.url


class Sales:
    """Every so many SKUs one is sold once, just before the first write of it arrives: later than anything that
    whoever writes can have read."""

    def __init__(self, wanted: Wanted, skus: Callable[[Any], Iterable[str]], sell: Callable[[str], object]) -> None:
        self.skus, self.sell = skus, sell
        self.left = {sku for sku, _ in islice(numbered(wanted.skus), 0, None, wanted.sell_every)}

    def __call__(self, call: Any) -> None:
        for one in self.left.intersection(self.skus(call)):
            self.left.remove(one)
            self.sell(one)


def _shopify_skus(shop: shopify.Shop, call: shopify.Call) -> Iterable[str]:
    items = (shop.items.get(row["inventoryItemId"]) for row in call.variables["input"]["quantities"])
    return [item.sku for item in items if item]


def _woo_skus(shop: woocommerce.Shop, call: woocommerce.Call) -> Iterable[str]:
    single = re.search(r"/products/(\d+)$", call.path)
    rows = [{"id": int(single[1])}] if single else json.loads(call.body).get("update", ())
    return [shop.products[row["id"]].sku for row in rows if row["id"] in shop.products]


KINDS: Mapping[str, Callable[[ExitStack, Wanted], str]] = {
    "source": source, "shopify": shopify_shop, "woocommerce": woocommerce_shop,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--skus", type=int, required=True)
    parser.add_argument("--count", type=int, default=1, help="so many of them, each at an address of its own")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--item-seconds", type=float, default=0.0, help="seconds per item written (WooCommerce)")
    parser.add_argument("--less", type=int, default=0, help="units less than the warehouse holds, shown of each SKU")
    parser.add_argument("--sell-every", type=int, default=0, help="sell one of so many SKUs just before its write")
    wanted = parser.parse_args()
    with ExitStack() as stack:
        urls = [KINDS[wanted.kind](stack, wanted) for _ in range(wanted.count)]
        sys.stdout.write(json.dumps({"urls": urls}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
