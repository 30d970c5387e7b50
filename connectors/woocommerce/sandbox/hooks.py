"""Webhooks as class-wc-webhook.php, wc-webhook-functions.php and the webhooks controller of WooCommerce 11 have them.

A delivery waits in the shop's background queue, where one for each webhook and object is enough; what it says is made
when it is sent. 200 to 302 are a success, whatever else is a failure, and none is sent again. More than five failures
in a row disable a webhook, by the seventh; what waited is delivered all the same, and making it active again does not
begin the count anew.
"""

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import httpx

from connectors.http import NO_ANSWER_ERRORS, build_client, opened
from connectors.testing.courier import Courier, Letter, Parcel, is_near
from connectors.woocommerce.sandbox.context import SandboxLimits
from connectors.woocommerce.sandbox.orders import Shop
from connectors.woocommerce.sandbox.show import product_body
from connectors.woocommerce.sandbox.show_order import order_body

MOST_FAILURES = 5
A_MINUTE = 60.0
PING_SECONDS = 5.0
UNDELIVERED = frozenset({"draft", "auto-draft", "new"})
ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&#039;": "'", "&#38;": "&", "&#038;": "&", "&amp;": "&"}


@dataclass(slots=True, eq=False)
class Webhook:
    """failures: in a row. is_pending: its ping was not answered with 200 yet."""

    id: int
    name: str
    topic: str
    delivery_url: str
    secret: str
    created: datetime
    modified: datetime
    status: str = "active"
    failures: int = 0
    is_pending: bool = True

    @property
    def resource(self) -> str:
        return self.topic.partition(".")[0]

    @property
    def event(self) -> str:
        return self.topic.partition(".")[2]


class Hooks:
    """The webhooks of one shop, by id.

    reaches_this_machine: WordPress refuses to ask private and loopback addresses (wp_safe_remote_request), and then no
    webhook of a shop could be tried here; False: as it is. tells_sales: stock that an order lowers is told as
    product.updated, which is not so everywhere. is_stale: an order is shown as it was when it was queued, as plugins
    that cache make it. pings_decide: a webhook whose ping fails is not made; in WooCommerce itself it is.
    """

    def __init__(self, shop: Shop, limits: SandboxLimits) -> None:
        self.shop, self.limits = shop, limits
        self.webhooks: dict[int, Webhook] = {}
        self.numbers: Iterator[int] = itertools.count(1)
        self.courier = Courier(lambda: shop.clock(), shop.lock, seconds=A_MINUTE, connect=A_MINUTE)  # noqa: PLW0108  (moved)
        self.reaches_this_machine = self.tells_sales = True
        self.is_stale = self.pings_decide = False
        shop.listeners.append(self.tell)

    def tell(self, topic: str, id_: int, *, is_sale: bool = False) -> None:
        """Something happened in the shop. The caller holds the shop's lock."""
        if is_sale and not self.tells_sales:
            return
        for each in self.webhooks.values():
            if each.topic == topic and each.status == "active" and self._is_shown(each, id_):
                key = (each.id, id_)
                if self.courier.waiting(key) is not None:
                    self.courier.counts["merged"] += 1
                    continue
                old = self._body(each, id_) if self.is_stale and each.resource == "order" else None
                self.courier.post(Parcel(partial(self._letter, each, id_, old), partial(self._done, each), key))

    def _is_shown(self, webhook: Webhook, id_: int) -> bool:
        order = self.shop.orders.get(id_) if webhook.resource == "order" else None
        return order is None or order.status not in UNDELIVERED

    def _body(self, webhook: Webhook, id_: int) -> bytes:
        """As the API shows the object; of one that is deleted its id, of one that is gone what the API says."""
        shown: dict[str, Any] = {"id": id_}
        if webhook.event != "deleted":
            gone = f"woocommerce_rest_{'shop_order' if webhook.resource == 'order' else 'product'}_invalid_id"
            shown = {"code": gone, "message": "Invalid ID.", "data": {"status": 404}}
            if webhook.resource == "order" and (order := self.shop.orders.get(id_)):
                shown = order_body(self.shop, order)
            elif webhook.resource == "product" and (product := self.shop.products.get(id_)):
                shown = product_body(self.shop, product)
        return json.dumps(shown, separators=(",", ":")).replace("/", "\\/").encode()

    def _letter(self, webhook: Webhook, id_: int, old: bytes | None) -> Letter | None:
        body = old or self._body(webhook, id_)
        now = int(self.shop.clock().timestamp())
        said = {
            "Source": f"{self.shop.home_url}/",
            "Topic": webhook.topic,
            "Resource": webhook.resource,
            "Event": webhook.event,
            "Signature": signature(webhook.secret, body),
            "ID": str(webhook.id),
            "Delivery-ID": hashlib.sha256(f"{webhook.id}{now}".encode()).hexdigest()[:32],
        }
        headers = {"User-Agent": self._agent, "Content-Type": "application/json"}
        to = webhook.delivery_url if self.reaches_this_machine else ""
        return Letter(to, headers | {f"X-WC-Webhook-{name}": text for name, text in said.items()}, body)

    def _done(self, webhook: Webhook, status: int | None) -> None:
        if status is not None and 200 <= status <= 302:
            webhook.failures = 0
        elif webhook.failures > MOST_FAILURES:
            webhook.status = "disabled"
            self.courier.counts["disabled"] += 1
        else:
            webhook.failures += 1

    def ping(self, webhook: Webhook) -> str:
        """Ask the address → what is wrong with it, or ""."""
        status: int | None = None
        if self.reaches_this_machine and is_near(webhook.delivery_url):
            form, headers = f"webhook_id={webhook.id}", {"User-Agent": self._agent, "Connection": "close"}
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            with build_client(timeout=httpx.Timeout(PING_SECONDS)) as client:
                request = client.build_request("POST", webhook.delivery_url, content=form, headers=headers | kind)
                with suppress(*NO_ANSWER_ERRORS), opened(client, request, PING_SECONDS) as answer:
                    status = answer.status_code
        if status is None:
            return "Error: Delivery URL cannot be reached: A valid URL was not provided."
        webhook.is_pending = status != 200
        return "" if status == 200 else f"Error: Delivery URL returned response code: {status}"

    @property
    def _agent(self) -> str:
        return f"WooCommerce/{self.limits.version} Hookshot (WordPress/6.9)"


def signature(secret: str, body: bytes) -> str:
    """With the secret after wp_specialchars_decode(): what looks like an HTML entity in it is none any more."""
    for entity, sign in ENTITIES.items():
        secret = secret.replace(entity, sign)
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
