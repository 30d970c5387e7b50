"""Due listings and their targets → what to write, and for the rest a named reason."""

from collections.abc import Mapping, Sequence

from bridge.core.availability import Pool, Target, rule_for, target_for
from bridge.core.guard import Hold, held_at, held_offer, still_holds
from bridge.core.model import Skip, StockKey, StoreRules, StoreStock, TargetBasis
from connectors.base import Capabilities, Listing, Reading, Status, StockUpdate
from connectors.values import Value, replace

NOT_OURS = {Status.UNTRACKED: Skip.UNTRACKED, Status.BUNDLE: Skip.BUNDLE, Status.POOLED: Skip.POOLED}


class PlanInput(Value, frozen=True):
    """Everything that is known of one listing at the moment of deciding.

    parts: its source SKUs and pieces, or why there are none. duplicates: listings of this store with its SKU, counted
    where `duplicates` asks for it.
    known: location → what it shows. holds: location → what the guard holds there.
    unknown_warehouses: warehouse ids of the rules that the source does not have.
    near_line: an open order line that maps to nothing may be of one of the parts.
    proven: a pull and a reading of every store that shares its parts were made in this cycle.
    """

    listing: Listing
    parts: Mapping[str, int] | Skip
    known: Mapping[str, StoreStock]
    holds: Mapping[str, Hold]
    duplicates: int
    proven: bool
    unknown_warehouses: frozenset[str] = frozenset()
    near_line: bool = False


class Decision(Value, frozen=True, array_like=True):
    """What should happen to one stock key.

    offer: units to offer shoppers: the target, or what a hold allows. basis: what it rests on.
    shown, quantity: the store's number of the kind that is written, now and wanted; None where there is nothing to
    compare, or to write. fraction: it shows one, of which `shown` is the floor: a difference even to that. sku: the
    source SKU that it is due to, under which the history hears of it. alone: its listing is shown, and written, at no
    other location.
    """

    stock_key: StockKey
    known: StoreStock | None = None
    target: Target | None = None
    offer: int = 0
    basis: Mapping[str, TargetBasis] = {}
    quantity: int | None = None
    shown: int | None = None
    skip: Skip | None = None
    sku: str | None = None
    fraction: bool = False
    alone: bool = False

    @property
    def held(self) -> bool:
        return self.target is not None and self.offer != self.target.available

    @property
    def differs(self) -> bool:
        """The store shows, or may show, another number than it should."""
        unsure = self.known is not None and not self.known.sure
        return self.quantity is not None and (self.quantity != self.shown or self.fraction or unsure)

    @property
    def has_change(self) -> bool:
        """There is something to write."""
        return self.skip is None and self.differs

    @property
    def update(self) -> StockUpdate:
        if self.quantity is None:
            raise ValueError(f"nothing to write at {self.stock_key}")
        return StockUpdate(self.stock_key.ref, self.stock_key.location, self.quantity, was=self.shown)


def decide(inputs: PlanInput, pools: Mapping[str, Pool], rules: StoreRules, can: Capabilities) -> Sequence[Decision]:
    """One decision per location of a listing; a single one when the listing as a whole is left alone."""
    parts = inputs.parts
    reason = left_alone(inputs, rules) or (Skip.UNREAD if can.readable and not inputs.known else None)
    if reason or isinstance(parts, Skip):
        return [Decision(StockKey(rules.store, inputs.listing.ref, ""), skip=reason)]
    known_at: Mapping[str, StoreStock | None] = inputs.known
    if not can.readable:  # it takes a number wherever it may have one, whether it took one before or not
        known_at = {**dict.fromkeys(rules.locations.values() or [""]), **inputs.known}
    found, alone = [], len(known_at) == 1
    for location in sorted(known_at):
        known = known_at[location]
        stock_key, warehouses = StockKey(rules.store, inputs.listing.ref, location), rules.warehouses_of(location)
        if warehouses is not None and (nowhere := _nowhere(warehouses, inputs, [pools[sku] for sku in parts])):
            found.append(Decision(stock_key, known, skip=nowhere))
        elif known is not None and not known.stocked:
            found.append(Decision(stock_key, known, skip=Skip.NOT_STOCKED if can.locations else Skip.UNTRACKED))
        else:
            committed = known.committed if known is not None else 0
            target = target_for(stock_key, inputs.listing.sku, parts, pools, rules, committed)
            found.append(_decide(inputs, target, known, rules, can, alone=alone))
    return found


