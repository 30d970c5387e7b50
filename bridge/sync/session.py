"""One store that is open, what its steps share, and what is asked of it."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from bridge.state.change import Change
from bridge.state.last_writes import LastWrites
from bridge.state.lease import Lease
from bridge.state.records import Requests, Result, StoreRecord
from bridge.sync.context import SyncContext
from bridge.sync.report import Pushed
from bridge.transport.retry import RetryPolicy
from connectors.base import StoreConnector
from connectors.chunks import chunks

CHUNK = 500
LONGEST_RETRY = timedelta(minutes=15)
REFRESH_EVERY = timedelta(minutes=15)
"""How often a store is asked for listings that changed; all of them are asked for once a day."""


@dataclass(frozen=True)
class StoreSession:
    """A store that is open, leased and ready to be asked. sender counts the requests. pushes: what each push of
    this session has done so far. before: what stood in its record when it began, of what people and webhooks ask for,
    and by which rules it was written. made_due: stores of which it has made listings due."""

    context: SyncContext
    store: str
    lease: Lease
    connector: StoreConnector
    sender: RetryPolicy
    before: StoreRecord
    pushes: list[Pushed] = field(default_factory=list)
    made_due: set[str] = field(default_factory=set)

    @property
    def asked(self) -> Requests:
        """What people had asked of the store when it began."""
        return self.before.requests

    @cached_property
    def last_writes(self) -> LastWrites:
        """What the history tells of the writes to this store; kept, so that no part of it is read twice."""
        return LastWrites(self.context.state, self.store)

    def commit(self, change: Change) -> None:
        """Raises ConflictError, LeaseLostError; then nothing of it was changed."""
        self.context.state.commit(change, self.lease)
        self.made_due.update(store for store, _ in change.due)


def result_of(context: SyncContext, number: int, report: Pushed) -> Result:
    """What a session did, for whoever asked for it."""
    person = bool(report.held or report.operator or report.rejected)
    due = report.due - report.applied - report.unchanged
    return Result(number, context.now(), report.applied, due, report.error, report.held, person)


def stock_keys_due(context: SyncContext, store: str) -> int:
    """How many stock keys the due listings have, as far as they were read."""
    count = 0
    for chunk in chunks(context.state.due(store), CHUNK):
        shown = context.state.store_stock(store, chunk)
        count += sum(max(1, len(shown.get(ref, ()))) for ref in chunk)
    return count


def is_paused(context: SyncContext, store: str) -> bool:
    return context.rules(store).paused or context.state.store_record(store, "paused").paused is not None


def note(session: StoreSession, **facts: object) -> None:
    """Note facts of the store's record."""
    change = Change()
    change.note_store(session.store, **facts)
    session.commit(change)
