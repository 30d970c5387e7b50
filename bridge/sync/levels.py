"""New levels → state: what fell goes to the ledger, what moved makes its listings due."""

from collections.abc import Iterable, Mapping, Sequence

from bridge.core import ledger as book
from bridge.core.availability import Stock, stock_of
from bridge.core.ledger import Ledger
from bridge.core.match import names_of
from bridge.core.model import Level
from bridge.core.owed import is_unnamed
from bridge.core.sku import key
from bridge.state import keys, pack
from bridge.state.change import Change, Conflict
from bridge.state.lease import Lease
from bridge.state.store import SCAN
from bridge.sync.shell import Shell
from bridge.sync.watch import watch_parcels
from connectors.chunks import chunks

ATTEMPTS = 20
"""Stores write the ledger at the same time; each conflict means that one of them got through."""


def apply_levels(shell: Shell, lease: Lease, levels: Sequence[Level]) -> int:
    """Store levels of distinct products → how many moved something. Raises LeaseLost. What the source says
    now counts even with an older stamp: a row once dated in the future and then corrected must not freeze."""
    for _ in range(ATTEMPTS):
        change, moved = _change_for(shell, levels)
        try:
            shell.state.commit(change, lease)
        except Conflict:
            continue
        return moved
    raise Conflict


def _change_for(shell: Shell, levels: Sequence[Level]) -> tuple[Change, int]:
    state, change = shell.state, Change()
    known = state.levels([level.product for level in levels])
    newer = {x.product: x for x in levels}
    changed = {p for p, new in newer.items() if p not in known or _differs(known[p], new)}
    for product, level in newer.items():
        change.put(
            keys.LEVELS, product, pack.level(level), before=pack.level(known[product]) if product in known else None
        )
    skus = sorted({newer[p].sku for p in changed} | {known[p].sku for p in changed if p in known})
    carriers = _index(shell, change, [newer[p] for p in changed], state.products(skus))
    others = state.levels(sorted({p for sku in skus for p in carriers.get(sku, ())} - newer.keys()))
    before, after = {**known, **others}, {**others, **newer}
    _settle(shell, change, _moves(skus, carriers, before, after))
    _note_twice(change, state.twice(), {sku: _live(sku, carriers, after) for sku in skus})
    mark_due(shell, change, skus)
    return change, len(changed)


def _differs(old: Level, new: Level) -> bool:
    """Also by a doubt: what could not be raised before may be now."""
    was, now = bool(old.doubt), bool(new.doubt)
    return (old.units, old.deleted, old.sku, was) != (new.units, new.deleted, new.sku, now)


def _index(
    shell: Shell, change: Change, levels: Iterable[Level], carriers: dict[str, list[str]]
) -> dict[str, list[str]]:
    """SKU → every product that carries it, with the new ones entered."""
    for level in levels:
        found = carriers.setdefault(level.sku, [])
        if level.product not in found:
            found.append(level.product)
            change.put(keys.SKUS, level.sku, pack.dumps(found))
    if any(shell.rules(store).match == "loose" for store in shell.stores):
        _index_loosely(shell, change, sorted({level.sku for level in levels}))
    return carriers


def _index_loosely(shell: Shell, change: Change, skus: Sequence[str]) -> None:
    alike = shell.state.alike(sorted({key(sku, "loose") for sku in skus}))
    before = {form: pack.dumps(found) for form, found in alike.items()}
    for sku in skus:
        found = alike.setdefault(key(sku, "loose"), [])
        if sku not in found:
            found.append(sku)
    for form, found in alike.items():
        change.swap(keys.LOOSE, form, before.get(form), pack.dumps(found))


def index_loosely(shell: Shell, lease: Lease) -> None:
    """Enter every SKU that the source told of while no store matched loosely."""
    for chunk in chunks(shell.state.every_sku(), SCAN):
        for _ in range(ATTEMPTS):
            change = Change()
            _index_loosely(shell, change, chunk)
            try:
                shell.state.commit(change, lease)
                break
            except Conflict:
                continue


def _live(sku: str, carriers: Mapping[str, Sequence[str]], levels: Mapping[str, Level]) -> list[str]:
    found = (levels[p] for p in carriers.get(sku, ()) if p in levels)
    return sorted(x.product for x in found if x.sku == sku and not x.deleted)


def _note_twice(change: Change, noted: Mapping[str, list[str]], live: Mapping[str, list[str]]) -> None:
    """Two live products with one SKU are named to people for as long as there are two."""
    for sku, products in live.items():
        if len(products) > 1:
            change.put(keys.TWICE, sku, pack.dumps(products))
        elif sku in noted:
            change.put(keys.TWICE, sku, None)


def _moves(
    skus: Sequence[str], carriers: Mapping[str, Sequence[str]], before: Mapping[str, Level], after: Mapping[str, Level]
) -> dict[str, tuple[Stock, Stock]]:
    """SKU → its stock before and after; only SKUs that some product had before and has now."""
    moves = {}
    for sku in skus:
        old = _stock(sku, carriers, before)
        new = _stock(sku, carriers, after) if old else None
        if old and new:
            moves[sku] = (old, new)
    return moves


def _stock(sku: str, carriers: Mapping[str, Sequence[str]], levels: Mapping[str, Level]) -> Stock | None:
    """None: no product has it."""
    found = [levels[p] for p in carriers.get(sku, ()) if p in levels and levels[p].sku == sku]
    return stock_of(sku, found) if found else None


def _settle(shell: Shell, change: Change, moves: Mapping[str, tuple[Stock, Stock]]) -> None:
    ledgers, early = shell.state.ledgers(list(moves)), list[str]()
    for sku, (old, new) in moves.items():
        raw, ledger = ledgers[sku]
        fallen = _with_falls(shell, ledger, old, new)
        change.swap(keys.LEDGER, sku, raw, pack.ledger(fallen))
        change.notes.append((sku, {"what": "level", "from": old.units, "to": new.units}))
        early += [sku] if len(fallen.falls) > len(ledger.falls) else []
    watch_parcels(shell, change, early)


def _with_falls(shell: Shell, ledger: Ledger, old: Stock, new: Stock) -> Ledger:
    for warehouse, pieces in book.falls_between(old.units, new.units):
        ledger = book.fall(ledger, warehouse, pieces, shell.now(), shell.windows)
    return ledger


def mark_due(shell: Shell, change: Change, skus: Iterable[str]) -> None:
    """Everything that moves makes due: the listings of every store that take pieces of these SKUs."""
    skus = list(skus)
    for store in shell.stores:
        rules = shell.rules(store)
        forms = sorted({form for sku in skus for form in names_of(sku, rules)})
        for refs in shell.state.named(store, forms).values():
            change.due.extend((store, ref) for ref in refs if not is_unnamed(ref))
