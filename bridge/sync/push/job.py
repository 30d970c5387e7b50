"""One push during a session: what its steps share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from bridge.core.drift import Drift
from bridge.core.guard import Cut, Hold
from bridge.core.in_flight import Sent, may_send
from bridge.core.model import StockKey
from bridge.core.plan import Decision, decide
from bridge.core.shadow import Rehearsal
from bridge.core.undo import Undoable
from bridge.state import keys, pack
from bridge.state.undo import Remembered
from bridge.sync.context import SyncContext
from bridge.sync.inputs import load_view
from bridge.sync.report import Pushed
from bridge.sync.session import StoreSession
from connectors.base import StoreError
from connectors.values import replace


@dataclass
class Job:
    """proof_since: see `inputs.load_view`. due: ref → version at the start; due_version: of everything due anywhere,
    see `State.due_version`. waiting: ref → how many of its stock keys still keep it due, where these are several. held:
    what the guard holds in this store; cuts: falls that it lets pass. drifts: what drifted in this store. drawn: a few
    of the writes that the store confirmed, by lot, each with the number it drew. unanswered: writes in flight. losses:
    writes in a row without an answer; fault: of the last one. earlier: the push before this one in the same session.
    undoing: the run that is being undone, see `rollback`. foreseen: ref → what it would have been sent, in shadow mode.
    """

    session: StoreSession
    run: str
    proof_since: datetime | None
    due: Mapping[str, str]
    report: Pushed
    held: dict[StockKey, Hold] = field(default_factory=dict)
    cuts: Mapping[StockKey, Cut] = field(default_factory=dict)
    drifts: dict[StockKey, Drift] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    drawn: list[tuple[float, Decision]] = field(default_factory=list)
    unanswered: Mapping[StockKey, Sequence[Sent]] = field(default_factory=dict)
    losses: int = 0
    fault: StoreError | None = None
    earlier: "Job | None" = None
    undoing: str | None = None
    due_version: str | None = None
    foreseen: Mapping[str, Rehearsal] = field(default_factory=dict)

    @property
    def context(self) -> SyncContext:
        return self.session.context

    @property
    def store(self) -> str:
        return self.session.store

    @cached_property
    def has_notes(self) -> frozenset[str]:
        """Which notes there were at the start, of those that few stores have: nobody else adds to them, and this job
        asks for those of a listing before it adds to them itself."""
        return self.context.state.filled(self.store, ("tries", "quarantine", "orphaned"))

    @cached_property
    def written_over(self) -> Remembered:
        """What it wrote over, for `rollback`."""
        run = Undoable(self.run, pack.ms(self.context.now()), undoes=self.undoing)
        return Remembered(self.context.state, self.store, run)

    def key(self, what: str) -> str:
        return keys.of_store(self.store, what)

    def is_counted(self, stock_key: StockKey) -> bool:
        """Whether the earlier push of this session has decided on it for good."""
        first = self.earlier
        return (
            first is not None and stock_key.ref in first.due and stock_key not in first.report.stale | first.report.lost
        )

    def is_blocked(self, d: Decision) -> bool:
        """Whether an unanswered write forbids the number that this stock key should have."""
        return bool(self.unanswered) and d.quantity is not None and not self.may_send(d.stock_key, d.quantity)

    def may_send(self, stock_key: StockKey, quantity: int) -> bool:
        unanswered = self.unanswered.get(stock_key)
        return not unanswered or may_send(
            quantity, unanswered, compares=self.context.capabilities(self.store).compare_and_set
        )

    def decide(self, refs: Sequence[str]) -> dict[str, Sequence[Decision]]:
        """ref → one decision per location, from what is known at this moment."""
        view = load_view(self.context, self.store, refs, proof_since=self.proof_since, held=self.held)
        rules, can = self.context.rules(self.store), self.context.capabilities(self.store)
        suspected = {stock_key.ref for stock_key, drift in self.drifts.items() if drift.suspected}
        unproven = {ref: replace(view.inputs[ref], proven=False) for ref in suspected & view.inputs.keys()}
        return {ref: decide(inputs, view.pools, rules, can) for ref, inputs in {**view.inputs, **unproven}.items()}
