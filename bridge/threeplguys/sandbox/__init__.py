"""A sandbox of 3PLGuys that works like it and refuses what it refuses, as far as the bridge calls it.

Where the documents leave a behaviour open it is a switch. `Sandbox` answers requests in memory
(`Sandbox.transport()` for httpx) and over loopback (`serve`); /_control, outside /v0, moves its stock,
clock, switches and faults from another process.
"""

from bridge.threeplguys.sandbox.face import TOKEN, Sandbox
from bridge.threeplguys.sandbox.faults import FaultKind
from bridge.threeplguys.sandbox.oauth import CLIENT_ID, CLIENT_SECRET
from bridge.threeplguys.sandbox.server import serve
from bridge.threeplguys.sandbox.things import Clock, Item, Order, RefusedError
from bridge.threeplguys.sandbox.world import Warehouse

__all__ = [
    "CLIENT_ID",
    "CLIENT_SECRET",
    "TOKEN",
    "Clock",
    "FaultKind",
    "Item",
    "Order",
    "RefusedError",
    "Sandbox",
    "Warehouse",
    "serve",
]
