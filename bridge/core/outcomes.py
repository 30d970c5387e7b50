"""What the store said of each item → what to remember, what stays due, what a person must see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bridge.core.model import StockKey, StoreStock
from bridge.core.plan import Decision
from connectors.base import Outcome, Verdict
from connectors.values import replace

MAX_TRIES = 8
"""After so many deferrals in a row an item is set aside: waiting has stopped being a plan."""

SEVERAL = 2


@dataclass(frozen=True, slots=True)
class OutcomeResults:
    """applied: what each written stock key shows now. quarantine: stock key → the store's reason.
    doubted: what stock keys of a store that cannot be read show for all that is known. missing: refs to forget and find
    again. again: refs to read anew before deciding once more.
    deferred: stock key → why it stays due. tries: consecutive deferrals, of those that had or have any; 0 clears the
    count.
    """

    applied: Mapping[StockKey, StoreStock] = field(default_factory=dict)
    quarantine: Mapping[StockKey, str] = field(default_factory=dict)
    doubted: Mapping[StockKey, StoreStock] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    again: frozenset[str] = frozenset()
    deferred: Mapping[StockKey, str] = field(default_factory=dict)
    tries: Mapping[StockKey, int] = field(default_factory=dict)

    def done(self, refs: Iterable[str]) -> frozenset[str]:
        """Of these refs, the ones that nothing keeps due."""
        open_refs = {stock_key.ref for stock_key in self.deferred} | self.again
        return frozenset(refs) - open_refs


def judge_outcomes(
    decisions: Sequence[Decision], outcomes: Sequence[Outcome], *, tries: Mapping[StockKey, int], now: datetime,
    readable: bool = True,
) -> OutcomeResults:  # fmt: skip
    """Match outcomes to decisions by position. readable: a reading will show what came of those that are not known.
    Raises ValueError when the connector lost one: then nothing is known, and nothing may be marked as done."""
    if len(decisions) != len(outcomes):
        raise ValueError(f"{len(outcomes)} outcomes for {len(decisions)} updates: a bug in the connector")
    said = list(zip(decisions, outcomes, strict=True))
    deferred = {
        d.stock_key: o.reason or "not known"
        for d, o in said  # not known, or the store took another number than was sent (an order landed in between)
        if o.verdict is Verdict.DEFERRED or (o.verdict is Verdict.APPLIED and o.shown not in (None, d.quantity))
    }
    count = {stock_key: tries.get(stock_key, 0) + 1 for stock_key in deferred}
    given_up = {s: f"deferred {n} times: {deferred[s]}" for s, n in count.items() if n >= MAX_TRIES}
    rejected = {d.stock_key: o.reason for d, o in said if o.verdict is Verdict.REJECTED}
    unknown = [] if readable else [d for d, o in said if o.verdict is Verdict.DEFERRED]
    return OutcomeResults(
        applied={d.stock_key: stock_after_write(d, o, now) for d, o in said if o.verdict is Verdict.APPLIED},
        quarantine=rejected | given_up,
        doubted={d.stock_key: doubted(d.known, d.quantity) for d in unknown if d.known and d.quantity is not None},
        missing=frozenset(d.stock_key.ref for d, o in said if o.verdict is Verdict.MISSING),
        again=frozenset(s.ref for s in deferred if s not in given_up),
        deferred={s: why for s, why in deferred.items() if s not in given_up},
        tries={s: 0 if s in given_up else count.get(s, 0) for s in tries.keys() | count.keys()},
    )


def refused_as_one(outcomes: Sequence[Outcome]) -> str | None:
    """The store's reason, where no item is at fault: it takes none and calls one forbidden, which is a right that our
    key lacks; or it refuses several, every one, and says the same of all, which is a right or a switch."""
    if all(o.verdict is not Verdict.APPLIED for o in outcomes) and (denied := next(filter(is_denied, outcomes), None)):
        return denied.reason
    said = set(outcomes)
    first = next(iter(said), None)
    if first is None or len(said) > 1 or len(outcomes) < SEVERAL or not first.general:
        return None
    return first.reason if first.verdict is Verdict.REJECTED else None


def is_denied(outcome: Outcome) -> bool:
    """Whether the store refuses the item because our key may not write it."""
    return outcome.verdict is Verdict.REJECTED and outcome.forbidden


def stock_after_write(decision: Decision, outcome: Outcome, now: datetime) -> StoreStock:
    """What a stock key shows after its write: the store's echo where there is one, else what was sent."""
    known, number = decision.known, outcome.shown if outcome.shown is not None else decision.quantity
    if number is None:
        raise ValueError(f"an outcome for {decision.stock_key}, which was never sent")
    reached = number == decision.quantity
    if known is None or decision.shown is None:  # the first number that a store which cannot be read accepts
        first = StoreStock(number, 0, number, stocked=True, at=now)
        return replace(first, last_target=decision.offer, basis=decision.basis) if reached else first
    moved = number - decision.shown
    last_target, basis = (decision.offer, decision.basis) if reached else (known.last_target, known.basis)
    available = known.available + moved
    on_hand = available if decision.fraction else known.on_hand + moved
    return StoreStock(available, known.committed, on_hand, known.stocked, now, last_target, basis)


def doubted(known: StoreStock, quantity: int) -> StoreStock:
    """What a store that cannot be read shows after a write that may have landed: what it accepted before, or that
    number. The lesser counts, so that no increase passes for less than it is."""
    if known.sure and quantity == known.available:
        return known
    least = min(known.available, quantity)
    return replace(known, available=least, on_hand=least, sure=False)


def clear_targets(results: OutcomeResults) -> OutcomeResults:
    """What was put back is no target: the guard judges whatever falls from there, as before the first push."""
    applied = {stock_key: replace(known, last_target=None, basis={}) for stock_key, known in results.applied.items()}
    return replace(results, applied=applied)


def not_gone(results: OutcomeResults, decisions: Sequence[Decision], why: str) -> OutcomeResults:
    """What the store called gone is not believed to be: it stays due, and nothing is forgotten."""
    stock_keys = {d.stock_key for d in decisions if d.stock_key.ref in results.missing}
    return replace(results, missing=frozenset(), deferred={**results.deferred, **dict.fromkeys(stock_keys, why)})


def confirm_target(decision: Decision) -> StoreStock | None:
    """A stock key that already shows what it should: remember for the guard that this target was reached.
    None: nothing new to remember."""
    known, target = decision.known, decision.target
    if known is None or target is None or decision.skip or decision.has_change:
        return None
    new = replace(known, last_target=decision.offer, basis=decision.basis)
    return None if new == known else new
