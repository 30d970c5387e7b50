"""What each listing shows beyond what it should, and why: from the state to the facts that are judged."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bridge.core.discrepancy import find_discrepancy
from bridge.core.finding import Circumstances, Discrepancy
from bridge.core.guard import Hold
from bridge.core.model import StockKey
from bridge.core.plan import Decision
from bridge.core.text import stamp
from bridge.ops import facts
from bridge.ops.explain.reasons import reasons
from bridge.ops.facts import Item
from bridge.state import pack
from bridge.sync import in_flight
from bridge.sync.context import SyncContext
from bridge.sync.read.listings import fingerprint


class Explained(NamedTuple):
    """One stock key as it stands. around: what the discrepancy follows from besides the numbers."""

    item: Item
    decision: Decision
    around: Circumstances
    discrepancy: Discrepancy


def discrepancies(context: SyncContext, store: str, refs: Sequence[str]) -> Iterator[Explained]:
    """Every stock key of some listings, with what it shows beyond what it should. Asks nothing but the state."""
    rules, can = context.rules(store), context.capabilities(store)
    around_of = Surroundings(context, store, refs)
    for item in facts.items(context, store, refs):
        for d in item.decisions:
            around = around_of(item, d)
            yield Explained(item, d, around, find_discrepancy(item.inputs, d, item.pools, rules, can, around))


class Surroundings:
    """What stands about the stock keys of some listings of one store, loaded once."""

    def __init__(self, context: SyncContext, store: str, refs: Sequence[str]) -> None:
        self.context, self.store, state = context, store, context.state
        self.record = record = state.store_record(store)
        self.due = state.due_now(store, refs)
        self.held: dict[StockKey, Hold] = state.held(store)
        self.refused, self.drifts = state.notes(store, "quarantine"), state.drifts(store)
        self.sent = in_flight.by_stock_key(context, store)
        self.rules_changed = record.rules_seen not in (None, fingerprint(context, store))
        self.incomplete = not state.is_whole()
        self.paused = "paused = true in the configuration" if context.rules(store).paused else ""
        if record.paused is not None:
            self.paused = f"by {record.paused.by} at {stamp(record.paused.at)}"

    def __call__(self, item: Item, d: Decision) -> Circumstances:
        name = pack.stock_key(d.stock_key)
        refused, claimed = self.refused.get(name), self.record.unapplied.get(name)
        return Circumstances(
            due=d.stock_key.ref in self.due,
            sent=self.sent.get(d.stock_key, ()),
            drift=self.drifts.get(name),
            hold=self.held.get(d.stock_key),
            refused=refused and refused["why"],
            claimed=claimed.times if claimed else 0,
            shadow=self.context.rules(self.store).shadow,
            paused=self.paused,
            breaker=self.record.breaker,
            reasons=reasons(self.context, item, d.skip),
            rules_changed=self.rules_changed,
            incomplete=self.incomplete,
        )
