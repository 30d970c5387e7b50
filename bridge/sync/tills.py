"""Tills that report shelves: what these hold of a SKU, and which till has fallen silent."""

from collections.abc import Sequence

from bridge.core.health import spoken
from bridge.core.shelf import ShelfStock, is_silent, units_per_warehouse
from bridge.sync.context import SyncContext


def shelf_stocks(context: SyncContext, skus: Sequence[str]) -> dict[str, ShelfStock]:
    """SKU → what the shelves hold of it, for every SKU asked; nothing where no till is configured."""
    units: dict[str, dict[str, int]] = {sku: {} for sku in skus} if context.settings.inbound else {}
    silent: dict[str, set[str]] = {sku: set() for sku in units}
    for name, till in context.settings.inbound.items():
        gone = silent_codes(context, name)
        for sku, (_, counts) in context.state.shelf_counts(name, skus).items():
            units[sku] |= units_per_warehouse(counts, till.stores)
            silent[sku] |= {till.stores[code] for code in gone & counts.keys()}
    shelves = frozenset(context.settings.shelves)
    return {sku: ShelfStock(units[sku], frozenset(silent[sku]), shelves - units[sku].keys()) for sku in units}


def silent_codes(context: SyncContext, till: str) -> frozenset[str]:
    """The store codes of a till that it reported nothing for, for too long."""
    heard, chosen, now = context.state.heard(till), context.settings.inbound[till], context.now()
    return frozenset(code for code in chosen.stores if is_silent(heard.get(code), now, chosen.silent_after))


def sentences(context: SyncContext) -> list[str]:
    """One for each till that has fallen silent or never reported, and for each shelf with the id of a warehouse."""
    both = (
        sorted(context.settings.shelves.keys() & context.state.warehouses().keys()) if context.settings.inbound else ()
    )
    found = [
        f'The warehouse has "{w}" itself, so what a till reports there does not count; give the shelf another id'
        " in [inbound]."
        for w in both
    ]
    for name in context.settings.inbound:
        heard = context.state.heard(name)
        for code in sorted(silent_codes(context, name)):
            if at := heard.get(code):
                said = (
                    f"has reported nothing for {spoken(context.now() - at)}; what counts on its shelf is not increased"
                )
            else:
                said = "has reported nothing yet; its shelf counts as nothing"
            found.append(f"till {name}, store {code}: {said}. See that it reports to `stockbridge web`.")
    return found
