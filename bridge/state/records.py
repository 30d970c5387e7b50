"""What a store and the source know of themselves: one typed record each.

Every member stands in a field of its own, under the name in `name=` where that is another, so that a step writes
what it knows and nothing else. Instants are aware UTC; the state keeps them as milliseconds since 1970.
"""

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct, field

from bridge.core.breaker import CircuitBreaker
from bridge.core.cursor import Cursor
from bridge.core.hints import HintsRead
from bridge.core.shadow import Shadow
from bridge.core.subscriptions import Registered
from bridge.core.unfinished import Unfinished


class Decided(Struct, frozen=True):
    """Something a person decided: when, and who."""

    at: datetime
    by: str


class DoubtedList(Struct, frozen=True):
    """A store's list of listings that is not believed: why, since when, and when it was last asked for. hides: an order
    has a line that names no listing: it may be of what the list leaves out, and where it leaves from is not known."""

    why: str
    since: datetime
    at: datetime
    hides: bool = False

    @property
    def sentence(self) -> str:
        """Why, and what follows from it."""
        frozen = "; lines of its orders may be of these, so nothing that it shares is increased meanwhile"
        return self.why + frozen * self.hides


class DoubtedOrders(Struct, frozen=True):
    """Open orders of which a store says that it does not know them, which is not believed: why, since when, and when
    they were last asked for. confirmed: a person said that they may be gone."""

    why: str
    since: datetime
    at: datetime
    confirmed: bool = False


class Result(Struct, frozen=True):
    """What a session did for all requests up to `number`. error, held: None or a sentence. person: it needs one."""

    number: int
    at: datetime
    applied: int = 0
    due: int = 0
    error: str | None = None
    held: str | None = None
    person: bool = False


class Requests(Struct, frozen=True):
    """What people asked of a store, see `state.requests`. requested, acknowledged, finished: numbers, never smaller
    than they were. whole: the store is to be read as a whole. result: of the last session that tried."""

    requested: int = 0
    acknowledged: int = 0
    finished: int = 0
    whole: bool = False
    result: Result | None = None

    @property
    def is_open(self) -> bool:
        """Whether something was asked that nobody has begun to answer."""
        return self.requested > self.acknowledged


class OrdersLook(Struct, frozen=True, array_like=True):
    """The last look at a store's orders that reached back whole: how far it read, when it began, and how many orders
    the last look of any kind met."""

    read_to: datetime
    began: datetime
    met: int


class NotShown(Struct, frozen=True, array_like=True):
    """Something that a store cannot show, see `connectors.skills.Unreadable`."""

    kind: Literal["listing", "order"]
    id: str
    why: str


class UnmappedLine(Struct, frozen=True, array_like=True):
    """Units of an open order line that no listing and no source SKU is known for. near: a source SKU that it may be of,
    because it differs only in case or outer blanks, or ""."""

    order: str
    sku: str
    title: str
    units: int
    near: str = ""

    @property
    def phrase(self) -> str:
        """The order, how many units, what the line calls itself, and what it may be."""
        what = f'"{self.sku}"' if self.sku else self.title or "nothing that has a name"
        may_be = f", which may be {self.near}" if self.near else ""
        return f"order {self.order}: {self.units} of {what}{may_be}"


class Claimed(Struct, frozen=True, array_like=True):
    """A number that a store claimed to have applied and did not show: when it last did so, and how often."""

    at: datetime
    times: int


class Dropped(Struct, frozen=True):
    """Drift that is remembered no longer because there was too much of it: when, and how many were open."""

    at: datetime
    count: int


