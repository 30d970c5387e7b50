"""What `explain --json` and `history --json` print, and a SKU over time."""

from pydantic import Field

from bridge.web.api.shapes.common import Instant, Paged, Shape


class Packing(Shape):
    sku: str
    pieces: int
    dimensions_mm: list[float]
    weight_g: float


class Product(Shape):
    """units: warehouse id → units. held: the same by name. doubt: why its row is not believed. packing: null for a
    product, else what one full carton is."""

    product: str | None
    name: str
    description: str
    packing: Packing | None
    deleted: bool
    units: dict[str, int]
    updated_at: Instant | None
    doubt: str | None
    held: dict[str, int]


class Shelf(Shape):
    till: str
    store: str
    warehouse: str
    product: str
    units: int
    reported_at: Instant | None
    silent: bool


class Arriving(Shape):
    shipment: str
    status: str | None
    warehouse: str | None
    units: int | None


class Incoming(Shape):
    as_of: Instant
    shipments: list[Arriving]


class Unconfirmed(Shape):
    """Units that left a store and that the warehouse has not counted yet."""

    store: str
    order: str
    number: str | None
    units: int
    left_at: Instant
    let_go_at: Instant


class Stock(Shape):
    """One warehouse SKU. committed: store → order → units. numbers: store → order → as the shop calls it."""

    sku: str
    products: list[Product]
    shelves: list[Shelf]
    incoming: Incoming | None
    unconfirmed: list[Unconfirmed]
    committed: dict[str, dict[str, int]]
    numbers: dict[str, dict[str, str]]


class Line(Shape):
    what: str
    units: int


class Shown(Shape):
    number: int | None
    available: int
    committed: int
    on_hand: int
    read_at: Instant | None
    sure: bool


class Portion(Shape):
    """One part of a bundle."""

    sku: str
    pieces: int
    free: int
    makes: int
    scarcest: bool


class Rules(Shape):
    buffer: int
    share: str
    cap: int | None
    warehouses: str | list[str]
    direction: str
    duplicates: str
    match: str
    heal: str


class LastWrite(Shape):
    at: Instant
    before: int | None = Field(alias="from")
    to: int
    reply: str
    run: str


class Cause(Shape):
    """Why a store shows something else than it should. units: as they add up to the difference; null: not known."""

    code: str
    units: int | None
    evidence: str
    next: str


class Slip(Shape):
    """One listing at one location. The units of `lines` add up to `target`, those of `findings` to `difference`."""

    store: str
    sku: str
    title: str
    ref: str
    location: str
    lines: list[Line]
    target: int | None
    held_at: int | None
    own_committed: int | None
    quantity: int | None
    writes: str
    shown: Shown | None
    readable: bool
    parts: list[Portion]
    rules: Rules | None
    last_write: LastWrite | None
    should_show: int | None
    difference: int | None
    findings: list[Cause]
    next: str


class Slips(Shape):
    slips: list[Slip]


class WarehouseEntry(Shape):
    at: Instant
    sku: str
    of: str
    by: str
    what: str


class WarehouseHistory(Shape):
    """What the warehouse itself remembers, oldest first. error: what could not be asked for, and why."""

    entries: list[WarehouseEntry]
    error: str | None


class Explained(Shape):
    """sku: as it is written, where a name was asked for. warehouse_history: empty here; see /sku/warehouse."""

    sku: str
    stock: list[Stock]
    stores: dict[str, Slips]
    warehouse_history: WarehouseHistory


class HistoryEntry(Shape):
    """What happened to a SKU; which further members there are follows from what. from, to: units, or units for each
    warehouse. refs: that a decision named; null: the store as a whole. when: of a write, milliseconds since 1970."""

    at: Instant
    what: str
    sku: str
    store: str = ""
    ref: str = ""
    refs: list[str] | None = None
    location: str = ""
    before: int | dict[str, int] | None = Field(default=None, alias="from")
    to: int | dict[str, int] | None = None
    target: int | None = None
    when: int | None = None
    run: str = ""
    till: str = ""
    order: str = ""
    pieces: int = 0
    by: str = ""
    why: str = ""


class History(Paged[HistoryEntry]):
    """The newest first. since: how far back anything is remembered; null: nothing is."""

    sku: str
    since: Instant | None


class SeriesLine(Shape):
    """One number over time. kind: `level` for the warehouse, else `store`."""

    name: str
    kind: str
    values: list[int | None]


class SeriesEvent(Shape):
    at: float
    kind: str
    store: str
    order: str
    units: int


class Series(Shape):
    """Instants in seconds since 1970. Every line has a value at each instant of x."""

    since: float
    at: float
    x: list[float]
    lines: list[SeriesLine]
    events: list[SeriesEvent]


class SkuResynced(Shape):
    """stores: that sell it, each with the number of its request; `requests` of the status tells how far that is."""

    sku: str
    stores: dict[str, "Requested"]


class Requested(Shape):
    request: int
