"""What people decide about a store: stop, go on, let held falls through or drop them. Each decision is kept with who
made it, apart from the history of numbers, which one large push fills."""

import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from bridge.core.guard import Hold
from bridge.core.model import StockKey
from bridge.errors import LeaseLostError
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.state.lease import Lease
from bridge.state.records import Decided
from bridge.sync.context import SyncContext
from connectors.values import replace

AGAIN = 0.2
"""Seconds between two looks whether the store is free."""

SOMEBODY = "somebody"

NAMED = 100
"""A decision on more listings than these is kept as one on all of the store."""


def pause(context: SyncContext, store: str, by: str) -> None:
    """Write nothing to a store until `resume`. It is still read, and its committed units still reserve."""
    context.state.ensure_whole()  # a note on a state that has not begun would be dropped with the rest
    change = Change()
    change.note_store(store, paused=Decided(context.now(), by))
    record_decision(context, change, store, "pause", by)
    context.state.commit(change)


def resume(context: SyncContext, store: str, by: str = SOMEBODY) -> None:
    """Write again, and close the circuit breaker, so that the store is tried at once. `paused = true` in the
    configuration stays."""
    context.state.ensure_whole()
    change = Change()
    change.note_store(store, paused=None, breaker=None)
    record_decision(context, change, store, "resume", by)
    context.state.commit(change)


def confirm_absent(context: SyncContext, store: str, by: str = SOMEBODY) -> None:
    """Let the next full list of a store be believed, whoever reads it and whatever it leaves out."""
    context.state.ensure_whole()
    change = Change()
    change.note_store(store, confirm_absent=Decided(context.now(), by))
    record_decision(context, change, store, "confirm-absent", by)
    context.state.commit(change)


def undecided(context: SyncContext, store: str, *, reject: bool = False) -> Mapping[StockKey, Hold]:
    """Holds that a decision would change: a rejected one may still be released, but not the other way round."""
    open_to = (None,) if reject else (None, "reject")
    return {stock_key: hold for stock_key, hold in context.state.held(store).items() if hold.decision in open_to}


def release(
    context: SyncContext, store: str, *, reject: bool = False, by: str = SOMEBODY,
    only: Collection[StockKey] | None = None,
) -> Mapping[StockKey, Hold]:  # fmt: skip
    """Let held falls through with the next push, or drop them → the holds decided on. only: those a person has seen;
    None: all. Raises LeaseLostError when a worker stays with the store for longer than the context is patient."""
    with _alone(context, store) as lease:
        undone = undecided(context, store, reject=reject).items()
        found = {stock_key: hold for stock_key, hold in undone if only is None or stock_key in only}
        what, change = "reject" if reject else "release", Change()
        for stock_key, hold in found.items():
            said = replace(hold, decision="reject" if reject else "release")
            change.put(keys.of_store(store, "held"), pack.stock_key(stock_key), pack.hold(said))
        if found:
            why = f"{len(found)} held: " + "; ".join(sorted({hold.why for hold in found.values()}))
            record_decision(context, change, store, what, by, {stock_key.ref for stock_key in found}, why)
        if not reject:
            change.due.extend((store, stock_key.ref) for stock_key in found)
        context.state.commit(change, lease)
    return found


def record_decision(
    context: SyncContext, change: Change, store: str, what: str, by: str, refs: Collection[str] | None = None,
    why: str = "",
) -> None:  # fmt: skip
    """Add to a change who decided what, when, and on which listings of a store; None: on the store as a whole. The
    oldest go first when there are more than KEPT_DECISIONS."""
    named = None if refs is None or len(refs) > NAMED else sorted(refs)
    keep_decision(context, change, {"what": what, "store": store, "by": by, "refs": named, "why": why})


def keep_decision(context: SyncContext, change: Change, said: Mapping[str, object]) -> None:
    """Add to a change what a person decided now: "what", "by", "why", the "store" and its "refs", or the "skus"."""
    now = pack.ms(context.now())
    change.put(keys.DECISIONS, f"{now:015}-{secrets.token_hex(3)}", pack.dumps({"at": now, **said}))
    old = list(context.state.decisions())[: -keys.KEPT_DECISIONS + 1]
    change.drops += [(keys.DECISIONS, name) for name in old]


@contextmanager
def _alone(context: SyncContext, store: str) -> Iterator[Lease]:
    """A worker in the middle of a push writes back the holds it knows, so a decision must not fall in between."""
    waited = 0.0
    while True:
        with context.lease(f"store:{store}") as lease:
            if lease is not None:
                yield lease
                return
        if waited >= context.retry_seconds:
            raise LeaseLostError(f"A worker is busy with {store}; nothing was decided, try again in a minute.")
        context.wait(AGAIN)
        waited += AGAIN
