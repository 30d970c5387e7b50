"""The source's request budget, which all workers share through the state."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from threading import Lock

from bridge.config import SourceSettings
from bridge.core.schedule import RateStatus, RequestBudget, long_requests_left
from bridge.errors import RetryableSourceError, WindowSpentError
from bridge.state.lease import Lease
from bridge.state.records import BudgetRecord
from bridge.state.store import State
from connectors.base import UNSENT

EVERY = timedelta(milliseconds=250)
"""Pages come many at a time, and what others used since is no news within so little."""

SPENT = "Of the request budget only what polls for changes need is left; try again when it is renewed."
EMPTY = "The request budget of the warehouse API is used up; it is read again when the budget is renewed."


SAME = 2.0
"""Seconds by which the end of one and the same window may seem to move: the headers know whole seconds."""


class RateBudget:
    """One pull's view of the budget. What its own answers say counts at once, and so do requests that are not answered
    yet; the state is asked and told a few times a second, and told once more at the end. Safe in several threads.

    lease: renewed meanwhile; None for who keeps nobody else out."""

    def __init__(self, source: SourceSettings, state: State, lease: Lease | None, now: Callable[[], datetime]) -> None:
        self._state, self._lease, self._now = state, lease, now
        self._account = account(source)
        self._left: BudgetRecord | None = None
        self._asked: datetime | None = None
        self._told = True
        self._unanswered = 0
        self._lock = Lock()

    def before(self) -> None:
        """Ahead of each request. Raises LeaseLostError, RetryableSourceError while there is no budget."""
        with self._lock:
            now = self._now()
            self._look(now)
            budget = self.budget
            if budget is not None and budget.ends > now and budget.remaining <= 0:
                fault = RetryableSourceError(EMPTY, retry_after=(budget.ends - now).total_seconds())
                fault.status = UNSENT
                raise fault
            self._unanswered += 1

    def before_long(self) -> None:
        """The same ahead of each request of a long pull. Raises WindowSpentError where that has used its share."""
        with self._lock:
            self._look(self._now())
            if not self._is_free():
                raise WindowSpentError(SPENT)
            self._unanswered += 1

    def after(self) -> None:
        """A request was answered, or never will be."""
        with self._lock:
            self._unanswered -= 1

    def has_room(self) -> bool:
        """Whether a long pull may go on."""
        with self._lock:
            self._look(self._now())
            return self._is_free()

    def is_empty(self) -> bool:
        """Whether nobody may ask at this moment."""
        with self._lock:
            now = self._now()
            self._look(now)
            budget = self.budget
            return budget is not None and budget.ends > now and budget.remaining <= 0

    @property
    def budget(self) -> RequestBudget | None:
        left = self._left
        if left is None:
            return None
        return RequestBudget(left.limit, left.remaining, datetime.fromtimestamp(left.resets, UTC))

    def _is_free(self) -> bool:
        budget, now = self.budget, self._now()
        return budget is None or budget.ends <= now or long_requests_left(budget, now) > self._unanswered

    def _look(self, now: datetime) -> None:
        if self._asked is None or now - self._asked >= EVERY:
            self._asked = now
            if self._lease is not None:
                self._lease.renew()
            self._tell()
            left = self._state.source_record().budget
            self._left = left if left and left.of == self._account else None

    def heard(self, status: RateStatus) -> None:
        """Every answer says what is left. Answers overtake each other: within one window it only becomes less."""
        if status.remaining is None or status.reset_at is None or status.now is None:
            return
        resets = self._now().timestamp() + (status.reset_at - status.now).total_seconds()
        remaining = status.remaining
        with self._lock:
            if self._left and abs(self._left.resets - resets) <= SAME:
                remaining, resets = min(remaining, self._left.remaining), self._left.resets
            limit = status.limit or status.remaining
            self._left = BudgetRecord(self._account, limit, remaining, resets)
            self._told = False

    def close(self) -> None:
        self._tell()

    def _tell(self) -> None:
        if not self._told and self._left:
            self._state.note_source(budget=self._left)
            self._told = True


def account(source: SourceSettings) -> str:
    """Whose budget: each token, or OAuth client, has its own. A fingerprint too short to find the token by."""
    return sha256(f"{source.base_url}\n{source.credential.get_secret_value()}".encode()).hexdigest()[:8]
