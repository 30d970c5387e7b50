"""What can go wrong between a client and a WooCommerce shop.

A write that was lost and not applied is waited for during a minute and a half, because PHP may still be at it.
"""

from connectors.testing.troubles import LOST, Troubles

WRITE = "write"

TROUBLES = Troubles(
    write=WRITE,
    passing=(
        {"kind": "drop"}, {"kind": "drop", "after": True}, {"kind": "status", "status": 500, "after": True},
        {"kind": "status", "status": 503, "seconds": 3}, {"kind": "throttled"}, {"kind": "html"},
        {"kind": "html", "after": True}, {"kind": "cut"}, {"kind": "warnings"}, {"kind": "maintenance"},
        {"kind": "database"}, {"kind": "gateway"}, {"kind": "refuse"}, {"kind": "delay", "seconds": 5},
    ),
    partly=({"kind": "drop", "items": 1}, {"kind": "fatal", "items": 1}),
    late=({"kind": "late"}, {"kind": "late", "items": 1}),
    storm={
        LOST: ({"kind": "drop", "on": WRITE},),
        "429": ({"kind": "throttled", "seconds": 1},),
        "5xx": ({"kind": "gateway", "on": "read"},),
        "answer lost": ({"kind": "drop", "after": True, "on": WRITE},),
        "a web page": ({"kind": "html", "on": "read"},),
        "JSON cut off": ({"kind": "cut"},),
        "no answer in time": ({"kind": "delay", "seconds": 33, "on": "read"},),
    },
)  # fmt: skip
