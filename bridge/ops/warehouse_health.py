"""What of the warehouse's rows a person should hear of: those whose SKU some store sells."""

from collections.abc import Iterable

from bridge.core.match import names_of
from bridge.core.sku import called_sku, carton_of
from bridge.core.unfinished import progress
from bridge.state import pulled
from bridge.sync.context import SyncContext
from bridge.sync.timetable import budget_of


def sold(context: SyncContext, skus: Iterable[str]) -> set[str]:
    """Those of some source SKUs that a listing carries or takes pieces of."""
    skus, found = sorted(set(skus)), set[str]()
    for store in context.stores:
        rules = context.rules(store)
        normalized_skus = {sku: names_of(sku, rules) for sku in skus}
        named = context.state.named(
            store, sorted({normalized for each in normalized_skus.values() for normalized in each})
        )
        found |= {sku for sku in skus if any(named.get(normalized) for normalized in normalized_skus[sku])}
    return found


def disbelieved(context: SyncContext) -> list[str]:
    """A phrase for each row that is not believed and is sold, or that nobody can tell whose it is."""
    rows = list(context.state.bad_rows().values()) if context.state.any_bad() else []
    if not rows:
        return []
    selling = sold(context, (row["sku"] for row in rows if row["sku"] is not None))
    phrases = []
    for sku, product, why in ((row["sku"], row["product"], row["why"]) for row in rows):
        where = _called(product) if product is not None else "a row without an id"
        if sku is None or sku in selling:
            named = sku if sku is None or carton_of(sku) is None else None
            phrases.append(f"{named} ({where}): {why}" if named is not None else f"{where}: {why}")
    return sorted(phrases)


def _called(product: str) -> str:
    return f"product {product}" if carton_of(product) is None else called_sku(product)


def duplicate_skus(context: SyncContext) -> list[str]:
    """A phrase for each SKU that two live products have and some store sells."""
    found = context.state.duplicate_skus()
    selling = sold(context, found) if found else set()
    return [f"{sku} (products {' and '.join(found[sku])})" for sku in sorted(selling)]


def unfinished(context: SyncContext) -> str | None:
    """How far a pull is that does not fit its budget, one sentence."""
    pull = pulled.load_unfinished(context.state)
    return progress(pull, budget_of(context.state.source_record()), context.now()) if pull and pull.waits else None


def delays_numbers(context: SyncContext) -> bool:
    """Whether numbers wait for the unfinished pull: most later ones only prove again what changes told already."""
    pull = pulled.load_unfinished(context.state)
    return pull is not None and pull.behind
