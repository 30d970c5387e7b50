"""Frozen values of the core. Units are whole pieces; instants are timezone-aware UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import Literal, NamedTuple

from bridge.core.sku import Match, carton_sku, normalized_sku
from connectors.values import Value


@dataclass(frozen=True, slots=True)
class Packing:
    """What one full carton of a type is: so many pieces of one SKU. dimensions: length, width and height in mm; weight:
    in g."""

    sku: str
    pieces: int
    dimensions: tuple[int, int, int]
    weight: int


class Level(Value, frozen=True):
    """What the source last said of one product, or of one carton type.

    units: pieces per warehouse id, of a carton type full cartons; a warehouse that is absent holds 0.
    updated_at: by the source's clock. name: only shown to people. doubt: why the row is not believed as a whole, ""
    when it is; nothing is raised on its word. packing: of a carton type, which stands under `carton_sku` of its id in
    the place of product and SKU; None: it is a product. warehouses: id → name, as the row had them; not kept with the
    level.
    """

    product: str
    sku: str
    units: Mapping[str, int]
    updated_at: datetime
    deleted: bool = False
    name: str = ""
    doubt: str = ""
    packing: Packing | None = None
    warehouses: Mapping[str, str] = {}


class StockKey(NamedTuple):
    """One listing at one location of one store: the place a written number belongs to."""

    store: str
    ref: str
    location: str


class TargetBasis(NamedTuple):
    """What a target rests on for one of its parts, in pieces within the warehouses of the stock key.

    stock: what the warehouses hold. claimed: what open and unconfirmed units take of it.
    confirmed: by how much the stock fell for shipments that are confirmed and remembered.
    unmatched: by how much it fell for shipments whose orders are still open.
    elsewhere: what the other warehouses hold, from which claims may move here; 0 also where that is not known.
    shipped_elsewhere: by how much that fell for shipments.
    """

    stock: int
    claimed: int
    confirmed: int = 0
    unmatched: int = 0
    elsewhere: int = 0
    shipped_elsewhere: int = 0

    @property
    def shipped(self) -> int:
        return self.confirmed + self.unmatched


class StoreStock(Value, frozen=True, array_like=True):
    """What the bridge believes one stock key shows: the newest reading, moved on by its own applied writes; of a store
    that cannot be read, what it last accepted.

    last_target, basis: the target that was last reached here, and what it rested on, per part; None and empty
    before the first. The guard tells by them what a lowering comes from. sure: False where a store that cannot be read
    may show another number, so that the target is sent whatever it is.
    """

    available: int
    committed: int
    on_hand: int
    stocked: bool
    at: datetime
    last_target: int | None = None
    basis: Mapping[str, TargetBasis] = {}
    sure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuRule:
    """Rules of one SKU in one store; None leaves the store's own rule in force."""

    buffer: int | None = None
    share: Fraction | None = None
    cap: int | None = None
    sync: bool = True


