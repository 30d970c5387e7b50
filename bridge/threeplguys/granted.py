"""The grant that a person gave with `stockbridge login`, kept alive by whoever needs it, one process at a time."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock

from pydantic import SecretStr

from bridge.core.grant import Grant, is_due, is_idle, is_usable
from bridge.errors import BrokenAnswerError, GrantEndedError, RetryableSourceError, SourceError
from bridge.state.change import ConflictError
from bridge.state.grant import GrantStore, StoredGrant
from bridge.state.store import State
from bridge.threeplguys.oauth import Login
from bridge.threeplguys.token_endpoint import TokenEndpoint
from connectors.base import UNSENT

LEASE = "grant"
SOON = 1.0  # seconds after which to look whether the other process has refreshed it
PAUSE = timedelta(seconds=30)
"""Between two tries to refresh a pair that is still good."""

NOBODY = (
    "No grant of this OAuth client is stored here: nobody has logged in yet, Redis was lost, or client_secret has"
    " changed since; run `stockbridge login`."
)
SPENT = (
    "The answer to a refresh of the OAuth grant was lost, and with it the new tokens; the old ones are not accepted any"
    " more: run `stockbridge login`."
)
BUSY = "Another process refreshes the OAuth grant at this moment; what it brings is used then."


class GrantedTokens:
    """Hands out the access token of the stored grant (see `tokens.Tokens`). Whoever finds it near its end refreshes it,
    under a lease; all others go on with the stored pair, or wait for it. Safe to use from several threads.

    now: the clock that processes share. Raises StateError, SourceError.
    """

    remedies: Mapping[int, str] = {
        401: "refused the token of an OAuth grant that was just refreshed (401): see that [source] base_url and"
        " [source.oauth] belong together, then run `stockbridge login`.",
        403: "accepts the OAuth grant but not for stock (403): it lacks the scope `inventory`; run `stockbridge login`"
        " and consent to it.",
    }

    def __init__(self, endpoint: TokenEndpoint, store: GrantStore, state: State, now: Callable[[], datetime]) -> None:
        self._endpoint, self._store, self._state, self._now = endpoint, store, state, now
        self._held: StoredGrant | None = None
        self._unsaved: tuple[StoredGrant, Grant] | None = None
        self._failed_at: datetime | None = None
        self._lock = Lock()

    def token(self) -> SecretStr:
        with self._lock, _unsent():
            now = self._now()
            if self._held is None or is_due(self._held.grant, now):
                self._held = self._load()
            if is_due(self._held.grant, now):
                self._refresh_early(self._held, now)
            return SecretStr(self._held.grant.access_token)

    def renew(self, refused: SecretStr) -> bool:
        """Refresh the pair, unless another process has done so already."""
        with self._lock, _unsent():
            self._held = self._load()
            if self._held.grant.access_token == refused.get_secret_value():
                self._refresh(self._held)
            return True

    def keep_alive(self) -> None:
        """Refresh a grant that nobody used for a week, or it ends."""
        with self._lock:
            self._held = self._load()
            if is_idle(self._held.grant, self._now()):
                self._refresh(self._held)

    def accept(self, code: str, login: Login) -> Grant:
        """Turn what a person brought into a grant, and store it instead of any other → the grant; one that lacks a
        scope is not stored."""
        grant = self._endpoint.exchange(code, login)
        with self._lock:
            if not grant.missing:
                self._held, self._unsaved = self._store.save(grant), None
            return grant

    def shown(self) -> Grant:
        """The grant as it stands, for people."""
        with self._lock:
            return self._load().grant

    def _load(self) -> StoredGrant:
        """The stored pair, after this process has stored what Redis did not take before. Raises GrantEndedError."""
        if self._unsaved is not None:
            self._save(*self._unsaved)
        if (found := self._store.load()) is None:
            raise GrantEndedError(NOBODY)
        return found

    def _refresh_early(self, held: StoredGrant, now: datetime) -> None:
        """Refresh the pair ahead of its end. While it is good, nothing is lost by another try a little later."""
        if is_usable(held.grant, now) and self._failed_at is not None and now - self._failed_at < PAUSE:
            return
        try:
            self._refresh(held)
        except RetryableSourceError:
            self._failed_at = now
            if not is_usable(held.grant, now):
                raise

    def _refresh(self, held: StoredGrant) -> None:
        with self._state.leased(LEASE) as lease:
            if lease is None:
                raise RetryableSourceError(BUSY, retry_after=SOON)
            self._held = self._load()
            if self._held.raw == held.raw:  # else somebody was faster
                self._save(self._held, self._next(self._held))

    def _next(self, held: StoredGrant) -> Grant:
        """The next pair. After a lost answer the old one is tried once more: either the refresh did not happen, or the
        API forgives it; if it does not, the grant is lost. A refusal counts only while the pair is the stored one."""
        try:
            try:
                return self._endpoint.refresh(held.grant)
            except BrokenAnswerError as lost:
                try:
                    return self._endpoint.refresh(held.grant)
                except GrantEndedError:
                    raise GrantEndedError(SPENT) from lost
        except GrantEndedError:
            if self._load().raw == held.raw:
                raise
            return self._load().grant

    def _save(self, before: StoredGrant, grant: Grant) -> None:
        """Store a pair; what Redis does not take now is stored by the next who needs a token here: without it the grant
        is lost. A pair that a person's login put there meanwhile stays."""
        self._unsaved = before, grant
        try:
            self._held, self._unsaved = self._store.replace(before, grant), None
        except ConflictError:
            self._unsaved = None
            self._held = self._load()


@contextmanager
def _unsent() -> Iterator[None]:
    """What goes wrong here is said of the request that needs a token as well: it was not sent, so that nothing was
    changed by it, and no row of its page is to blame."""
    try:
        yield
    except BrokenAnswerError as fault:
        told = RetryableSourceError(str(fault), retry_after=fault.retry_after)
        told.status = UNSENT
        raise told from fault
    except SourceError as fault:
        fault.status = UNSENT
        raise
