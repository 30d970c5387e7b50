"""What the state says of listings: what each shows, what it should show, and why."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.core.availability import Pool, Target
from bridge.core.guard import Hold
from bridge.core.model import Skip, StoreStock
from bridge.core.plan import Decision, PlanInput, decide, quantity_for
from bridge.ops import words
from bridge.state import pack
from bridge.sync.context import SyncContext
from bridge.sync.inputs import load_view
from bridge.sync.timetable import proof_since
from connectors.base import Capabilities
from connectors.chunks import chunks
from connectors.values import replace

CHUNK = 500


@dataclass(frozen=True)
class Item:
    """One listing as it stands: its case, the pools of its parts, and what would be done at each location. sharing: the
    stores whose listings take pieces of its parts. suspected: an order that was not told yet may explain a drift."""

    inputs: PlanInput
    pools: Mapping[str, Pool]
    decisions: Sequence[Decision]
    sharing: frozenset[str]
    suspected: bool

    @property
    def skip(self) -> Skip | None:
        """Why the listing as a whole is left alone."""
        return self.decisions[0].skip if len(self.decisions) == 1 and self.decisions[0].target is None else None


def items(context: SyncContext, store: str, refs: Iterable[str] | None = None) -> Iterator[Item]:
    """Listings of a store, all or some, decided on from the state alone. Writes nothing."""
    asked = refs if refs is not None else [x.ref for x in context.state.every_listing(store)]
    held, rules, can = context.state.held(store), context.rules(store), context.capabilities(store)
    proof, drifts = proof_since(context), context.state.drifts(store)
    suspected = {pack.read_stock_key(store, name).ref for name, drift in drifts.items() if drift.suspected}
    for chunk in chunks(asked, CHUNK):
        view = load_view(context, store, chunk, proof_since=proof, held=held)
        for ref, inputs in view.inputs.items():
            doubtful = ref in suspected
            known = replace(inputs, proven=False) if doubtful else inputs
            sharing = frozenset[str]() if isinstance(known.parts, Skip) else view.sharing_of(known.parts)
            yield Item(known, view.pools, decide(known, view.pools, rules, can), sharing, doubtful)


def moves(d: Decision) -> tuple[int, int] | None:
    """Units for sale now, and after the write; None when there is nothing to compare, or nobody knows what it shows."""
    if d.known is None or d.quantity is None or d.shown is None:
        return None
    return d.known.available, d.known.available + d.quantity - d.shown


def would_be(target: Target, known: StoreStock, can: Capabilities) -> int:
    """Units for sale once the target is written. An oversold listing cannot be shown as more than an empty shelf."""
    quantity = quantity_for(target.available, known, can)
    return quantity - known.committed if can.writes == "on_hand" else quantity


def sum_of(target: Target) -> str:
    """The slip on one line: "warehouse 1 holds of A +20, buffer 2 -2"."""
    return ", ".join(f"{x.what} {x.units:+d}" for x in target.lines) or "no warehouse holds any"


def row(item: Item, d: Decision, hold: Hold | None = None) -> dict[str, Any]:
    """One listing at one location, for tables and JSON."""
    pair = moves(d) or (None, d.quantity)
    return {
        "sku": item.inputs.listing.sku,
        "title": item.inputs.listing.title,
        "ref": d.stock_key.ref,
        "location": d.stock_key.location,
        "shows": pair[0],
        "would_show": pair[1],
        "shown": d.shown,
        "quantity": d.quantity,
        "target": d.target and d.target.available,
        "why": why(d, hold),
    }


def why(d: Decision, hold: Hold | None = None) -> str:
    if hold is not None:
        return f"held: {hold.why}"
    if d.skip is not None:
        return d.skip.value
    return sum_of(d.target) if d.target else ""


def cells(found: Mapping[str, Any]) -> list[object]:
    """A row of `row` for the columns COLUMNS."""
    return [
        found["sku"], words.place(found["location"]), found["shows"], found["would_show"], found["title"], found["why"],
    ]  # fmt: skip


COLUMNS = ("sku", "location", "shows", "would show", "title", "why")


def summary(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Listings that would fall, rise and sell out, and by how many units in all. would_set: those of which nobody knows
    what they show, in a store that cannot be read."""
    known = [row for row in rows if row["shows"] is not None]
    moves = [row["would_show"] - row["shows"] for row in known]
    return {
        "would_lower": sum(move < 0 for move in moves),
        "would_raise": sum(move > 0 for move in moves),
        "units_lower": -sum(move for move in moves if move < 0),
        "units_higher": sum(move for move in moves if move > 0),
        "to_zero": sum(row["would_show"] <= 0 < row["shows"] for row in known),
        "would_set": len(rows) - len(known),
    }
