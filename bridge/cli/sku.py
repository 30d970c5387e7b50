"""What a person means by a SKU: one of the warehouse, one of a store, or both."""

import difflib
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Annotated, Any

import typer

from bridge.core.model import Skip
from bridge.core.sku import key
from bridge.errors import ConfigError
from bridge.sync import Shell
from bridge.sync.requests import refs_of
from bridge.sync.view import resolve_all

Sku = Annotated[str, typer.Argument(help="A SKU of the warehouse or of a store.", metavar="SKU")]
MOST = 20_000  # names looked through for a near one


@dataclass(frozen=True)
class Meant:
    """source: the warehouse knows the SKU. refs: store → listings that carry it or take pieces of it.
    parts: every warehouse SKU these listings are made of, the SKU itself among them when it is one."""

    source: bool
    refs: dict[str, list[str]]
    parts: tuple[str, ...]


def meant(shell: Shell, sku: str, stores: Sequence[str]) -> Meant:
    """Look a SKU up everywhere. Raises ConfigError with a near name when nobody knows it."""
    source = sku in shell.state.products([sku])
    refs = {store: refs_of(shell, store, [sku]) for store in stores}
    if not source and not any(refs.values()):
        raise ConfigError(f'Neither the warehouse nor {" nor ".join(stores)} has the SKU "{sku}"; {_near(shell, sku)}')
    parts = [sku] if source else []
    for store, found in refs.items():
        named = [x for x in shell.state.listings(store, found).values() if _is(shell, store, x.sku, sku)]
        resolved = resolve_all(shell, shell.rules(store), named).values()
        parts += [part for x in resolved if not isinstance(x, Skip) for part in x]
    return Meant(source, refs, tuple(dict.fromkeys(parts)))


def _is(shell: Shell, store: str, one: str, other: str) -> bool:
    match = shell.rules(store).match
    return key(one, match) == key(other, match)


def _near(shell: Shell, sku: str) -> str:
    """The name that was probably meant: the same but for case, blanks and punctuation, or a similar one."""
    names = chain(shell.state.every_sku(), *(_skus(shell, store) for store in shell.stores))
    known = {fold(name): name for name in islice(names, MOST)}
    if not known:
        return "nothing was read yet: run `stockbridge sync`."
    near = [fold(sku)] if fold(sku) in known else difflib.get_close_matches(fold(sku), known, n=1)
    return f'did you mean "{known[near[0]]}"?' if near else "look for it with `stockbridge unmapped`."


def _skus(shell: Shell, store: str) -> Iterator[str]:
    return (x.sku for x in shell.state.every_listing(store) if x.sku)


def fold(sku: str) -> str:
    """A SKU without what people mistype: case, blanks, punctuation."""
    return "".join(c for c in key(sku, "loose") if c.isalnum())


def entries(shell: Shell, sku: str) -> list[dict[str, Any]]:
    """What is remembered of a SKU, oldest first: all of a warehouse SKU's; of a store SKU, the levels of its
    parts and what happened to its own listings."""
    found = meant(shell, sku, shell.stores)
    stores = {store: refs for store, refs in found.refs.items() if refs}
    own = {ref for refs in found.refs.values() for ref in refs}
    rows = []
    for part in found.parts:
        whole = found.source and part == sku
        rows += [
            row | {"sku": part}
            for row in shell.state.history(part)
            if whole or row.get("ref") in own or row["what"] == "level"
        ]
    rows += [row for row in decisions(shell, stores) if row["refs"] is None or own & set(row["refs"])]
    return sorted(rows, key=lambda row: row["at"])


def decisions(shell: Shell, stores: Container[str]) -> list[dict[str, Any]]:
    """What people decided about some stores, oldest first, as rows of the history."""
    return [row | {"sku": ""} for row in shell.state.decisions().values() if row["store"] in stores]
