"""New levels → state: what fell goes to the ledger, what moved makes its listings due."""

from collections.abc import Iterable, Sequence
from itertools import islice

from bridge.core import ledger as book
from bridge.core.availability import Stock, stock_of
from bridge.core.ledger import Ledger
from bridge.core.match import names_of
from bridge.core.model import Level
from bridge.core.sku import key
from bridge.state import keys, pack
from bridge.state.change import Change, Conflict
from bridge.state.lease import Lease
from bridge.state.store import SCAN
from bridge.sync.shell import Shell
from bridge.sync.watch import watch_parcels

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
    _settle(shell, change, skus, _stocks(shell, skus, carriers, {}), _stocks(shell, skus, carriers, newer))
    return change, len(changed)


def _differs(old: Level, new: Level) -> bool:
    return (old.units, old.deleted, old.sku) != (new.units, new.deleted, new.sku)


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
    skus = shell.state.every_sku()
    while chunk := list(islice(skus, SCAN)):
        for _ in range(ATTEMPTS):
            change = Change()
            _index_loosely(shell, change, chunk)
            try:
                shell.state.commit(change, lease)
                break
            except Conflict:
                continue


def _stocks(
    shell: Shell, skus: Sequence[str], carriers: dict[str, list[str]], newer: dict[str, Level]
) -> dict[str, Stock | None]:
    """Each SKU's stock with the newer levels in place of the known; None: never heard of it."""
    products = sorted({product for sku in skus for product in carriers.get(sku, ())})
    known = shell.state.levels(products) | {p: x for p, x in newer.items() if p in products}
    found = {sku: [known[p] for p in carriers.get(sku, ()) if p in known and known[p].sku == sku] for sku in skus}
    return {sku: stock_of(sku, levels) if levels else None for sku, levels in found.items()}


def _settle(
    shell: Shell, change: Change, skus: Sequence[str], before: dict[str, Stock | None], after: dict[str, Stock | None]
) -> None:
    ledgers, early = shell.state.ledgers(skus), list[str]()
    for sku in skus:
        old, new = before[sku], after[sku]
        raw, ledger = ledgers[sku]
        if old is not None and new is not None:
            fallen = _with_falls(shell, ledger, old, new)
            change.swap(keys.LEDGER, sku, raw, pack.ledger(fallen))
            change.notes.append((sku, {"what": "level", "from": old.units, "to": new.units}))
            early += [sku] if len(fallen.falls) > len(ledger.falls) else []
    mark_due(shell, change, skus)
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
            change.due.extend((store, ref) for ref in refs)
