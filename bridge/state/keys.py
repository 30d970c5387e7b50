"""Every key name of the bridge, and the version of the layout. Nothing else spells a key.

Keys of truth are hashes that carry the epoch in the field EPOCH, so that a lost hash is noticed: its
epoch is lost with it. No truth has a time-to-live.
"""

from collections.abc import Iterable
from functools import cache

LAYOUT = "4"
"""Raised when the meaning of a key changes; an older layout is rebuilt from the source and the stores. What is kept
then (see `kept`) must be read in its older forms as well."""

PREFIX = "stockbridge:"
EPOCH = "\x00epoch"

LAYOUT_KEY = PREFIX + "layout"
LEVELS = PREFIX + "levels"  # product → level
SKUS = PREFIX + "skus"  # SKU → products that carry it
LOOSE = PREFIX + "loose"  # comparable form → SKUs; only while a store matches loosely
BAD = PREFIX + "bad"  # product → why its last row was not believed
PULLED = PREFIX + "pulled"  # product → what an unfinished pull met; gone when it ends
DUPLICATE_SKUS = PREFIX + "twice"  # SKU → live products that have it, where there are several
INCOMING = PREFIX + "incoming"  # what was on its way to the warehouses when a person last asked
PLACES = PREFIX + "warehouses"  # warehouse → its name
CATALOGUE = PREFIX + "catalogue"  # product → what the catalogue says of it beyond its level
LEDGER = PREFIX + "ledger"  # SKU → shipments and decreases
SOURCE = PREFIX + "source"  # cursor, last pull, budget, …
MERCHANT = PREFIX + "merchant"  # whose state this is; see state/merchant.py
SHOPS = PREFIX + "shops"  # store → who its shop says it is
RUNS = PREFIX + "runs"  # list, newest first
HISTORY = PREFIX + "history"  # stream, bounded; see state/noted.py
HISTORY_SIZE = PREFIX + "history:size"  # characters that stand in it
HISTORY_PACKED = PREFIX + "history:packed"  # while it is packed
DECISIONS = PREFIX + "decisions"  # instant and token → what a person decided, and who; bounded, goes only with Redis
GRANT = PREFIX + "grant"  # the OAuth grant of the source, encrypted; goes only with Redis
GRANT_PAIR = "pair"  # field of GRANT
COUNTERS = PREFIX + "counters"  # what was done since the state began, by name
SEEN = PREFIX + "seen"  # WORKER or BEAT → when it last looked
WORKER, BEAT = "worker", "beat"  # fields of SEEN
ALERT_MEMORY = "memory"  # field of ALERTS
ALERTS = PREFIX + "alerts"  # what people were told, and by which channel
VERSION = PREFIX + "version"  # counter: versions of due entries
FENCE = PREFIX + "fence"  # counter: fencing tokens of leases

KEPT_RUNS = 200
KEPT_HISTORY = 600_000
"""Characters: some 20,000 notes."""
KEPT_DECISIONS = 500
KEPT_DRIFTS = 1_000


def field_of(name: str) -> str:
    """The field of a foreign name: none that anybody can think of is EPOCH."""
    return f"\x00{name}" if name.startswith("\x00") else name


def name_of(field: str) -> str:
    """What `field_of` was given."""
    return field[1:] if field.startswith("\x00\x00") else field


def lease(name: str) -> str:
    return f"{PREFIX}lease:{name}"


def queued(work: str) -> str:
    """Marks a message that is on its way; the only key with a time-to-live beside leases."""
    return f"{PREFIX}queued:{work}"


@cache  # asked for with every value that is written
def of_store(store: str, what: str) -> str:
    """A store's own hash. what: one of STORE_TRUTH, STORE_NOTES or STORE_KEPT."""
    return f"{PREFIX}store:{store}:{what}"


def of_inbound(till: str) -> str:
    """SKU → what a till counted of it, by store code and product of the till."""
    return f"{PREFIX}inbound:{till}"