@dataclass(frozen=True, kw_only=True)
class StoreRules:
    """What a merchant decided for one store.

    mapping: store SKU → source SKU. bundles: store SKU → {source SKU, or store SKU of a carton: pieces}. cartons: store
    SKU → id of the carton type it sells. contents: id of a carton type → {SKU: pieces in a carton}: no decision, but
    what the source has told.
    locations: warehouse → location; empty: the store's only location takes `warehouses`.
    warehouses: where this store may ship from; None: from all.
    shadow: what would be written is noted, and nothing is written.
    """

    store: str
    buffer: int = 0
    share: Fraction = Fraction(1)
    cap: int | None = None
    match: Match = "exact"
    duplicates: Literal["all", "none"] = "all"
    heal: bool = True
    direction: Literal["both", "down"] = "both"
    only: frozenset[str] | None = None
    paused: bool = False
    shadow: bool = False
    skus: Mapping[str, SkuRule] = field(default_factory=dict)
    mapping: Mapping[str, str] = field(default_factory=dict)
    bundles: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    cartons: Mapping[str, str] = field(default_factory=dict)
    contents: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    locations: Mapping[str, str] = field(default_factory=dict)
    warehouses: frozenset[str] | None = None

    def normalized(self, sku: str) -> str:
        """A SKU as this store compares it."""
        return sku if self.match == "exact" else normalized_sku(sku, self.match)

    @cached_property
    def parts(self) -> Mapping[str, Mapping[str, int]]:
        """Comparable store SKU → {source SKU: pieces}, for every bundle, carton and other name."""
        names: dict[str, Mapping[str, int]] = {self.normalized(name): {sku: 1} for name, sku in self.mapping.items()}
        cartons = {self.normalized(name): self._opened(carton) for name, carton in self.cartons.items()}
        for name, parts in self.bundles.items():
            found: dict[str, int] = {}
            for part, pieces in parts.items():
                for sku, each in cartons.get(self.normalized(part), {part: 1}).items():
                    found[sku] = found.get(sku, 0) + pieces * each
            names[self.normalized(name)] = found
        return names | cartons

    def _opened(self, carton: str) -> Mapping[str, int]:
        """The parts of one carton: itself, because loose pieces are none, and what it holds, because others sell that.
        Before the source has told what, a part that no source has: so it cannot be sold."""
        return {carton_sku(carton): 1, **self.contents.get(carton, {carton_sku(""): 1})}

    @cached_property
    def rule_of(self) -> Mapping[str, SkuRule]:
        return {self.normalized(sku): rule for sku, rule in self.skus.items()}

    @cached_property
    def default(self) -> SkuRule:
        """The rule of a SKU that has none of its own."""
        return SkuRule(buffer=self.buffer, share=self.share, cap=self.cap)

    @cached_property
    def chosen(self) -> frozenset[str] | None:
        """Comparable SKUs of a pilot; None: all."""
        return None if self.only is None else frozenset(self.normalized(sku) for sku in self.only)

    @cached_property
    def _by_location(self) -> Mapping[str, frozenset[str]]:
        places = set(self.locations.values())
        return {place: frozenset(w for w, at in self.locations.items() if at == place) for place in places}

    def warehouses_of(self, location: str) -> frozenset[str] | None:
        """The warehouses behind a location; None: all of them; empty: the location is not mapped."""
        if self.locations:
            return self._by_location.get(location, frozenset())
        return self.warehouses

    @property
    def everywhere(self) -> frozenset[str] | None:
        """Every warehouse this store may ship from; None: all there are."""
        return frozenset(self.locations) if self.locations else self.warehouses

    @cached_property
    def sold_as(self) -> Mapping[str, tuple[str, ...]]:
        """Comparable source SKU → the comparable store SKUs that sell it under another name or in a bundle."""
        names: dict[str, set[str]] = {}
        for store_sku, parts in self.parts.items():
            for sku in parts:
                names.setdefault(self.normalized(sku), set()).add(store_sku)
        return {sku: tuple(sorted(found)) for sku, found in names.items()}


@dataclass(frozen=True, slots=True)
class Windows:
    """How long the ledger waits: `match` for a shipment to explain an earlier fall, `release` for a
    shipment to be counted by the warehouse before it expires. shelves: warehouses that are shelves of shops, where
    most falls are sales at the till: one explains only what cannot have left from anywhere else."""

    match: timedelta
    release: timedelta
    shelves: frozenset[str] = frozenset()


class Skip(StrEnum):
    """Why a listing is not written. `lasting` ones wait for a change; the others for the next cycle."""

    NO_SKU = "the listing has no SKU"
    UNMAPPED = "the warehouse knows no such SKU"
    AMBIGUOUS_MATCH = "several warehouse SKUs look like it"
    DUPLICATE = "several listings of the store have this SKU"
    EXCLUDED = "left out by the store's rules"
    UNTRACKED = "the store does not track its stock"
    BUNDLE = "the store derives it from components"
    POOLED = "its stock belongs to another listing"
    UNMAPPED_LOCATION = "no warehouse is mapped to this location"
    UNKNOWN_WAREHOUSE = "no warehouse has the id that its location is mapped to"
    UNREPORTED = "no till has reported it yet on the shelf that its location is mapped to"
    NOT_STOCKED = "the listing is not stocked at this location"
    DOWN_ONLY = "the store takes only decreases"
    TWO_PRODUCTS = "two live warehouse products have this SKU, so it is not increased"
    NOT_BELIEVED = "what the warehouse says of it cannot be right, so it is not increased"
    NEAR_LINE = "an open order line may be of it, so it is not increased"
    REPORT_ONLY = "the store's number was changed there, and heal is off"
    UNREAD = "the store has not been read yet"
    SILENT_TILL = "an increase waits for the till of a shelf that it counts on, which fell silent"
    NO_PROOF = "an increase waits for a pull and a reading of every store that shares the stock"

    @property
    def lasting(self) -> bool:
        return self not in (Skip.UNREAD, Skip.NO_PROOF, Skip.SILENT_TILL)
