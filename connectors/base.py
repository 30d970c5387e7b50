"""The contract between the bridge and one store platform, on one page.

A connector translates; it never decides. The bridge hands it absolute quantities and asks what the
store shows; the connector answers in the words below. Errors are named by what to do next:

    StoreError
     ├── RetryableStoreError   the whole call: try again later
     └── OperatorStoreError    a person must act: this store is paused, the others go on
          └── LocationsUndecidedError   only the choice of locations is missing

Anything else that escapes a connector is a bug: it fails loudly and nothing is marked as done.
What a connector may do beyond this page stands in skills.py.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Literal, Protocol, TypeVar

from pydantic import BaseModel

from connectors.values import Value

T = TypeVar("T")

UNSENT = "unsent"
"""The status of a request that its connector held back, because the store would have refused it."""


class StoreError(Exception):
    """Base of what a connector may raise. The text is one sentence with the remedy, free of secrets.

    status: how the request ended, for counting: an HTTP status, "throttled", UNSENT, or "" without a usable answer.
    sent: False when the request certainly did nothing (refused, throttled, no connection); True means that it, or an
    earlier try of it, may have been applied.
    Of a push, by position in the batch: answered: what the store had said of some updates by then. maybe_applied: which
    of the others may have been applied where `sent`; None: all."""

    status = ""
    sent = False
    answered: "Mapping[int, Outcome]" = MappingProxyType({})
    maybe_applied: frozenset[int] | None = None

    def still_in_flight(self, size: int) -> frozenset[int]:
        """Which updates of a batch of this size may have been applied, or may yet be."""
        rows = frozenset(range(size)) if self.maybe_applied is None else self.maybe_applied
        return rows.difference(self.answered) if self.sent else frozenset()


class RetryableStoreError(StoreError):
    """The whole call failed in a way that may pass. retry_after: seconds the store asked us to wait, None when it did
    not say. sent: see StoreError."""

    at_work = False
    """The store does what it was asked and has not ended: waiting for it is no trouble, however long it takes."""

    def __init__(self, message: str, *, retry_after: float | None = None, sent: bool = True) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.sent = sent


class OperatorStoreError(StoreError):
    """Key, permission, address or plan: waiting cannot help, a person must act. What was refused was not done."""


class LocationsUndecidedError(OperatorStoreError):
    """Address and key are good, but a person must say which location is which warehouse. locations: all there are."""

    def __init__(self, message: str, locations: "Sequence[Location]") -> None:
        super().__init__(message)
        self.locations = tuple(locations)


class Status(StrEnum):
    """Whether a listing is something the bridge may write."""

    LIVE = "live"
    DRAFT = "draft"  # not on sale; written all the same, so that it is right when it goes live
    UNTRACKED = "untracked"  # the store does not count it; never touched
    BUNDLE = "bundle"  # the store derives its stock from components; never touched
    POOLED = "pooled"  # its stock belongs to another listing; never touched


@dataclass(frozen=True, slots=True)
class Location:
    """A place in the store that holds stock. Stores without locations have one, with id ""."""

    id: str
    name: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """What `check` learned. `warnings` are sentences a person should read, not failures."""

    name: str
    locations: tuple[Location, ...]
    warnings: tuple[str, ...] = ()


class Listing(Value, frozen=True):
    """One thing that can be sold. `ref` is the store's own address of it and is opaque to the bridge."""

    ref: str
    sku: str
    title: str
    status: Status = Status.LIVE


class Reading(Value, frozen=True):
    """What the store shows of one listing at one location at one moment, in units.

    available: what shoppers can buy (may be negative).
    committed: sold and not shipped; None where the platform keeps no such number (see Capabilities.reads_committed).
    on_hand: the store's own idea of it; equal to available where the platform has only one number. A fraction there:
    available is its floor and on_hand its ceiling.
    stocked: False when the listing is not active at this location: writing there sells nothing.
    """

    ref: str
    location: str
    available: int
    committed: int | None
    on_hand: int
    stocked: bool = True


class Shipped(Value, frozen=True):
    """Units of one order line that an order shows as shipped, in total, from one location. at: when the latest of them
    left, by the store's clock."""

    location: str
    units: int
    at: datetime


class OrderLine(Value, frozen=True):
    """What one order, or one edit, means for one listing: absolute, so reading it twice is harmless.

    order "" is a bare hint: something touched the listing, read it again. committed: units of this order that are sold
    and not shipped; an order whose line vanished is yielded once more with 0. Instants are aware, by the store's clock.
    shows: with a hint, what the store shows at one location now; where that is what is believed, it is no news.
    sku: what the line had when it was ordered, or what its listing has now, see Capabilities.looks_up_skus. ref "":
    lines that name no listing, because it was deleted or they were typed by hand; those of an order with one SKU,
    or without one with one title, are one. number: of the order, as the shop shows it to people, if another. gone:
    asked for by id, the order is unknown."""

    ref: str
    changed_at: datetime
    order: str = ""
    ordered_at: datetime | None = None
    committed: int = 0
    shipped: tuple[Shipped, ...] = ()
    shows: Reading | None = None
    sku: str = ""
    title: str = ""
    number: str = ""
    gone: bool = False


