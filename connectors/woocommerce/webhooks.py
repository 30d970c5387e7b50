"""The webhooks by which a shop tells what moves. Ours are known by their names, "Stockbridge order.created (1a2b3c4d)",
which say the key as well that each signs with: the shop does not show it.

WooCommerce disables one after deliveries that failed, and does not say so.
https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks
"""

import re
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from connectors.base import RetryableStoreError, Sender
from connectors.skills import Subscription
from connectors.webhooks import Changes, changes_of, delivery_address
from connectors.woocommerce.answers import GoneError
from connectors.woocommerce.client import WooClient
from connectors.woocommerce.pages import PAGE, rows_of
from connectors.woocommerce.translate import Row

TOPICS = tuple(
    f"{what}.{event}" for what in ("order", "product") for event in ("created", "updated", "deleted", "restored")
)
NAME = re.compile(r"Stockbridge [a-z]+\.[a-z]+ \(([0-9a-f]{8})\)")
TRIES = 3  # a lost answer may have made one twice: the next try finds it
MOST = 50  # pages of webhooks
DISABLED = "WooCommerce has disabled it after deliveries that failed"
PAUSED = "a person has paused it in WooCommerce → Settings → Advanced → Webhooks"
OLD_KEY = "it signs with another key than that of this consumer secret"


class Webhooks:
    """The webhooks of one shop. key: what they sign with; mark: by which that is known."""

    def __init__(self, client: WooClient, *, send: Sender, what: str, key: str, mark: str) -> None:
        self._client, self._send, self._what = client, send, what
        self._key, self._mark = key, mark

    def ours(self) -> list[Subscription]:
        """By page: of this list WooCommerce ignores `offset`."""
        found: dict[int, Subscription] = {}
        for page in range(1, MOST + 1):
            asked = {"per_page": str(PAGE), "page": str(page), "orderby": "id", "order": "asc"}
            answer = self._send(partial(self._client.get, "webhooks", asked))
            rows = rows_of(answer, what=self._what)
            found |= {row["id"]: ours for row in rows if (ours := self._subscription(row))}
            if len(rows) < PAGE:
                break
        return list(found.values())

    def register(self, address: str) -> list[Subscription]:
        """Those of ours, once each topic is delivered to the address. Raises StoreError."""
        delivery_address(address, self._what)
        found = self.ours()
        for _ in range(TRIES):
            changes = changes_of(found, TOPICS, address)
            if not changes:
                return found
            self._change(changes, address)
            found = self.ours()
        raise RetryableStoreError(f"{self._what} does not keep its webhooks as they are made; it will be tried again.")

    def remove(self) -> int:
        ours = self.ours()
        for each in ours:
            self._remove(each)
        return len(ours)

    def _subscription(self, row: Row) -> Subscription | None:
        """None: another program's."""
        name = NAME.fullmatch(str(row.get("name")))
        if name is None:
            return None
        why = {"active": "", "paused": PAUSED}.get(str(row.get("status")), DISABLED)
        why = why or ("" if name[1] == self._mark else OLD_KEY)
        return Subscription(str(row["id"]), str(row.get("topic")), str(row.get("delivery_url")), not why, why)

    def _change(self, changes: Changes, address: str) -> None:
        for each in changes.remove:
            self._remove(each)
        for each in changes.mend:
            self._write(f"webhooks/{each.id}", each.topic, address)
        for topic in changes.create:
            self._write("webhooks", topic, address)

    def _write(self, path: str, topic: str, address: str) -> None:
        body = {"name": f"Stockbridge {topic} ({self._mark})", "topic": topic, "delivery_url": address}
        self._done(partial(self._client.post, path, {**body, "secret": self._key, "status": "active"}))

    def _remove(self, each: Subscription) -> None:
        self._done(partial(self._client.delete, f"webhooks/{each.id}", {"force": "true"}))

    def _done(self, request: Callable[[], Any]) -> None:
        """One that is gone meanwhile is made anew, or is gone."""
        with suppress(GoneError):
            self._send(request)
