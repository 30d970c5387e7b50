"""What a person means by a SKU: one of the warehouse, one of a store, or both."""

import difflib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from bridge.core.catalogue import name_of
from bridge.core.model import Skip
from bridge.core.search import plain
from bridge.core.sku import called_sku, fold, normalized_sku
from bridge.errors import ConfigError
from bridge.ops.resync import refs_everywhere
from bridge.state.snapshot import Snapshot
from bridge.sync.context import SyncContext
from bridge.sync.inputs import resolve_all
from connectors.values import replace

MOST = 20_000  # names looked through for a near one
SHORTEST = 3  # characters that tell one product from another when they stand inside its name
SUGGESTED = 5


@dataclass(frozen=True)
class Meant:
    """source: the warehouse knows the SKU. refs: store → listings that carry it or take pieces of it.
    parts: every warehouse SKU these listings are made of, the SKU itself among them when it is one."""

    source: bool
    refs: dict[str, list[str]]
    parts: tuple[str, ...]


def meant(context: SyncContext, sku: str, stores: Sequence[str]) -> Meant:
    """Look a SKU up everywhere."""
    snapshot = Snapshot.of(context.state)
    context = replace(context, state=snapshot)
    source, refs = sku in snapshot.products([sku]), refs_everywhere(context, stores, [sku])
    snapshot.fetch({("listings", store): found for store, found in refs.items()})
    parts = [sku] if source else []
    for store, found in refs.items():
        match = context.rules(store).match
        wanted, listings = normalized_sku(sku, match), context.state.listings(store, found).values()
        named = [x for x in listings if normalized_sku(x.sku, match) == wanted]
        resolved = resolve_all(context, context.rules(store), named).values()
        parts += [part for x in resolved if not isinstance(x, Skip) for part in x]
    return Meant(source, refs, tuple(dict.fromkeys(parts)))


# -- by name -------------------------------------------------------------------------------------------


def sku_of(context: SyncContext, text: str, stores: Sequence[str]) -> str:
    """The SKU that a person means: the text itself where the warehouse or a store has it, else that of the only product
    so named, or with that in its name. Raises ConfigError with near ones and their names."""
    if text in context.state.products([text]) or any(refs_everywhere(context, stores, [text]).values()):
        return text
    if catalogue_changes(context, text):  # it was not pulled yet
        return text
    names: dict[str, list[str]] = {}  # SKU → what it is called, by the warehouse first; stores may call it differently
    catalogue = dict(context.state.every_catalogue_entry())
    for level in (x for x in context.state.every_level() if x.packing is None):
        names.setdefault(level.sku, []).append(name_of(level, catalogue.get(level.product)))
    for listing in (x for store in context.stores for x in context.state.every_listing(store) if x.sku):
        names.setdefault(listing.sku, []).append(listing.title)
    wanted, compared = plain(text), {sku: {plain(name) for name in given} for sku, given in names.items()}
    found = sorted(sku for sku, given in compared.items() if wanted in given)
    if not found and len(wanted) >= SHORTEST:
        found = sorted(sku for sku, given in compared.items() if any(wanted in name for name in given))
    if len(found) == 1:
        return found[0]
    if found:
        more = f" and {len(found) - SUGGESTED} more" if len(found) > SUGGESTED else ""
        hint = f"called so: {', '.join(_told(names, sku) for sku in found[:SUGGESTED])}{more}."
    else:
        hint = _near(names, text)
    raise ConfigError(f'Neither the warehouse nor {" nor ".join(stores)} has the SKU "{text}"; {hint}')


def called(row: Mapping[str, Any], search: str | None) -> bool:
    """Whether a row has the text in its SKU or its title; without one, every row has."""
    return search is None or any(plain(search) in plain(row[name]) for name in ("sku", "title"))


def _near(names: Mapping[str, Sequence[str]], text: str) -> str:
    """What was probably meant: the SKU that is the same but for case, blanks and punctuation, a similar one, or one
    with a similar name."""
    if not names:
        return "nothing was read yet: run `stockbridge sync`."
    some = list(islice(names, MOST))
    by_sku = {fold(sku): sku for sku in some}
    by_name = {plain(name): sku for sku in some for name in names[sku] if name}
    near = [fold(text)] if fold(text) in by_sku else difflib.get_close_matches(fold(text), by_sku, n=1)
    found = [by_sku[x] for x in near] or [by_name[x] for x in difflib.get_close_matches(plain(text), by_name, n=1)]
    return f"did you mean {_told(names, found[0])}?" if found else "look for it with `stockbridge unmapped`."


def _told(names: Mapping[str, Sequence[str]], sku: str) -> str:
    name = next(filter(None, names[sku]), "")
    return f'"{sku}" ({name})' if name else f'"{sku}"'


def entries(context: SyncContext, sku: str) -> list[dict[str, Any]]:
    """What is remembered of a SKU, oldest first: all of a warehouse SKU's; of a store SKU, the levels of its
    parts and what happened to its own listings."""
    found = meant(context, sku, context.stores)
    stores = {store: refs for store, refs in found.refs.items() if refs}
    own = {ref for refs in found.refs.values() for ref in refs}
    rows = []
    for part in found.parts:
        whole = found.source and part == sku
        rows += [
            row | {"sku": called_sku(part)}
            for row in context.state.history(part)
            if whole or row.get("ref") in own or row["what"] in ("level", "shelf")
        ]
    rows += [row for row in decisions(context, stores) if row["refs"] is None or own & set(row["refs"])]
    rows += [row for part in dict.fromkeys((sku, *found.parts)) for row in catalogue_changes(context, part)]
    return sorted(rows, key=lambda row: row["at"])


def decisions(context: SyncContext, stores: Container[str]) -> list[dict[str, Any]]:
    """What people decided about some stores, oldest first, as rows of the history."""
    return [row | {"sku": ""} for row in context.state.decisions().values() if row["store"] in stores]


def catalogue_changes(context: SyncContext, sku: str) -> list[dict[str, Any]]:
    """What people changed of a SKU in the catalogue, oldest first, as rows of the history."""
    every = context.state.decisions().values()
    return [
        {name: value for name, value in row.items() if name not in ("skus", "refs")} | {"sku": sku}
        for row in every
        if sku in row.get("skus", ())
    ]
