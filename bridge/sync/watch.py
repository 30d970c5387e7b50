"""Listings whose next parcel no order will tell of.

A store's orders API does not show very old orders, but its stock still counts their units as open. When the
warehouse has shipped for one of them first, nothing but the stock itself shows that the store has learned of
it, so such a listing is read with every visit until that has happened.
"""

from collections.abc import Iterable, Sequence

from bridge.core.match import names_of
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.state.lease import Lease
from bridge.sync.shell import Shell


def watch_parcels(shell: Shell, change: Change, skus: Iterable[str]) -> None:
    """After levels fell by more than shipments explain: watch the listings that hide committed units."""
    until = pack.dumps(pack.ms(shell.now() + shell.windows.match))
    skus = list(skus)
    for store in shell.stores if skus else ():
        rules = shell.rules(store)
        forms = sorted({form for sku in skus for form in names_of(sku, rules)})
        refs = sorted({ref for found in shell.state.named(store, forms).values() for ref in found})
        for ref in _hiding(shell, store, refs):
            change.put(keys.of_store(store, "watch"), ref, until)


def _hiding(shell: Shell, store: str, refs: Sequence[str]) -> list[str]:
    """Listings that show more committed units than all known orders have."""
    shown, ordered = shell.state.store_stock(store, refs), shell.state.ordered(store, refs)
    return [
        ref
        for ref, places in shown.items()
        if sum(known.committed for known in places.values()) > sum(ordered.get(ref, {}).values())
    ]


def watched(shell: Shell, store: str, lease: Lease) -> list[str]:
    """Whom to read because of it; those that hide nothing any more, or waited too long, are let go."""
    notes, now = shell.state.notes(store, "watch"), pack.ms(shell.now())
    hiding = _hiding(shell, store, [ref for ref, until in notes.items() if until >= now]) if notes else []
    gone = [(keys.of_store(store, "watch"), ref) for ref in notes if ref not in hiding]
    shell.state.commit(Change(drops=gone), lease)
    return hiding
