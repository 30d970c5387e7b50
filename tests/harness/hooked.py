"""Stores whose platform delivers webhooks, whatever it is: bodies that say what the hint is, signed with a key, and a
list of subscriptions that the store may refuse, drop or disable."""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bridge.sync.context import SyncContext
from connectors.base import OperatorStoreError, Reading, Sender
from connectors.skills import Hint, Subscription
from connectors.values import replace

KEY = b"a-key-that-signs-webhooks"
HEADER = "X-Signature"
TOPICS = ("orders/changed", "products/changed")


def signature(body: bytes, key: bytes = KEY) -> str:
    return hmac.digest(key, body, "sha256").hex()


def body_of(topic: str = "orders/changed", means: str = "orders", **facts: Any) -> bytes:
    """A delivery. facts: of the Hint; `shows` as the arguments of a Reading, `at` in ISO 8601."""
    return json.dumps({"topic": topic, "means": means, **facts}).encode()


def signing(options: Any, keys: Sequence[bytes]) -> Any:
    """The same options of a store, which know what is signed with one of the keys."""

    def hint(self: Any, headers: Mapping[str, str], body: bytes) -> Hint | None:
        given = headers.get(HEADER.lower(), "")
        if not any(hmac.compare_digest(signature(body, key), given) for key in keys):
            return None
        told = json.loads(body)
        shows = Reading(**told["shows"]) if told.get("shows") else None
        at = datetime.fromisoformat(told["at"]) if told.get("at") else None
        about, sku = told.get("about", ""), told.get("sku")
        return Hint(told["topic"], told["means"], told.get("id", ""), at, about, shows, sku)

    made: Any = type("Signing", (type(options),), {"hint": hint, "__module__": __name__})
    return made.model_construct(**dict(options))


@dataclass
class Hooks:
    """The subscriptions of one shop. refuses: why it lets nobody register any."""

    kept: dict[str, Subscription] = field(default_factory=dict)
    refuses: str = ""
    registrations: int = 0


class Receiving:
    """What a connector gets that has the skill to receive webhooks."""

    topics = TOPICS
    hooks: Hooks

    def webhooks(self) -> Sequence[Subscription]:
        return list(self.hooks.kept.values())

    def register_webhooks(self, address: str) -> Sequence[Subscription]:
        if self.hooks.refuses:
            raise OperatorStoreError(self.hooks.refuses)
        self.hooks.registrations += 1
        self.hooks.kept = {topic: Subscription(topic, topic, address) for topic in TOPICS}
        return self.webhooks()

    def remove_webhooks(self) -> int:
        count, self.hooks.kept = len(self.hooks.kept), {}
        return count


def hooked(context: SyncContext, hooks: Mapping[str, Hooks], keys: Sequence[bytes] = (KEY,)) -> SyncContext:
    """The same bridge, where some stores sign and receive webhooks."""
    stores = {
        name: replace(store, options=signing(store.options, keys)) if name in hooks else store
        for name, store in context.settings.stores.items()
    }

    def open_store(store: str, send: Sender) -> Any:
        connector: Any = context.open_store(store, send)
        if store in hooks:
            connector.__class__ = type("Received", (Receiving, type(connector)), {"hooks": hooks[store]})
        return connector

    return replace(context, settings=replace(context.settings, stores=stores), open_store=open_store)
