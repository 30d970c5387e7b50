"""The flows: reads, pulls, maps and pushes. Every decision is the core's; every effect is here.

read(store) ─┐
             ├→ levels, ledger, readings, due marks in Redis ─→ push(store)
pull(source)─┘
"""

from bridge.sync.context import SyncContext
from bridge.sync.cycle import Cycle, read_store, run_cycle, run_session
from bridge.sync.heartbeat import Heartbeat
from bridge.sync.job import StoreSession
from bridge.sync.pull import pull
from bridge.sync.report import Pulled, Pushed
from bridge.sync.session import guarded, is_paused, read, send

__all__ = [
    "Cycle",
    "Heartbeat",
    "Pulled",
    "Pushed",
    "StoreSession",
    "SyncContext",
    "guarded",
    "is_paused",
    "pull",
    "read",
    "read_store",
    "run_cycle",
    "run_session",
    "send",
]
