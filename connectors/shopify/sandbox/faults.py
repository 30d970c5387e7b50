"""What can go wrong between a client and Shopify, in a queue that tests fill.

delay        answers after `seconds`; a client that waits less sees a timeout, and the call lands later
drop         the connection ends without an answer (`after=True`: the call was applied)
late         as drop, but the call is applied only when the test calls `Sandbox.land()`
refuse       nobody listens
status       an HTTP status, with Retry-After when `seconds` is given (`after=True`: applied first)
html         200 with a web page (`after=True`: applied first)
cut          a JSON body that ends in its middle; the call was applied
redirect     to `location`, by default another host
unauthorized 401 with Shopify's words
throttled    HTTP 200, code THROTTLED, nothing applied
act          no fault: `action` runs before the call, or after it with `after=True`
"""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from connectors.shopify.sandbox.http import Call

KINDS = frozenset(
    ("delay", "drop", "late", "refuse", "status", "html", "cut", "redirect", "unauthorized", "throttled", "act")
)


@dataclass(slots=True, kw_only=True)
class Fault:
    """on: operation name, root field or kind; None: any call. skip: how many such calls go well first.
    times: how often it strikes, -1 for always."""

    kind: str
    on: str | None = None
    after: bool = False
    skip: int = 0
    times: int = 1
    seconds: float | None = None
    status: int = 503
    location: str | None = None
    body: str = ""
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

    def take(self, call: Call) -> tuple[list[Fault], Fault | None]:
        """The actions around this call, and the fault that strikes it."""
        with self.lock:
            acts = [each for each in self.queue if each.kind == "act" and self._strikes(each, call)]
            found = next((each for each in self.queue if each.kind != "act" and self._strikes(each, call)), None)
            self.queue = [each for each in self.queue if each.times != 0]
            self.struck.update([found.kind] if found else [])
            return acts, found

    def _strikes(self, fault: Fault, call: Call) -> bool:
        if not call.is_meant(fault.on):
            return False
        if fault.skip > 0:
            fault.skip -= 1
            return False
        if fault.times > 0:
            fault.times -= 1
        return True
