"""What is left in the shop's bucket of query points, by Shopify's own last word.

The bucket belongs to app and shop, so other workers draw on it too: this is an estimate that saves a
throttled round trip, not a promise. After a wait that it asked for, Shopify itself is asked again.
"""

import time
from collections.abc import Mapping
from typing import Any

from connectors.base import UNSENT, RetryableStoreError
from connectors.http import Clock
from connectors.shopify.shapes import number_of

FIRST_GUESS = 10.0  # points; a mutation's price, replaced by Shopify's own as soon as it is known

MOST = 64
"""Prices that are handed on; a request's price depends on its size, so there are many."""


class CostBudget:
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
            raise throttled(self._what, (cost - left) / self._rate, UNSENT)
        self._left, self._seen = left - cost, self._clock()

    def learn(self, request: str, extensions: Mapping[str, Any]) -> float | None:
        """Take over `extensions.cost`. Returns the seconds until the same request would fit."""
        cost = extensions.get("cost")
        state = cost.get("throttleStatus") if isinstance(cost, dict) else None
        if not isinstance(cost, dict) or not isinstance(state, dict):
            return None
        self._costs[request] = number_of(cost.get("requestedQueryCost")) or FIRST_GUESS
        self._left, self._rate = number_of(state.get("currentlyAvailable")), number_of(state.get("restoreRate"))
        self._seen = self._clock()
        lacking = max(self._costs[request] - self._left, 0.0)
        return lacking / self._rate if self._rate > 0 else None

    def dump_state(self, now: float) -> dict[str, Any]:
        """What the next worker should know. now: Unix seconds."""
        if self._left is None or self._rate <= 0:
            return {}
        costs = dict(list(self._costs.items())[-MOST:])
        return {"left": self._left, "rate": self._rate, "at": now - (self._clock() - self._seen), "costs": costs}

    def load_state(self, state: Mapping[str, Any], now: float) -> None:
        left, rate, at = (state.get(name) for name in ("left", "rate", "at"))
        if isinstance(left, int | float) and isinstance(rate, int | float) and isinstance(at, int | float):
            self._left, self._rate = float(left), float(rate)
            costs = state.get("costs")
            known = costs.items() if isinstance(costs, dict) else ()
            self._costs = {name: float(cost) for name, cost in known if isinstance(cost, int | float)}
            self._seen = self._clock() - max(0.0, now - at)  # the clock of another machine may be ahead of ours

    def reset(self) -> None:
        """After Shopify's own throttle: the wait was announced, the next try is not to be stopped here."""
        self._left = None


def throttled(what: str, wait: float | None, status: str = "throttled") -> RetryableStoreError:
    fault = RetryableStoreError(
        f"{what} has no query points left; it will be tried again.", retry_after=wait, sent=False
    )
    fault.status = status
    return fault
