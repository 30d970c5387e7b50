"""A WooCommerce shop for the measurements."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import datetime

from connectors.testing.catalogue import numbered
from connectors.testing.measured import ALWAYS, SOLD, Load, Sales
from connectors.woocommerce.sandbox import KEY, SECRET, Call, Sandbox, Shop, serve


def filled(load: Load, clock: Callable[[], datetime]) -> Shop:
    shop = Shop(clock=clock)
    for sku, units in numbered(load.skus):
        shop.add_product(sku, units - load.less)
    return shop


def served(stack: ExitStack, shop: Shop, load: Load) -> Mapping[str, str]:
    sandbox = Sandbox(shop)
    sandbox.item_seconds = load.item_seconds
    if load.sell_every:
        sell = Sales(load, lambda call: _written(shop, call), lambda sku: shop.place_order({sku: SOLD}))
        sandbox.before_request(sell, on="write", times=ALWAYS)
    shop.url = stack.enter_context(serve(sandbox, latency=load.latency))
    return {"url": shop.url, "consumer_key": KEY, "consumer_secret": SECRET}


def _written(shop: Shop, call: Call) -> Iterable[str]:
    single = re.search(r"/products/(\d+)$", call.path)
    rows = [{"id": int(single[1])}] if single else json.loads(call.body).get("update", ())
    return [shop.products[row["id"]].sku for row in rows if row["id"] in shop.products]