class StockUpdate(Value, frozen=True):
    """Set one listing at one location to an absolute quantity. was: the number of the same kind that the decision rests
    on; a store that can compare refuses the row when it shows something else. None: no comparison."""

    ref: str
    location: str
    quantity: int
    was: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """At most `max_batch` updates, each (ref, location) once.

    key: idempotency key. The same key always comes with the same updates.
    run: id of the run that sends it; shown in the store's own history where the store has one.
    """

    key: str
    run: str
    updates: tuple[StockUpdate, ...]


class Verdict(StrEnum):
    APPLIED = "applied"  # on the store's own word for this item
    REJECTED = "rejected"  # the store refuses this item; repeating cannot help
    MISSING = "missing"  # the ref is gone: forget it and find the SKU again
    DEFERRED = "deferred"  # not done or not known: stays due


class Outcome(Value, frozen=True):
    """What the store said of one item. shown: the store's own number after an APPLIED write, in units of the kind that
    was written; None where the store does not echo it. general: a refusal that says nothing of the item itself; said of
    every item, it is a right or a switch of the store. forbidden: the store says that our key may not do it (its 401 or
    403 of an item); where it takes no item at all, that is the key's matter, also of a single item."""

    verdict: Verdict
    shown: int | None = None
    reason: str = ""
    general: bool = False
    forbidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a platform can do, as data: the core reads these and never asks which platform it is.
    writes: which number `push` sets. "on_hand": on-hand, from which the store takes its own committed units
    off by itself. "available": what shoppers can buy.
    reads_committed: Reading.committed is the platform's own number; False: it is the sum of order lines.
    negative: where "available" is written, the store's own number falls below zero with an order and comes back with
    its cancellation, and may be set below zero. readable: False where no call tells what it shows, and `read` yields
    nothing. lost_write_seconds: seconds after which a write whose answer was lost can no longer land. looks_up_skus: an
    order line says the SKU that its listing has today, which tells something only of a listing that no list has."""

    max_batch: int
    writes: Literal["on_hand", "available"]
    reads_committed: bool
    locations: bool = False
    compare_and_set: bool = False
    negative: bool = False
    readable: bool = True
    max_quantity: int = 1_000_000_000
    lost_write_seconds: float = 60.0
    looks_up_skus: bool = False

    def __post_init__(self) -> None:
        if not self.readable and (self.writes == "on_hand" or self.reads_committed or self.compare_and_set):
            raise ValueError("a store that cannot be read is written by what is available and compares nothing")


class Sender(Protocol):
    """The one layer that waits and retries. Wrap every foreign request in it.
    The sender calls `request` and, when that raises RetryableStoreError, waits and calls it again as long as its
    patience lasts. `request` must be safe to repeat: a read, or a write with the same key and the same body.
    """

    def __call__(self, request: Callable[[], T]) -> T: ...


def send_once(request: Callable[[], T]) -> T:
    """A Sender without patience: for tests and for `check`."""
    return request()


class StoreConnector(Protocol):
    """One store. Used by one worker at a time. Never sleeps, never retries, never logs a secret."""

    capabilities: ClassVar[Capabilities]

    def check(self) -> StoreInfo:
        """Prove address, key, permissions and locations with calls that change nothing.

        Raises OperatorStoreError with the remedy (LocationsUndecidedError where there are several and none is
        configured), RetryableStoreError when the store cannot answer."""
        ...

    def listings(self, changed_since: datetime | None = None) -> Iterator[Listing]:
        """Every listing, or those changed at or after an instant. Listings without a SKU come with sku ""."""
        ...

    def read(self, refs: Sequence[str] | None = None) -> Iterator[Reading]:
        """What the store shows, at the locations in use. None: every listing. The readings of one listing come next
        to each other. A ref that is gone is left out; a listing not stocked at a location has stocked False."""
        ...

    def changes(self, since: datetime | None) -> Iterator[OrderLine]:
        """What orders or edits touched at or after `since`. None: all that are open, and those shipped within the
        last ten days. The order lines of one order come next to each other."""
        ...

    def push(self, batch: Batch) -> Sequence[Outcome]:
        """Set absolute quantities. One Outcome per update, in the same order; an exception says of which updates
        something is known all the same, see StoreError. The same batch pushed twice leaves the same numbers."""
        ...

    def close(self) -> None: ...


class ConnectorFactory(Protocol):
    """What an entry point in the group "stockbridge.connectors" names: usually the connector class.

    Options: the connector's own configuration keys (secrets as SecretStr, unknown keys forbidden).
    open: builds the connector without touching the network. `locations` are the ids to read and write;
    empty means that the store's only location is used.
    """

    capabilities: ClassVar[Capabilities]
    Options: ClassVar[type[BaseModel]]

    @classmethod
    def open(cls, options: BaseModel, *, locations: Sequence[str], send: Sender) -> StoreConnector: ...