def _nowhere(warehouses: frozenset[str], inputs: PlanInput, pools: Sequence[Pool]) -> Skip | None:
    """Why nobody knows what the warehouses of a location hold, if so."""
    if not warehouses:
        return Skip.UNMAPPED_LOCATION
    if warehouses <= inputs.unknown_warehouses:
        return Skip.UNKNOWN_WAREHOUSE
    return Skip.UNREPORTED if any(warehouses <= pool.stock.unreported for pool in pools) else None


def left_alone(inputs: PlanInput, rules: StoreRules) -> Skip | None:
    """Why the listing as a whole is not written, if so."""
    listing = inputs.listing
    if listing.status in NOT_OURS:
        return NOT_OURS[listing.status]
    if isinstance(inputs.parts, Skip):
        return inputs.parts
    if rules.chosen is not None and not {rules.normalized(sku) for sku in (listing.sku, *inputs.parts)} & rules.chosen:
        return Skip.EXCLUDED
    if not rule_for(rules, listing.sku, inputs.parts).sync:
        return Skip.EXCLUDED
    if rules.duplicates == "none" and inputs.duplicates > 1:
        return Skip.DUPLICATE
    return None


def _decide(
    inputs: PlanInput, target: Target, known: StoreStock | None, rules: StoreRules, can: Capabilities, *, alone: bool
) -> Decision:
    """known None: of a store that cannot be read, before it accepted a number there. Whatever is sent may be more."""
    offer, basis = offered(target, known, inputs.holds.get(target.stock_key.location))
    quantity = quantity_for(offer, known, can, held=offer != target.available)
    shown = None if known is None else shown_quantity(known, can)
    has_one_number = can.writes == "available" and not can.reads_committed
    fraction = known is not None and has_one_number and known.on_hand != known.available
    found = Decision(
        target.stock_key, known, target, offer, basis, quantity, shown, None, target.pool.stock.sku, fraction, alone
    )
    if not rules.heal and can.readable and found.differs and _is_reached(known, offer, basis):
        return replace(found, skip=Skip.REPORT_ONLY)
    if quantity > (0 if shown is None else shown) and (why := _why_not_raised(inputs, target, rules)):
        return replace(found, skip=why)
    return found


def shown_quantity(row: StoreStock | Reading, can: Capabilities) -> int:
    """Of what a store shows, the number of the kind that is written there: what a quantity is compared with."""
    return row.on_hand if can.writes == "on_hand" else row.available


def quantity_for(offer: int, known: StoreStock | None, can: Capabilities, *, held: bool = False) -> int:
    """The quantity for an offer. known None: nothing was ever accepted there. A number below zero counts orders
    beyond what is there: as they are called off their units come back on it, so only the exact number may take
    its place. What is held is not raised on that account."""
    if known is None:
        return min(max(0, offer), can.max_quantity)
    if can.writes == "on_hand":
        return min(max(0, offer + known.committed), can.max_quantity)
    if can.negative and known.available < 0:
        return min(offer, known.available if held else can.max_quantity)
    return min(max(0, offer), can.max_quantity)


def _is_reached(known: StoreStock | None, offer: int, now: Mapping[str, TargetBasis]) -> bool:
    """Nothing moved on our side: what differs was changed in the store. Shipments are forgotten in time, which
    moves nothing."""
    if known is None or known.last_target != offer or known.basis.keys() != now.keys():
        return False
    return all((f.stock, f.claimed) == known.basis[sku][:2] for sku, f in now.items())


def offered(target: Target, known: StoreStock | None, hold: Hold | None) -> tuple[int, Mapping[str, TargetBasis]]:
    """The target and what it rests on, unless a hold keeps more on offer."""
    if hold is None or not still_holds(hold, known, target):
        return target.available, target.basis
    return held_offer(hold, known, target), held_at(hold, target).basis


def _why_not_raised(inputs: PlanInput, target: Target, rules: StoreRules) -> Skip | None:
    if not target.sure:
        return Skip.TWO_PRODUCTS
    if not target.believed:
        return Skip.NOT_BELIEVED
    if inputs.near_line:
        return Skip.NEAR_LINE
    if rules.direction == "down":
        return Skip.DOWN_ONLY
    if target.silent:
        return Skip.SILENT_TILL
    return None if inputs.proven else Skip.NO_PROOF
