"""SKUs and carton types that the configuration names and nobody has: most are typing errors."""

import difflib

from bridge.core.model import StoreRules
from bridge.core.sku import carton_of, normalized_sku
from bridge.ops.sku import MOST
from bridge.sync.context import SyncContext


def unknown_skus(context: SyncContext, store: str) -> list[str]:
    """One sentence for each. Asks the state alone; of a side that was not read yet nothing is said."""
    rules = context.rules(store)
    sold = {normalized_sku(x.sku, rules.match) for x in context.state.every_listing(store) if x.sku}
    every = list(context.state.every_sku())
    held = {normalized_sku(sku, rules.match) for sku in every if carton_of(sku) is None}
    found = [
        f'stores.{store}.{where}: the warehouse has no SKU "{sku}"; {_hint(sku, held)}'
        for where, sku in _named(rules).items()
        if held and normalized_sku(sku, rules.match) not in held
    ]
    if context.state.source_record().reads_cartons:
        types = {carton for sku in every if (carton := carton_of(sku)) is not None}
        there = ", ".join(sorted(types)[:SHOWN]) or "none"
        found += [
            f'stores.{store}.cartons: {sku}: the warehouse has no carton type "{carton}"; there are {there}'
            + (f" and {len(types) - SHOWN} more." if len(types) > SHOWN else ".")
            for sku, carton in rules.cartons.items()
            if carton not in types
        ]
    for section, table in (("map", rules.mapping), ("bundles", rules.bundles), ("cartons", rules.cartons)):
        for sku in table if sold else ():
            if normalized_sku(sku, rules.match) not in sold:
                found.append(f'stores.{store}.{section}: no listing has the SKU "{sku}"; {_hint(sku, sold)}')
    return found


SHOWN = 20


def _named(rules: StoreRules) -> dict[str, str]:
    """Key of the configuration → the source SKU that it names."""
    cartons = {rules.normalized(sku) for sku in rules.cartons}
    named = {f"map: {sku}": part for sku, part in rules.mapping.items()}
    parts = [(sku, part) for sku, parts in rules.bundles.items() for part in parts]
    named |= {f"bundles: {sku}": part for sku, part in parts if rules.normalized(part) not in cartons}
    return named | {f"skus: {sku}": sku for sku in rules.skus if rules.normalized(sku) not in cartons}


def _hint(sku: str, known: set[str]) -> str:
    near = difflib.get_close_matches(sku, known, n=1) if len(known) < MOST else []
    return f'did you mean "{near[0]}"?' if near else "see `stockbridge unmapped`."
