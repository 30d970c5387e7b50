"""A Shopify shop for the measurements."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import datetime
from urllib.parse import urlsplit

from connectors.shopify.sandbox import Call, Sandbox, Shop, serve
from connectors.shopify.store import ShopifyStore
from connectors.testing.catalogue import numbered
from connectors.testing.measured import ALWAYS, SOLD, Load, Sales

STORE = ShopifyStore
TOKEN = "shpat_bench"  # noqa: S105  (opens nothing but this sandbox)
PLAN = (1_000_000, 100_000)


def filled(load: Load, clock: Callable[[], datetime]) -> Shop:
    shop = Shop(clock=clock)
    shop.add_location("Warehouse")
    for sku, units in numbered(load.skus):
        shop.add_variant(sku, on_hand=units - load.less)
    return shop


def served(stack: ExitStack, shop: Shop, load: Load) -> Mapping[str, str]:
    sandbox = Sandbox(shop, token=TOKEN, plan=PLAN)
    if load.sell_every:
        sell = Sales(load, lambda call: _written(shop, call), lambda sku: shop.place_order({sku: SOLD}))
        sandbox.before_request(sell, on="inventorySetQuantities", times=ALWAYS)
    url = stack.enter_context(serve(sandbox, latency=load.latency)).url
    shop.domain = f"at-{urlsplit(url).port}.myshopify.com"
    return {"url": url, "shop": shop.domain, "access_token": TOKEN, "base_url": url}


def _written(shop: Shop, call: Call) -> Iterable[str]:
    items = (shop.items.get(row["inventoryItemId"]) for row in call.variables["input"]["quantities"])
    return [item.sku for item in items if item]
