"""Warehouse ids of the configuration that the source does not know: a slip of the pen there would sell a shop out."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from bridge.errors import SourceError
from bridge.state.records import AskedWarehouses
from bridge.sync.shell import Shell, SourceDesk


def configured(shell: Shell, store: str) -> frozenset[str]:
    """Every warehouse id that a store's rules name."""
    rules = shell.rules(store)
    return frozenset(rules.locations) | (rules.warehouses or frozenset())


def look_for_strangers(shell: Shell, desk: SourceDesk, *, whole: bool) -> None:
    """After a whole pull, or when the configuration names new ones since: ask for the list of warehouses, if any id was
    in no row. Where the token may not ask for it, the rows alone decide."""
    asked = shell.state.source_record().warehouses
    ids = {w for store in shell.stores for w in configured(shell, store)} - shell.state.warehouses().keys()
    if not whole and (asked is None or ids <= set(asked.ids)):
        return  # no whole pull ever told of warehouses, or nothing is new
    listed: dict[str, str] | None = None
    if ids:
        with suppress(SourceError):
            listed = desk.client.warehouses()
    shell.state.note_source(warehouses=AskedWarehouses(sorted(ids), listed))


def known(shell: Shell) -> dict[str, str]:
    """Id → name of every warehouse there is, as far as anybody knows."""
    asked = shell.state.source_record().warehouses
    return ((asked.listed if asked else None) or {}) | shell.state.warehouses()


def strangers_of(shell: Shell, store: str) -> frozenset[str]:
    """Ids that a store's rules name and that no warehouse has."""
    ids = configured(shell, store)
    asked = shell.state.source_record().warehouses if ids else None
    return ids.intersection(asked.ids) - known(shell).keys() if asked else frozenset()


def sentences(shell: Shell) -> list[str]:
    """One for each store that names such ids."""
    return [_sentence(store, ids, known(shell)) for store in shell.stores if (ids := strangers_of(shell, store))]


def _sentence(store: str, ids: Iterable[str], names: Mapping[str, str]) -> str:
    wrong = " and ".join(f'"{x}"' for x in sorted(ids))
    there = ", ".join(listed(names)) or "none"
    return (
        f"{store}: no warehouse has the id {wrong}, which `locations` or `warehouses` of [stores.{store}] names; there"
        f" are {there}. What only such a warehouse could fill is left as it is."
    )


def listed(names: Mapping[str, str]) -> Iterator[str]:
    return (called(warehouse, names) for warehouse in sorted(names))


def called(warehouse: str, names: Mapping[str, str]) -> str:
    """Name and id, or the id where nobody knows a name."""
    return f"{names[warehouse]} ({warehouse})" if names.get(warehouse) else warehouse
