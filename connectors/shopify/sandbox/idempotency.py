"""Idempotency keys: the same key with the same parameters is answered from the first result.

https://shopify.dev/docs/api/usage/implementing-idempotency
The keys live for 24 hours. Whether a refusal (userErrors) burns a key is not documented: by default the
refusal is repeated, with `burn_on_refusal` the next try is told that the previous attempt failed.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from connectors.http import Now

LIFE = timedelta(hours=24)

Payload = dict[str, Any]
MESSAGES = {
    "IDEMPOTENCY_CONCURRENT_REQUEST": "A request with the same idempotency key is currently in progress.",
    "IDEMPOTENCY_KEY_PARAMETER_MISMATCH": "The idempotency key was already used with different parameters.",
    "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED": "A previous attempt with this idempotency key failed. Use a new key.",
}


@dataclass(slots=True)
class Entry:
    parameters: str
    at: datetime
    payload: Payload | None = None  # None while the first request is under way


@dataclass(slots=True)
class KeyStore:
    """One app's keys in one shop."""

    clock: Now
    burn_on_refusal: bool = False
    entries: dict[str, Entry] = field(default_factory=dict)

    def once(self, key: str, name: str, args: Mapping[str, Any], perform: Callable[[], Payload]) -> tuple[Payload, str]:
        """The payload, and the code of the idempotency fault ("" when there is none)."""
        parameters = json.dumps([name, args], sort_keys=True)
        entry, fault = self.entries.get(key), ""
        if entry is None or self.clock() - entry.at >= LIFE:
            self.entries[key] = entry = Entry(parameters, self.clock())
            entry.payload = perform()
        elif entry.parameters != parameters:
            fault = "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"
        elif entry.payload is None:
            fault = "IDEMPOTENCY_CONCURRENT_REQUEST"
        elif entry.payload["userErrors"] and self.burn_on_refusal:
            fault = "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"
        return (entry.payload or {}), fault

    def keep(self, key: str, name: str, args: Mapping[str, Any]) -> None:
        """As if a first request with this key were still under way."""
        self.entries[key] = Entry(json.dumps([name, args], sort_keys=True), self.clock())
