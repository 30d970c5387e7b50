"""The source's request budget, which all workers share through the state."""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from bridge.config import SourceSettings
from bridge.errors import RetryableSourceError
from bridge.state.lease import Lease
from bridge.state.store import State
from bridge.threeplguys import RateStatus
from connectors.base import UNSENT

EVERY = timedelta(milliseconds=250)
"""Pages come many at a time, and what others used since is no news within so little."""

EMPTY = "The request budget of the warehouse API is used up; it is read again when the budget is renewed."


class Meter:
    """One pull's view of the budget. What its own answers say counts at once; the state is asked and told
    a few times a second, and told once more at the end."""

    def __init__(self, source: SourceSettings, state: State, lease: Lease, now: Callable[[], datetime]) -> None:
        self._state, self._lease, self._now = state, lease, now
        self._account = account(source)
        self._left: dict[str, Any] | None = None
        self._asked: datetime | None = None
        self._told = True

    def before(self) -> None:
        """Ahead of each request. Raises LeaseLost, RetryableSourceError while there is no budget."""
        now = self._now()
        if self._asked is None or now - self._asked >= EVERY:
            self._asked = now
            self._lease.renew()
            self._tell()
            self._left = self._state.budget()
        left = self._left
        if left and left["of"] == self._account and left["remaining"] <= 0 and left["resets"] > now.timestamp():
            fault = RetryableSourceError(EMPTY, retry_after=left["resets"] - now.timestamp())
            fault.status = UNSENT
            raise fault

    def heard(self, status: RateStatus) -> None:
        """Every answer says what is left."""
        if status.remaining is None or status.reset_at is None or status.now is None:
            return
        resets = self._now().timestamp() + (status.reset_at - status.now).total_seconds()
        self._left = {"of": self._account, "limit": status.limit, "remaining": status.remaining, "resets": resets}
        self._told = False

    def close(self) -> None:
        self._tell()

    def _tell(self) -> None:
        if not self._told and self._left:
            self._state.put_source(budget=self._left)
            self._told = True


def account(source: SourceSettings) -> str:
    """Whose budget: another token has another one. A fingerprint too short to find the token by."""
    return sha256(f"{source.base_url}\n{source.token.get_secret_value()}".encode()).hexdigest()[:8]
