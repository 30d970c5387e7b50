"""Open order lines that map to nothing: named while they are open, and what they may be of is not raised."""

from bridge.core.model import Skip
from bridge.core.owed import UNNAMED, is_unnamed, units_of, words_of
from bridge.core.sku import lookalikes
from bridge.state.change import Change
from bridge.state.records import StoreRecord, UnmappedLine
from bridge.sync.due import mark_due
from bridge.sync.inputs import near_lines_of, resolve_all
from bridge.sync.read.numbers import called
from bridge.sync.session import StoreSession
from connectors.base import Listing

KEPT = 100
"""So many lines of a store are kept for people to look at; those that may be of something of ours come first."""


def note_lines(session: StoreSession, change: Change, record: StoreRecord) -> dict[str, object]:
    """What is to be kept of these lines, where it is not what is kept already: first those that may be of something of
    ours, with its SKU in the warehouse, which differs only in case or outer blanks. What they may be of becomes due
    when that changes. A SKU that the warehouse knows is counted, and maps."""
    context, store = session.context, session.store
    refs = context.state.named(store, [UNNAMED]).get(UNNAMED, [])
    owed, said = context.state.owed(store, refs), {ref: words_of(ref) if is_unnamed(ref) else ("", ref) for ref in refs}
    noted = {x.sku for lines in owed.values() for x in lines.values() if x.sku}
    skus = noted | {sku for sku, _ in said.values() if sku}
    parts = resolve_all(context, context.rules(store), [Listing(sku, sku, "") for sku in sorted(skus)])
    unknown = {sku for sku, made in parts.items() if isinstance(made, Skip)}
    alike = {sku: lookalikes(sku) for sku in unknown}
    there = context.state.products(sorted({normalized for found in alike.values() for normalized in found}))
    meant = {sku: next((x for x in found if x in there), "") for sku, found in alike.items()}
    numbers = called(context, store, (order for orders in owed.values() for order in orders))
    lines = list[UnmappedLine]()
    for ref, orders in owed.items():
        for order, units in units_of(orders).items():
            sku = orders[order].sku or ""
            if not sku or sku in unknown:
                lines.append(UnmappedLine(numbers[order], sku, said[ref][1], units, meant.get(sku, "")))
    found = sorted(lines, key=lambda line: (not line.near, line.order, line.sku, line.title))
    kept = found[:KEPT]
    if (kept, len(found)) == (record.unmapped_lines, record.unmapped_count):
        return {}
    now = StoreRecord(unmapped_lines=kept)
    mark_due(context, change, near_lines_of([record]) ^ near_lines_of([now]))
    return {"unmapped_lines": kept, "unmapped_count": len(found)}
