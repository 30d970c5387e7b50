"""A till's report becomes a level of the pool: kept, entered in the ledger, due. One atomic change, or nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bridge.core.availability import Stock
from bridge.core.shelf import Count, Counts, Report, is_newer, units_per_warehouse, with_count
from bridge.core.stock_change import with_falls
from bridge.errors import RefusedReportError
from bridge.state import keys, pack
from bridge.state.change import Change, ConflictError
from bridge.state.shelves import put_counts, put_unknown
from bridge.sync.context import SyncContext
from bridge.sync.due import ATTEMPTS, mark_due
from connectors.items import Item, Items, ItemsFaultError, load_items, ref_of_style, ref_of_upc

MOST_UNKNOWN = 10_000
"""Products of one till that the items file does not list: more are those of another file, and are refused."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)


def take(context: SyncContext, till: str, report: Report, began: datetime) -> None:
    """Keep a report; when this returns, it stands in Redis. began: when its request did, by Redis' clock. Raises
    RefusedReportError, StateError, and ConflictError when others keep changing the same SKU; then nothing was kept."""
    chosen = context.settings.inbound[till]
    if report.store not in chosen.stores:
        known = ", ".join(chosen.stores)
        raise RefusedReportError(f"Unknown store: {report.store}; this server knows {known}")
    try:
        items = load_items(chosen.items)
    except ItemsFaultError as fault:
        context.emit("items file refused", till=till, error=str(fault))
        raise RefusedReportError("The items file of this server has faults; try again later", passing=True) from None
    if context.state.items_seen(till) != items.digest:
        follow_items(context)  # or a product that has another name by now would count under both
    names = [ref_of_upc(report.upc)] if report.upc else []
    names += [ref_of_style(*report.style)] if report.style else []
    item = next((items.by_name[name] for name in names if name in items.by_name), None)
    count = Count(report.units, micros(began))
    for _ in range(ATTEMPTS):
        change = Change()
        change.put(keys.tills_of(till), report.store, str(pack.ms(context.now())))
        change.adds.append((keys.COUNTERS, f"reports|{till}|taken", 1))
        if item is None:
            _enter_unknown(context, change, till, report.store, names[0], count)
        else:
            _enter(context, change, till, item, report.store, count)
        try:
            return context.state.commit(change)
        except ConflictError:
            continue
    raise ConflictError


def _enter(context: SyncContext, change: Change, till: str, item: Item, code: str, count: Count) -> None:
    """Add a count to a change, unless one that began later stands there."""
    raw, counts = context.state.shelf_counts(till, [item.sku])[item.sku]
    if is_newer(count, counts.get(code, {}).get(item.ref), micros(context.now())):
        after = with_count(counts, code, item.ref, count)
        _put(context, change, till, item.sku, (raw, counts), after)


def _enter_unknown(context: SyncContext, change: Change, till: str, code: str, ref: str, count: Count) -> None:
    raw, known = context.state.unknown(till, code, ref)
    if known is None and context.state.count_unknown(till) >= MOST_UNKNOWN:
        raise RefusedReportError("Too many products that this server does not know; try again later", passing=True)
    if is_newer(count, known, micros(context.now())):
        put_unknown(change, till, code, ref, raw, count)


def _put(
    context: SyncContext, change: Change, till: str, sku: str, before: tuple[str | None, Counts], after: Counts, *,
    moved: bool = True,
) -> None:  # fmt: skip
    """Add to a change what a till counts of a SKU from now on, and all that follows. moved: pieces came or went, of
    which the ledger hears; otherwise they are only called by another SKU."""
    raw, counts = before
    put_counts(change, till, sku, raw, after)
    warehouses = context.settings.inbound[till].stores
    old, new = units_per_warehouse(counts, warehouses), units_per_warehouse(after, warehouses)
    if old == new:
        return
    if moved:
        was, ledger = context.state.ledgers([sku])[sku]
        stocks = Stock(sku, old), Stock(sku, new)
        change.swap(
            keys.LEDGER, sku, was, pack.ledger(with_falls(ledger, *stocks, now=context.now(), windows=context.windows))
        )
    change.notes.append((sku, {"what": "shelf", "till": till, "from": old, "to": new}))
    mark_due(context, change, [sku])


# -- another items file --------------------------------------------------------------------------------


def follow_items(context: SyncContext) -> None:
    """Where the items file of a till was changed, place what it counted anew: products that it lists by now count, and
    those that it no longer lists are unknown. Nothing is lost by it. Once for each version of the file."""
    for till, chosen in context.settings.inbound.items():
        try:
            items = load_items(chosen.items)
            if context.state.items_seen(till) == items.digest:
                continue
            for sku, code, ref in list(_misplaced(context, till, items)):
                _place_anew(context, till, items, sku, code, ref)
        except (ItemsFaultError, ConflictError) as fault:  # what is left is placed with the next pull
            context.emit("items file not followed", till=till, error=str(fault))
            continue
        change = Change()
        change.put(keys.tills_of(till), keys.ITEMS_SEEN, items.digest)
        context.state.commit(change)


def _misplaced(context: SyncContext, till: str, items: Items) -> Iterator[tuple[str | None, str, str]]:
    """(SKU, store code, product) of every count that belongs elsewhere; SKU None: it was unknown, and is listed now."""
    for sku, _, counts in context.state.every_shelf_count(till):
        for code, products in counts.items():
            for ref in products:
                item = items.by_name.get(ref)
                if item is None or (item.sku, item.ref) != (sku, ref):
                    yield sku, code, ref
    for code, ref, _, _ in context.state.every_unknown(till):
        if ref in items.by_name:
            yield None, code, ref


def _place_anew(context: SyncContext, till: str, items: Items, sku: str | None, code: str, ref: str) -> None:
    """Move one count to where it belongs. Raises ConflictError when it is written at the same time."""
    change, item = Change(), items.by_name.get(ref)
    if sku is None:
        raw, count = context.state.unknown(till, code, ref)
        put_unknown(change, till, code, ref, raw, None)
    else:
        raw, counts = context.state.shelf_counts(till, [sku])[sku]
        count, after = counts.get(code, {}).get(ref), with_count(counts, code, ref, None)
        if item is not None and item.sku == sku and count is not None:
            after, item = with_count(after, code, item.ref, count), None
        elif item is None and count is not None:
            put_unknown(change, till, code, ref, context.state.unknown(till, code, ref)[0], count)
        _put(context, change, till, sku, (raw, counts), after, moved=False)
    if item is not None and count is not None:
        there = context.state.shelf_counts(till, [item.sku])[item.sku]
        if is_newer(count, there[1].get(code, {}).get(item.ref), micros(context.now())):
            _put(context, change, till, item.sku, there, with_count(there[1], code, item.ref, count), moved=False)
    context.state.commit(change)
