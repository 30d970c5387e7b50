"""A WooCommerce shop for the measurements."""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import httpx
from requests import PreparedRequest, Response

from connectors.testing.catalogue import numbered
from connectors.testing.measured import ALWAYS, SOLD, Load, Note, Sales
from connectors.woocommerce.sandbox import KEY, SECRET, Call, Sandbox, Shop, serve
from connectors.woocommerce.store import WooCommerceStore
from connectors.woocommerce.timed import TimedAdapter

STORE = WooCommerceStore


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


class _Recorder(TimedAdapter):
    """The real adapter. A signature holds for one address alone, so the key is noted in its place."""

    def __init__(self, note: Note) -> None:
        super().__init__()
        self._note = note

    def send(self, request: PreparedRequest, *given: Any, **named: Any) -> Response:
        url = httpx.URL(request.url or "")
        kept = [(name, text) for name, text in url.params.multi_items() if not name.startswith("oauth_")]
        body = request.body if isinstance(request.body, bytes) else str(request.body or "").encode()
        key = b64encode(f"{KEY}:{SECRET}".encode()).decode()
        headers = {"authorization": f"Basic {key}", "content-type": "application/json"}
        path = url.copy_with(params=kept).raw_path.decode()
        self._note(request.method or "", path, body, headers)
        return super().send(request, *given, **named)


def recording(note: Note) -> Mapping[str, Any]:
    return {"adapter": _Recorder(note)}


def _written(shop: Shop, call: Call) -> Iterable[str]:
    single = re.search(r"/products/(\d+)$", call.path)
    rows = [{"id": int(single[1])}] if single else json.loads(call.body).get("update", ())
    return [shop.products[row["id"]].sku for row in rows if row["id"] in shop.products]
