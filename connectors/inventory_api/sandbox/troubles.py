"""What can go wrong between a client and a shop with the Inventory Update API."""

from connectors.testing.troubles import Troubles

WRITE = "quantity"
"""Reports that have one: without it, a report only tries the token."""

TROUBLES = Troubles(
    write=WRITE,
    passing=(
        {"kind": "drop"}, {"kind": "drop", "after": True}, {"kind": "status", "status": 500, "after": True},
        {"kind": "status", "status": 503, "seconds": 3}, {"kind": "throttled"}, {"kind": "html"},
        {"kind": "html", "after": True}, {"kind": "cut"}, {"kind": "refuse"}, {"kind": "redirect"},
        {"kind": "delay", "seconds": 5},
    ),
    late=({"kind": "late"},),
)  # fmt: skip
