"""Webhooks: the subscriptions of apps, and what Shopify delivers to them.

Signed with the app's client secret, or for up to an hour after its rotation with the one before; answered within 5 s,
1 s of it to connect, and no redirect is followed; tried 8 times with the same body and the same id; bursts about one
thing are one delivery; a body like the one before is not sent again; after 8 failures in a row a subscription that was
made over the API is deleted. https://shopify.dev/docs/apps/build/webhooks
"""

import base64
import hmac
import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from connectors.shopify.sandbox.context import App
from connectors.shopify.sandbox.orders import Shop
from connectors.shopify.sandbox.payloads import payload
from connectors.testing.courier import Courier, Letter, Parcel

TRIES = 8
FOUR_HOURS = 4 * 3600.0
AN_HOUR = 3600.0
VERSION = "2026-10"


@dataclass(slots=True, eq=False)
class Subscribed:
    """failures: in a row. last: the last body about each thing."""

    TYPE: ClassVar[str] = "WebhookSubscription"
    id: str
    app: App
    topic: str
    uri: str
    name: str | None
    include_fields: list[str]
    created_at: datetime
    updated_at: datetime
    failures: int = 0
    last: dict[str, bytes] = field(default_factory=dict)

    @property
    def spelled(self) -> str:
        """The topic as deliveries name it: INVENTORY_LEVELS_UPDATE → inventory_levels/update."""
        return "/".join(self.topic.lower().rsplit("_", 1))


@dataclass(slots=True)
class Delivery:
    """One delivery, the same over all its tries."""

    subscribed: Subscribed
    thing: str
    body: bytes
    triggered_at: datetime
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    tries: int = 0
    is_farewell: bool = False


class Hooks:
    """The webhooks of one shop. spacing: seconds between two tries, by the shop's clock. family: what the headers'
    names begin with. subscriptions: by id."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.subscriptions: dict[str, Subscribed] = {}
        self.courier = Courier(shop.clock, shop.lock, seconds=5.0, connect=1.0)
        self.spacing = FOUR_HOURS / TRIES
        self.family = "X-Shopify-"
        self._former: dict[str, tuple[str, datetime]] = {}  # client id → the secret before, and until when it signs
        shop.listeners.append(self.tell)

    def rotate(self, app: App, secret: str, *, seconds: float = AN_HOUR) -> None:
        """A new client secret; for so long deliveries are signed with the old one."""
        self._former[app.client_id] = app.client_secret, self.shop.clock() + timedelta(seconds=seconds)
        app.client_secret = secret

    def tell(self, topic: str, thing: Any, *, is_farewell: bool = False) -> None:
        """Something happened in the shop. The caller holds the shop's lock."""
        for each in list(self.subscriptions.values()):
            if each.spelled == topic:
                self._deliver(each, topic, thing, is_farewell=is_farewell)

    def say_farewell(self, app: App) -> None:
        """app/uninstalled is told, and the app's subscriptions are gone."""
        with self.shop.lock:
            self.tell("app/uninstalled", self.shop, is_farewell=True)
            self.subscriptions = {key: each for key, each in self.subscriptions.items() if each.app is not app}

    def _deliver(self, to: Subscribed, topic: str, thing: Any, *, is_farewell: bool) -> None:
        said = payload(topic, thing)
        kept = {name: said[name] for name in to.include_fields if name in said} if to.include_fields else said
        body = json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()
        if to.last.get(thing.id) == body:
            self.courier.counts["equal"] += 1
            return
        to.last[thing.id] = body
        key = (to.id, thing.id)
        if (waiting := self.courier.waiting(key)) is not None:
            waiting.what.body = body
            self.courier.counts["merged"] += 1
            return
        new = Delivery(to, thing.id, body, self.shop.clock(), is_farewell=is_farewell)
        self.courier.post(Parcel(partial(self._letter, new), partial(self._done, new), key, new))

    def _letter(self, delivery: Delivery) -> Letter | None:
        """What one try sends; None once the subscription is gone."""
        to = delivery.subscribed
        if to.id not in self.subscriptions and not delivery.is_farewell:
            return None
        body = delivery.body
        said = {
            "Topic": to.spelled,
            "Hmac-Sha256": base64.b64encode(hmac.digest(self._key(to.app).encode(), body, "sha256")).decode(),
            "Shop-Domain": self.shop.domain,
            "API-Version": VERSION,
            "Webhook-Id": delivery.id,
            "Event-Id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{delivery.thing} {delivery.triggered_at}")),
            "Triggered-At": f"{delivery.triggered_at:%Y-%m-%dT%H:%M:%S.%f}789Z",
            **({"Name": to.name} if to.name else {}),
        }
        headers = {"Content-Type": "application/json", "User-Agent": "Shopify-Captain-Hook"}
        return Letter(to.uri, headers | {f"{self.family}{name}": text for name, text in said.items()}, body)

    def _key(self, app: App) -> str:
        former, until = self._former.get(app.client_id, ("", self.shop.clock()))
        return former if self.shop.clock() < until else app.client_secret

    def _done(self, delivery: Delivery, status: int | None) -> float | None:
        to = delivery.subscribed
        delivery.tries += 1
        if status is not None and 200 <= status < 300:
            to.failures = 0
            return None
        to.failures += 1
        if to.failures >= TRIES and to.id in self.subscriptions:
            del self.subscriptions[to.id]
            self.courier.counts["unsubscribed"] += 1
        return self.spacing if delivery.tries < TRIES else None
