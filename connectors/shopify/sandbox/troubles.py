"""What can go wrong between a client and Shopify."""

from connectors.testing.troubles import Troubles

WRITE = "SetQuantities"

TROUBLES = Troubles(
    write=WRITE,
    passing=(
        {"kind": "drop"}, {"kind": "drop", "after": True}, {"kind": "status", "status": 500, "after": True},
        {"kind": "status", "status": 503, "seconds": 3}, {"kind": "status", "status": 429, "seconds": 2},
        {"kind": "status", "status": 429}, {"kind": "html"}, {"kind": "html", "after": True}, {"kind": "cut"},
        {"kind": "throttled"}, {"kind": "refuse"}, {"kind": "redirect"}, {"kind": "delay", "seconds": 5},
    ),
    late=({"kind": "late"},),
    storm={
        "429": ({"kind": "status", "status": 429, "seconds": 1},),
        "5xx": ({"kind": "status", "status": 502, "on": "mutation"},),
        "answer lost": ({"kind": "drop", "after": True, "on": WRITE},),
        "a web page": ({"kind": "html", "after": True, "on": WRITE},),
        "JSON cut off": ({"kind": "cut"},),
        "throttled by cost": ({"kind": "throttled"},),
        "no answer in time": ({"kind": "delay", "seconds": 33, "on": "mutation"},),
    },
)  # fmt: skip
