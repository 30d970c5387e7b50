"""Warehouse ids of the configuration that the source does not know: a typing error there would sell a shop out."""

from collections.abc import Iterator, Mapping
from contextlib import suppress

from bridge.errors import SourceError
from bridge.state.records import AskedWarehouses
from bridge.sync.context import SourceSession, SyncContext


def configured(context: SyncContext, store: str) -> frozenset[str]:
    """Every warehouse id that a store's rules name."""
    rules = context.rules(store)
    return frozenset(rules.locations) | (rules.warehouses or frozenset())


def note_unknown_warehouses(context: SyncContext, source: SourceSession, *, whole: bool) -> None:
    """Note which warehouse ids of the configuration no row has named, with the source's own list of warehouses if its
    token may ask for it. Done after a whole pull, and when the configuration names new ids."""
    asked = context.state.source_record().warehouses
    ids = {w for store in context.stores for w in configured(context, store)}
    ids -= context.state.warehouses().keys() | context.settings.shelves.keys()
    if not whole and (asked is None or ids <= set(asked.ids)):
        return  # no whole pull ever told of warehouses, or nothing is new
    listed: dict[str, str] | None = None
    if ids:
        with suppress(SourceError):
            listed = source.client.warehouses()
    context.state.note_source(warehouses=AskedWarehouses(sorted(ids), listed))


def known(context: SyncContext) -> dict[str, str]:
    """Id → name of every warehouse there is, shelves among them, as far as anybody knows."""
    asked = context.state.source_record().warehouses
    return {**context.settings.shelves} | ((asked.listed if asked else None) or {}) | context.state.warehouses()


def unknown_to_source(context: SyncContext, store: str) -> frozenset[str]:
    """Ids that a store's rules name and that no warehouse has."""
    ids = configured(context, store)
    asked = context.state.source_record().warehouses if ids else None
    return ids.intersection(asked.ids).difference(known(context)) if asked else frozenset()


def sentences(context: SyncContext) -> list[str]:
    """One for each store that names such ids."""
    found = []
    for store in context.stores:
        if ids := unknown_to_source(context, store):
            wrong = " and ".join(f'"{x}"' for x in sorted(ids))
            there = ", ".join(listed(known(context))) or "none"
            found.append(
                f"{store}: no warehouse has the id {wrong}, which `locations` or `warehouses` of [stores.{store}]"
                f" names; there are {there}. What only such a warehouse could fill is left as it is."
            )
    return found


def listed(names: Mapping[str, str]) -> Iterator[str]:
    return (called(warehouse, names) for warehouse in sorted(names))


def called(warehouse: str, names: Mapping[str, str]) -> str:
    """Name and id, or the id where nobody knows a name."""
    return f"{names[warehouse]} ({warehouse})" if names.get(warehouse) else warehouse
