"""What `status --json` prints."""

from typing import Literal

from pydantic import Field

from bridge.web.api.shapes.common import Instant, Shape

Light = Literal["green", "late", "failing"]


class Finding(Shape):
    """One thing that is not well. store: "" where it is of all. person: it does not pass by itself."""

    light: Light
    store: str
    sentence: str
    person: bool


class Part(Shape):
    ready: bool
    seen: Instant | None


class Breaker(Shape):
    """Why nothing is asked of who failed, and until when. retry_at: null until a person says so."""

    kind: str
    why: str
    since: Instant
    retry_at: Instant | None
    failures: int
    writing: bool


class Budget(Shape):
    """Requests left at the warehouse. resets: seconds since 1970."""

    of: str
    limit: int
    remaining: int
    resets: float


class BadRow(Shape):
    product: str | None
    sku: str | None
    why: str
    mark: str | None = None


class DuplicateSku(Shape):
    sku: str
    products: list[str]


class Source(Shape):
    """The warehouse. twice: SKUs that several live products have. warehouses: id → name."""

    cursor: Instant | None
    pulled_at: Instant | None
    full_at: Instant | None
    rows: int | None
    changed: int | None
    requests: int | None
    budget: Budget | None
    breaker: Breaker | None = Field(alias="trouble")
    unfinished: str | None
    bad_rows: list[BadRow]
    twice: list[DuplicateSku]
    warehouses: dict[str, str]


class TillStore(Shape):
    warehouse: str
    reported_at: Instant | None
    silent: bool


class Till(Shape):
    """unknown: how many products it reported that its items file does not list."""

    stores: dict[str, TillStore]
    unknown: int


class Tally(Shape):
    met: int
    needless: int
    moved: int
    right: float | None


class Shadow(Tally):
    """What a store in shadow mode would have been sent, and how often that would have been right."""

    since: Instant | None
    differs: int
    days: dict[str, Tally]


class UnmappedLine(Shape):
    order: str
    sku: str
    title: str
    units: int
    near: str


class UnmappedLines(Shape):
    count: int
    lines: list[UnmappedLine]


class RequestResult(Shape):
    number: int
    at: Instant
    applied: int
    due: int
    error: str | None
    held: str | None
    person: bool


class Requests(Shape):
    """How far what people asked of a store is: numbers that only grow. whole: everything is to be read."""

    requested: int
    acknowledged: int
    finished: int
    whole: bool
    result: RequestResult | None


class Webhooks(Shape):
    """What was registered, for which address and by whom. active: topics that the store delivers. restored: how many it
    had dropped, the last time. error: why they cannot be put back. topics: topic → when it was last delivered."""

    address: str
    since: Instant
    by: str
    active: int
    checked_at: Instant
    restored: int
    restored_at: Instant | None
    error: str | None
    topics: dict[str, Instant]


class Store(Shape):
    """One store. paused, edits, other_writer, list_trouble, doubted_orders: null, or a sentence. due: listings whose
    number may differ; due_now: those of them that are not held. waiting: held, and nobody has decided."""

    paused: str | None
    shadow: Shadow | None
    read_at: Instant | None
    readable: bool
    reconciled_at: Instant | None
    mapped: int
    due: int
    held: int
    quarantined: int
    due_now: int
    waiting: int
    rejected: int
    rejected_units: int
    orphaned: int
    orphaned_units: int
    doubted_list: str | None = Field(alias="list_trouble")
    doubted_orders: str | None
    unmapped_lines: UnmappedLines
    held_why: list[str]
    in_flight: int
    units: int
    read_back: int
    not_applied: int
    drifting: int
    healed: int
    other_writer: str | None
    freezes: bool
    edits: str | None
    webhooks: Webhooks | None
    breaker: Breaker | None = Field(alias="trouble")
    requests: Requests


class OpenAlert(Shape):
    name: str
    sentence: str
    since: Instant


class FailingChannel(Shape):
    why: str
    since: Instant
    retry_at: Instant | None


class Alerts(Shape):
    channels: list[str]
    open: list[OpenAlert]
    failing: dict[str, FailingChannel]


class Expiring(Shape):
    """Units that a store shipped and the warehouse never counted: for sale again at that instant."""

    sku: str
    store: str
    order: str
    units: int
    at: Instant


class Did(Shape):
    """What a run did with one store, in stock keys. held, error: null, or a sentence."""

    due: int
    applied: int
    unchanged: int
    rejected: int
    missing: int
    deferred: int
    waiting: int
    skipped: int
    held_items: int
    requests: int
    held: str | None
    error: str | None
    seconds: float


class Pulled(Shape):
    rows: int
    changed: int
    requests: int
    cursor: Instant | None
    error: str | None = None


class Run(Shape):
    """at: milliseconds since 1970. undoes: the run that it put back."""

    run: str
    at: int
    source: Pulled | None = None
    stores: dict[str, Did]
    undoes: str = ""


class Status(Shape):
    """How everything is. person: somebody has to act. runs: the last ones."""

    light: Light
    sentence: str
    person: bool
    at: Instant
    findings: list[Finding]
    parts: dict[str, Part]
    source: Source
    inbound: dict[str, Till]
    stores: dict[str, Store]
    alerts: Alerts
    expiring: list[Expiring]
    runs: list[Run]


class OneStore(Shape):
    """The store's part of the status."""

    at: Instant
    findings: list[Finding]
    stores: dict[str, Store]
