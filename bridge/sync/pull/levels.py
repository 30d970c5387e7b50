"""New levels → state: decreases go to the ledger, and listings of the SKUs that moved become due."""

from collections.abc import Sequence
from secrets import token_hex

from bridge.core.model import Level
from bridge.core.sku import carton_of
from bridge.core.stock_change import StockChange, moved_products, new_packings, stock_change, with_carried, with_falls
from bridge.state import keys, pack
from bridge.state.change import Change, ConflictError
from bridge.state.lease import Lease
from bridge.state.store import State
from bridge.sync.context import SyncContext
from bridge.sync.due import ATTEMPTS, enter_loosely, mark_due
from bridge.sync.read.watch import watch_hidden_orders

PLACES = 1 << 22
"""A power of two."""


class FirstLevels:
    """What is known of products and SKUs while the levels of a first pull go into a state without any: it is asked for
    those that came before, which a byte remembers at a place by their hash, and for the few that share it."""

    def __init__(self, state: State) -> None:
        self._state, self._came = state, bytearray(PLACES)

    @classmethod
    def of(cls, state: State) -> "FirstLevels | State":
        """The state itself where it knows any."""
        return state if state.levels_known() else cls(state)

    def levels(self, products: Sequence[str]) -> dict[str, Level]:
        return self._state.levels(self._known(products))

    def products(self, skus: Sequence[str]) -> dict[str, list[str]]:
        return self._state.products(self._known(skus))

    def _known(self, names: Sequence[str]) -> list[str]:
        places = [hash(name) % PLACES for name in names]
        known = [name for name, place in zip(names, places, strict=True) if self._came[place]]
        for place in places:
            self._came[place] = 1
        return known


def apply_levels(
    context: SyncContext, lease: Lease, levels: Sequence[Level], known: FirstLevels | State | None = None
) -> int:
    """Store levels of distinct products in one change → how many moved some stock. known: what to ask for what is known
    of them, instead of the state. Raises LeaseLostError, and ConflictError when others keep changing the same SKUs. A
    level counts even if its `updatedAt` is older than that of the one it replaces: a row once dated in the future and
    then corrected must not freeze."""
    for _ in range(ATTEMPTS):
        change, moved = _decide(context, levels, known or context.state)
        try:
            context.state.commit(change, lease)
        except ConflictError:
            continue
        return moved
    raise ConflictError


def _decide(context: SyncContext, levels: Sequence[Level], asked: FirstLevels | State) -> tuple[Change, int]:
    state, change = context.state, Change()
    new = {level.product: level for level in levels}
    known = asked.levels(list(new))
    moved = moved_products(known, levels)
    packings = new_packings(known, (new[p] for p in moved))
    if packings and state.source_record().reads_cartons:
        change.note_source(packing=token_hex(8))
    skus = sorted({new[p].sku for p in moved} | {known[p].sku for p in moved if p in known})  # after a rename: both
    indexed, fresh = asked.products(skus), [new[p] for p in moved]
    carriers = with_carried(indexed, fresh)
    for sku, carrying in carriers.items():
        if len(carrying) != len(indexed.get(sku, ())):
            change.put_products(sku, carrying)
    if any(context.rules(store).match == "loose" for store in context.stores):
        enter_loosely(context, change, sorted({level.sku for level in fresh}))
    others = state.levels(sorted({p for sku in skus for p in carriers.get(sku, ())} - new.keys()))
    found = stock_change(skus, carriers, {**known, **others}, {**others, **new})
    for product, level in new.items():
        change.put_level(level, before=known.get(product))
    if any(carton_of(product) is None for product in new.keys() - known.keys()):
        change.note_source(new_id_at=context.now())
    _put_ledgers(context, change, found)
    _put_duplicate_skus(context, change, found)
    mark_due(context, change, {*skus, *(packing.sku for packing in packings)})
    return change, len(moved)


def _put_duplicate_skus(context: SyncContext, change: Change, found: StockChange) -> None:
    """Two live products with one SKU are named for as long as there are two."""
    duplicate_skus = context.state.duplicate_skus()
    for sku, products in found.live.items():
        if len(products) > 1:
            change.put(keys.DUPLICATE_SKUS, sku, pack.dumps(products))
        elif sku in duplicate_skus:
            change.put(keys.DUPLICATE_SKUS, sku, None)


def _put_ledgers(context: SyncContext, change: Change, found: StockChange) -> None:
    ledgers, unmatched = context.state.ledgers(list(found.stocks)), list[str]()
    for sku, (old, new) in found.stocks.items():
        raw, ledger = ledgers[sku]
        decreased = with_falls(ledger, old, new, now=context.now(), windows=context.windows)
        change.swap(keys.LEDGER, sku, raw, pack.ledger(decreased))
        change.notes.append((sku, {"what": "level", "from": old.units, "to": new.units}))
        unmatched += [sku] if len(decreased.decreases) > len(ledger.decreases) else []
    watch_hidden_orders(context, change, unmatched)