class StoreRecord(Struct, frozen=True, kw_only=True):
    """What is known of one store as a whole. None: never, or not now.

    mapped_at, refreshed_at: when listings were last asked for, all of them or those changed. listings_since: from
    where, by the store's clock, the next time. refresh_requested: a listing is known of that nobody has met.
    rules_seen: the fingerprint of the rules that were applied. shadow: its time in shadow mode. hint: grows whenever a
    webhook tells of something to read. hint_of_listings: what it last was when that was of listings.

    read_at: when it was last read. lag: seconds for which a cache had kept what it told. reconciled_at: when all of it
    was read. reread_at: when that is to be done once more. repeated_at: when all numbers were last sent again.
    orders_since: how far its orders were read, by its clock; None: all of them are to be read. reread_orders: they
    are to be read from there once more. recent_orders: order → when it last changed, milliseconds since 1970.
    revisited_at: when open orders were asked for one by one. doubted_orders: those of them that are said to be gone.
    edits: where the next look for edits by hand begins. unreadable: what it could not show. unmapped_lines: open order
    lines that map to nothing, as far as they are kept. unmapped_count: how many there are.

    units, stock_keys: what it shows, see `core.guard.Totals`. unapplied: stock key → how often it claimed in vain.
    read_back, not_applied: numbers read back ever, and those of them that were not there.
    """

    paused: Decided | None = None
    shadow: Shadow | None = None
    confirm_absent: Decided | None = None
    requests: Requests = Requests()
    webhooks: Registered | None = None
    hint: int = 0
    hint_of_listings: int = 0
    hints_read: HintsRead = HintsRead()
    breaker: CircuitBreaker | None = field(default=None, name="trouble")

    mapped_at: datetime | None = None
    refreshed_at: datetime | None = field(default=None, name="changed_at")
    listings_since: datetime | None = field(default=None, name="listed_to")
    refresh_requested: bool = field(default=False, name="remap")
    rules_seen: str | None = field(default=None, name="rules")
    doubted_list: DoubtedList | None = field(default=None, name="list_trouble")

    read_at: datetime | None = None
    lag: float = 0.0
    reconciled_at: datetime | None = None
    reread_at: datetime | None = field(default=None, name="reread")
    repeated_at: datetime | None = None
    orders_since: datetime | None = field(default=None, name="moved")
    orders_look: OrdersLook | None = field(default=None, name="looked")
    reread_orders: bool = field(default=False, name="again")
    recent_orders: dict[str, int] = field(default_factory=dict, name="seen")
    revisited_at: datetime | None = None
    doubted_orders: DoubtedOrders | None = None
    edits: dict[str, Any] = field(default_factory=dict)
    unreadable: list[NotShown] = field(default_factory=list)
    unmapped_lines: list[UnmappedLine] = field(default_factory=list)
    unmapped_count: int = 0

    units: int = 0
    stock_keys: int = field(default=0, name="spots")
    unapplied: dict[str, Claimed] = field(default_factory=dict)
    read_back: int = 0
    not_applied: int = 0
    dropped_drift: Dropped | None = field(default=None, name="unlisted")
    connector_state: dict[str, Any] = field(default_factory=dict, name="lessons")

    @property
    def is_hinted(self) -> bool:
        """Whether a webhook told of something that no session which began after it has read."""
        return self.hint > self.hints_read.upto

    @property
    def has_nameless_lines(self) -> bool:
        """Whether an open order line names neither a listing nor a SKU, as far as is known."""
        return self.unmapped_count > len(self.unmapped_lines) or any(not line.sku for line in self.unmapped_lines)


class PullRecord(Struct, frozen=True):
    """The last pull that proves an increase. began, at: when it began and ended. cursor: ISO 8601."""

    began: datetime
    at: datetime
    rows: int = 0
    changed: int = 0
    requests: int = 0
    cursor: str | None = None


class BudgetRecord(Struct, frozen=True):
    """The source's request budget as last heard. of: whose, see `account`. resets: our clock, Unix seconds."""

    of: str
    limit: int
    remaining: int
    resets: float


class AskedWarehouses(Struct, frozen=True):
    """Warehouse ids of the configuration that no row had when they were looked for, and the source's own list of
    warehouses; None: it could not be asked for."""

    ids: list[str]
    listed: dict[str, str] | None = None


class Expiring(Struct, frozen=True):
    """A shipment that the warehouse never counted and that expires soon. sku: its ledger's, "" of older ones."""

    store: str
    ref: str
    order: str
    pieces: int
    at: datetime
    sku: str = ""


class CatalogueWalk(Struct, frozen=True):
    """A reading of the whole catalogue that takes several goes. ours: when it began, by our clock. next to greatest: as
    in `Place`. tail: id → mark of what the last page had, by which the next one is known to follow it."""

    ours: datetime
    next: int = 0
    most: int = 0
    rows: int = 0
    requests: int = 0
    began: datetime | None = None
    greatest: datetime | None = None
    tail: dict[str, int | str] = {}


class CatalogueRecord(Struct, frozen=True):
    """How far the catalogue is read. of: whose it is, see `account`. cursor: what changed before it was read. tried_at:
    when it was last asked for. read_at, read_from: when a reading last came to its end, and when that one began. walk:
    what is to be gone on with."""

    of: str = ""
    cursor: Cursor = Cursor()
    tried_at: datetime | None = None
    read_at: datetime | None = None
    read_from: datetime | None = None
    walk: CatalogueWalk | None = None


class SourceRecord(Struct, frozen=True, kw_only=True):
    """What is known of the source as a whole. None: never, or not now.

    full_at: when the last whole pull began. size: rows of the fullest page it ever gave. tried: when a pull was last
    begun. new_id_at: when a product was last met that was not known. recheck: since when a whole pull is wanted to name
    a row that breaks its page. whole_after: from when on one is wanted, because the last one left out rows of products
    that exist. reads_cartons: whether the levels of carton types are kept up to date. packing: changes whenever it
    becomes known what a carton holds; None: nothing is.
    """

    cursor: Cursor = Cursor()
    pull: PullRecord | None = None
    full_at: datetime | None = None
    size: int = 0
    tried: datetime | None = None
    breaker: CircuitBreaker | None = field(default=None, name="trouble")
    budget: BudgetRecord | None = None
    unfinished: Unfinished | None = None
    recheck: datetime | None = None
    whole_after: datetime | None = None
    reads_cartons: bool = False
    packing: str | None = None
    warehouses: AskedWarehouses | None = field(default=None, name="strangers")
    catalogue: CatalogueRecord = CatalogueRecord()
    new_id_at: datetime | None = None
    pruned_at: datetime | None = field(default=None, name="tidied_at")
    expiring: list[Expiring] = field(default_factory=list, name="leaving")

    @property
    def asks_for_whole(self) -> bool:
        """Whether a row was left out, and no whole pull that began since then has told whose it is."""
        return self.recheck is not None and (self.full_at is None or self.recheck >= self.full_at)
