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

from typing import ClassVar

from connectors.testing import faults


class Fault(faults.Fault):
    """on: operation name, root field or kind of request."""

    kinds: ClassVar[frozenset[str]] = frozenset(
        ("delay", "drop", "late", "refuse", "status", "html", "cut", "redirect", "unauthorized", "throttled", "act")
    )
