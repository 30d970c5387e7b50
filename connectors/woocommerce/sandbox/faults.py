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

from dataclasses import dataclass
from typing import ClassVar

from connectors.testing import faults


@dataclass(slots=True, kw_only=True)
class Fault(faults.Fault):
    """on: route ("products/batch"), method, both, "read" or "write". items: of a batch."""

    kinds: ClassVar[frozenset[str]] = frozenset(
        (
            *("delay", "drop", "late", "refuse", "status", "throttled", "html", "cut", "warnings", "fatal"),
            *("maintenance", "database", "gateway", "redirect", "act"),
        )
    )
    items: int | None = None
