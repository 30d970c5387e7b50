"""What is left in the shop's bucket of query points, by Shopify's own last word.

The bucket belongs to app and shop, so other workers draw on it too: this is an estimate that saves a
throttled round trip, not a promise. After a wait that it asked for, Shopify itself is asked again.
"""

import time
from collections.abc import Mapping
from typing import Any

from connectors.base import RetryableStoreError
from connectors.http import Clock

FIRST_GUESS = 10.0  # points; a mutation's price, replaced by Shopify's own as soon as it is known


class Budget:
    def __init__(self, *, what: str, clock: Clock = time.monotonic) -> None:
        self._what, self._clock = what, clock
        self._costs: dict[str, float] = {}  # requested cost by request, learned from answers
        self._left: float | None = None
        self._rate, self._seen = 0.0, 0.0

    def reserve(self, request: str) -> None:
        """Raise RetryableStoreError, with the wait, when the request would not fit."""
        cost = self._costs.get(request, FIRST_GUESS)
        if self._left is None or self._rate <= 0:
            return
        left = self._left + self._rate * (self._clock() - self._seen)
        if cost > left:
            self._left = None  # whoever waited as told is not stopped by this guess again
            raise throttled(self._what, (cost - left) / self._rate)
        self._left, self._seen = left - cost, self._clock()

    def learn(self, request: str, extensions: Mapping[str, Any]) -> float | None:
        """Take over `extensions.cost`. Returns the seconds until the same request would fit."""
        cost = extensions.get("cost")
        state = cost.get("throttleStatus") if isinstance(cost, dict) else None
        if not isinstance(cost, dict) or not isinstance(state, dict):
            return None
        self._costs[request] = float(cost.get("requestedQueryCost") or FIRST_GUESS)
        self._left, self._rate = float(state.get("currentlyAvailable", 0)), float(state.get("restoreRate", 0))
        self._seen = self._clock()
        lacking = max(self._costs[request] - self._left, 0.0)
        return lacking / self._rate if self._rate > 0 else None

    def forget(self) -> None:
        """After Shopify's own throttle: the wait was announced, the next try is not to be stopped here."""
        self._left = None


def throttled(what: str, wait: float | None) -> RetryableStoreError:
    return RetryableStoreError(
        f"{what} has no query points left; it will be tried again.", retry_after=wait, sent=False
    )
