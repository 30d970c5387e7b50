"""Rows of the lists of a store."""

from typing import Literal

from bridge.web.api.shapes.common import Instant, Paged, Shape


class Listed(Shape):
    sku: str
    title: str


class Placed(Listed):
    """A listing at a location: a stock key. location: "" where a store has none."""

    ref: str
    location: str


class Held(Placed):
    """A lowering that waits for a person. shows: what it offers. to: what it offers once released. stays: what it
    offers if it is not. units: by how many that is more than the warehouse has."""

    shows: int | None
    target: int | None
    to: int | None
    stays: int | None
    units: int
    since: Instant | None
    decision: Literal["release", "reject"] | None
    why: str


class Refused(Placed):
    """A number that the store refuses for a lasting reason."""

    why: str
    at: Instant | None
    run: str


class Orphaned(Listed):
    """A listing that lost its map, and goes on selling its last number."""

    ref: str
    units: int
    why: str
    since: Instant | None


class UnmappedListing(Listed):
    """looks_like: a SKU of the warehouse that differs only in case, blanks or punctuation."""

    ref: str
    why: str
    looks_like: str | None


class UnlistedProduct(Listed):
    """looks_like: a SKU of the store that differs only in case, blanks or punctuation."""

    units: int
    looks_like: str | None


class Drifted(Placed):
    """What the store showed (`now`) instead of what was written there (`was`). healed: when that was put right."""

    was: int
    now: int
    cause: str
    at: Instant
    since: Instant
    healed: Instant | None
    count: int


class Decided(Placed):
    """What a listing shows and would show, in units for sale; shown, quantity: in units of the kind that is written."""

    shows: int | None
    would_show: int | None
    shown: int | None
    quantity: int | None
    target: int | None
    why: str


class Delivery(Shape):
    """What a webhook told, and what became of it. late_seconds: since it happened, as far as it says."""

    at: Instant
    topic: str
    id: str
    about: str
    verdict: str
    late_seconds: float | None


class Summary(Shape):
    would_lower: int
    would_raise: int
    units_lower: int
    units_higher: int
    to_zero: int
    would_set: int


class Changes(Paged[Decided]):
    """summary: of all rows, whatever the search leaves."""

    summary: Summary


class Found(Listed):
    """units: in the warehouse; null: it does not have it. stores: that sell it."""

    units: int | None
    stores: list[str]


class FoundSkus(Paged[Found]):
    """more: there are more than were counted."""

    more: bool
