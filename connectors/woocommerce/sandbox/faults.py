"""What can go wrong between a client and a shop, in a queue that tests fill.

delay        answers after `seconds`; a client that waits less sees a timeout, and the call lands later
drop         the connection ends without an answer (`after=True`: the call was applied; `items=n`: only the
             first n items of the batch were, and the rest never is)
late         the client runs out of patience; `items` of the batch are applied by then (0), the rest when the
             test calls `Sandbox.land()`
refuse       nobody listens
status       an HTTP status with a web page, with Retry-After when `seconds` is given (`after=True`: applied)
throttled    429 of a host's firewall, with Retry-After `seconds` (2)
html         200 with a web page (`after=True`: applied first)
cut          a JSON body that ends in its middle; the call was applied
warnings     PHP warnings before the JSON; the call was applied
fatal        500 with JSON: PHP broke off at item `items` (1, counted from 0), those before it are applied
maintenance  503 with a page and Retry-After 600       database     500 with a page
gateway      502 with nginx's page                     redirect     301 to `location`
act          no fault: `action` runs before the call; with when="save" between the load and the save of every
             item, with when="after" once the call has been applied
"""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from connectors.woocommerce.sandbox.http import Call

KINDS = frozenset(
    (
        *("delay", "drop", "late", "refuse", "status", "throttled", "html", "cut", "warnings", "fatal"),
        *("maintenance", "database", "gateway", "redirect", "act"),
    )
)


@dataclass(slots=True, kw_only=True)
class Fault:
    """on: route ("products/batch"), method, both, "read" or "write"; None: any call. skip: how many such
    calls go well first. times: how often it strikes, -1 for always."""

    kind: str
    on: str | None = None
    after: bool = False
    skip: int = 0
    times: int = 1
    seconds: float | None = None
    items: int | None = None
    status: int = 503
    location: str | None = None
    body: str = ""
    when: str = "before"
    action: Callable[[Call], object] | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault is called {self.kind!r}; there are {', '.join(sorted(KINDS))}")


@dataclass(slots=True)
class Faults:
    """The first fault in the queue that is meant for a call strikes; `act` faults go beside any other.
    struck: how often each kind did."""

    queue: list[Fault] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, **settings: Any) -> Fault:
        fault = Fault(kind=kind, **settings)
        with self.lock:
            self.queue.append(fault)
        return fault

    def clear(self) -> None:
        with self.lock:
            self.queue.clear()

    def take(self, call: Call) -> Fault | None:
        with self.lock:
            found = next((each for each in self.queue if each.kind != "act" and self._strikes(each, call)), None)
            self._tidy()
            self.struck.update([found.kind] if found else [])
            return found

    def acts(self, call: Call, when: str) -> list[Callable[[Call], object]]:
        with self.lock:
            meant = [each for each in self.queue if each.kind == "act" and each.when == when]
            found = [each.action for each in meant if self._strikes(each, call) and each.action]
            self._tidy()
            return found

    def _tidy(self) -> None:
        self.queue[:] = [each for each in self.queue if each.times != 0]

    def _strikes(self, fault: Fault, call: Call) -> bool:
        if not call.is_meant(fault.on):
            return False
        if fault.skip > 0:
            fault.skip -= 1
            return False
        if fault.times > 0:
            fault.times -= 1
        return True
