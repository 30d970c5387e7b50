"""What can go wrong between a client and the shop, in a queue that tests fill.

delay     answers after `seconds`; a client that waits less sees a timeout, and the report lands later
drop      the connection ends without an answer (`after=True`: the report was taken)
late      as drop, but the report is taken only when the test calls `Sandbox.land()`
refuse    nobody listens
status    an HTTP status, with Retry-After when `seconds` is given (`after=True`: taken first)
throttled 429, nothing taken
html      200 with a web page (`after=True`: taken first)
cut       a JSON body that ends in its middle; the report was taken
redirect  to `location`, by default another host
answer    `status`, with `body` as it stands
refusal   the document's error body with the sentence `body`, nothing taken
act       no fault: `action` runs before the call, or after it with `after=True`
"""

from dataclasses import dataclass
from typing import ClassVar

from connectors.testing import faults


@dataclass(slots=True, kw_only=True)
class Fault(faults.Fault):
    """on: a UPC, a style, or "upc" and "sku" for any report that names its product so; "empty" for one without."""

    kinds: ClassVar[frozenset[str]] = frozenset(
        (
            "delay",
            "drop",
            "late",
            "refuse",
            "status",
            "throttled",
            "html",
            "cut",
            "redirect",
            "answer",
            "refusal",
            "act",
        )
    )