def tills_of(till: str) -> str:
    """Store code → when it last reported; beside it in ITEMS_SEEN by which items file its products were placed."""
    return f"{PREFIX}inbound:{till}:tills"


def unknown_of(till: str) -> str:
    """Store code and name of a product that the items file does not list → its count; goes on as it stands."""
    return f"{PREFIX}inbound:{till}:unknown"


ITEMS_SEEN = "\x1fitems"  # no store code holds what cannot be printed


STORE_TRUTH = (
    "listings",  # ref → SKU, title, status
    "bysku",  # comparable SKU → refs
    "shown",  # ref → what each location shows
    "ordered",  # ref → committed units per known order, and the SKU it was noted under where that is another
    "due",  # ref → version
    "held",  # stock key → hold
    "flight",  # batch key → what was sent and not yet answered
    "spent",  # stock key → what the guard let pass in the last day
    "info",  # when it was mapped and read, whether a person must act, totals shown
)
BY_REF = ("listings", "shown")
SHORT = (*BY_REF, "bysku")
"""A store's hashes whose rows are named by refs; those in which refs and locations stand short (`state/pages.py`)."""


def is_named_by_ref(key: str) -> bool:
    return key.endswith(BY_REF_ENDS)


def is_short(key: str) -> bool:
    return key.endswith(SHORT_ENDS)


def is_paged(key: str) -> bool:
    return key in (LEVELS, SKUS) or is_short(key)


BY_REF_ENDS, SHORT_ENDS = (tuple(f":{what}" for what in some) for some in (BY_REF, SHORT))

STORE_NOTES = (
    "tries",  # stock key → deferrals in a row
    "reread",  # ref → version: to be read with the next session, whatever moved
    "watch",  # ref → until when it is read with every session
    "numbers",  # order → its number as the shop shows it, where that is another
    "gone",  # ref → when the store called a listing gone, or just ahead of the full list that lacked it; for a day
    "shadow",  # ref → what it would be sent; only in shadow mode
    "drift",  # stock key → what the store showed instead of what we believed; bounded
    "topics",  # topic of webhooks → when it was last delivered
    "deliveries",  # stream of what webhooks said, bounded; see state/deliveries.py
    "delivered",  # id of a delivery → when it came, as a score; bounded
)
STORE_KEPT = (
    "quarantine",  # stock key → why the store refuses it
    "orphaned",  # ref → since when a listing that had a number of ours gets none, and why
    "undo",  # what the last run wrote over, packed; see state/undo.py
)


TILL = "inbound:"
"""Before the name of a till where it stands among the stores' names, none of which has a colon."""


def groups(name: str) -> list[str]:
    """What a store, or a till behind TILL, must have."""
    if name.startswith(TILL):
        return [of_inbound(name.removeprefix(TILL))]
    return [of_store(name, what) for what in STORE_TRUTH]


def truth(names: Iterable[str]) -> list[str]:
    """Every key whose loss means that all is lost. names: of stores, and of tills behind TILL."""
    return [LEVELS, SKUS, LEDGER, SOURCE, *(key for name in names for key in groups(name))]


INFO_KEPT = ("paused", "confirm_absent", "requests", "webhooks")
"""Of a store's info: what people decided and asked for."""


def kept(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Truth that neither the source nor the stores can tell again → its fields that a new beginning keeps; (): all."""
    found: dict[str, tuple[str, ...]] = {LEDGER: ()}
    for name in names:
        if name.startswith(TILL):
            found |= {of_inbound(name.removeprefix(TILL)): ()}
        else:
            found |= {of_store(name, "held"): (), of_store(name, "info"): INFO_KEPT}
    return found


def rest(names: Iterable[str]) -> list[str]:
    """Keys that are rebuilt or merely missed."""
    stores = [name for name in names if not name.startswith(TILL)]
    source = (LOOSE, BAD, PULLED, DUPLICATE_SKUS, PLACES, INCOMING, SHOPS, CATALOGUE)
    return [*source, *(of_store(store, what) for store in stores for what in STORE_NOTES)]
