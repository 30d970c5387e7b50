"""SKUs that the configuration names and nobody has: most are typing errors."""

import difflib

from bridge.cli.sku import MOST
from bridge.core.sku import normalized_sku
from bridge.sync.context import SyncContext


def unknown_skus(context: SyncContext, store: str) -> list[str]:
    """One sentence for each. Asks the state alone; of a side that was not read yet nothing is said."""
    rules = context.rules(store)
    sold = {normalized_sku(x.sku, rules.match) for x in context.state.every_listing(store) if x.sku}
    held = {normalized_sku(sku, rules.match) for sku in context.state.every_sku()}
    named = {f"map: {sku}": part for sku, part in rules.mapping.items()}
    named |= {f"bundles: {sku}": part for sku, parts in rules.bundles.items() for part in parts}
    named |= {f"skus: {sku}": sku for sku in rules.skus}
    found = [
        f'stores.{store}.{where}: the warehouse has no SKU "{sku}"; {_hint(sku, held)}'
        for where, sku in named.items()
        if held and normalized_sku(sku, rules.match) not in held
    ]
    for section, table in (("map", rules.mapping), ("bundles", rules.bundles)):
        for sku in table if sold else ():
            if normalized_sku(sku, rules.match) not in sold:
                found.append(f'stores.{store}.{section}: no listing has the SKU "{sku}"; {_hint(sku, sold)}')
    return found


def _hint(sku: str, known: set[str]) -> str:
    near = difflib.get_close_matches(sku, known, n=1) if len(known) < MOST else []
    return f'did you mean "{near[0]}"?' if near else "see `stockbridge unmapped`."
