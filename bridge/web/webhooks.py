"""`POST /webhooks/STORE`: what shops deliver. An answer waits for a signature to be checked, and for nothing else: one
thread takes in afterwards what came, all of it together, and again later where Redis is away."""

import asyncio
import hmac
import secrets
import time
from collections import Counter, deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Condition, Thread

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from bridge import log
from bridge.core.hints import Verdict
from bridge.errors import StateError
from bridge.state.deliveries import KEPT, Rest
from bridge.sync.context import SyncContext
from bridge.sync.webhooks import Delivery, take
from bridge.web.answers import bounded_body, refusal
from connectors.skills import Hint, SignsWebhooks

PATH = "/webhooks/{store}"
LARGEST = 1024 * 1024  # bytes of a body
SLOWEST = 10.0  # seconds until a body is there
REFUSED_AFTER = 0.05
"""Seconds after which every refusal is answered: how long finding out took tells nothing of what stores there are."""

GAP = 0.02  # seconds in which what comes is taken in together
AGAIN = 1.0  # seconds until the next try where Redis is away
REPEAT = 60.0  # seconds after which the same trouble is told again
ENDING = 5.0  # seconds that what was answered has to be taken in when the server ends
CHECKING = 2  # signatures that are checked at once
UNKNOWN = Hint("", "nothing")
"""Of a body that a connector failed to read: nobody knows whose it is."""


class _Nobody:
    """Stands for a store that there is not, or that signs nothing: it takes as long as any other."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def hint(self, headers: Mapping[str, str], body: bytes) -> None:
        given = headers.get("x-signature", "").encode()
        hmac.compare_digest(hmac.digest(self._key, body, "sha256"), given)


@dataclass
class _Pending:
    """What one store delivered and nobody took in yet: the last of it one by one, with when it came by our clock of
    seconds; the rest, which the log would not keep, as what it asks for."""

    last: deque[tuple[float, Hint]] = field(default_factory=deque)
    rest: Rest = field(default_factory=Rest)

    def add(self, came: float, hint: Hint) -> None:
        self.last.append((came, hint))
        while len(self.last) > KEPT:
            _, oldest = self.last.popleft()
            self.count("of no use" if oldest.means == "nothing" else "read at once")
            self.rest.asks |= oldest.means != "nothing"
            self.rest.of_listings |= oldest.means == "listings"

    def count(self, verdict: Verdict, times: int = 1) -> None:
        self.rest.counts[verdict] = self.rest.counts.get(verdict, 0) + times


class Webhooks:
    """The endpoint for every store of a configuration. Nothing that goes wrong behind it is the shop's concern: it
    would deliver no more, and the poll finds the same."""

    def __init__(self, context: SyncContext) -> None:
        self._context, self._nobody = context, _Nobody()
        every = {name: store.options for name, store in context.settings.stores.items()}
        self._signers = {name: options for name, options in every.items() if isinstance(options, SignsWebhooks)}
        self._checking = ThreadPoolExecutor(CHECKING, thread_name_prefix="signatures")
        self._pending, self._changed, self._ends = dict[str, _Pending](), Condition(), False
        self._told = dict[str, float]()
        self._taking = Thread(target=self._take_all, name="webhooks", daemon=True)
        self._taking.start()

    async def post(self, request: Request) -> Response:
        """Answer one delivery. 401 where it is not signed with a key of the store, whatever store that is."""
        store = str(request.path_params["store"])
        try:
            body = await asyncio.wait_for(bounded_body(request, LARGEST), SLOWEST)
        except (TimeoutError, ClientDisconnect):
            return refusal(408, "The body did not come in time", {"Connection": "close"})
        if body is None:
            return refusal(413, f"The body must have at most {LARGEST} bytes", {"Connection": "close"})
        loop = asyncio.get_running_loop()
        began, headers = loop.time(), {name.lower(): value for name, value in request.headers.items()}
        hint = await loop.run_in_executor(self._checking, self._heard, store, headers, body)
        if hint is not None:
            return Response(status_code=200)
        await asyncio.sleep(began + REFUSED_AFTER - loop.time())
        return refusal(401, "This is not signed with a key of this store")

    def close(self) -> None:
        """Wait for what was answered to be taken in, unless Redis is away or does not answer."""
        self._checking.shutdown()
        with self._changed:
            self._ends = True
            self._changed.notify()
        self._taking.join(ENDING)

    def _heard(self, store: str, headers: Mapping[str, str], body: bytes) -> Hint | None:
        came, signer = time.monotonic(), self._signers.get(store, self._nobody)
        try:
            hint = signer.hint(headers, body)
        except Exception as fault:  # noqa: BLE001  (a connector that fails must not have the shop stop delivering)
            self._tell("webhook not understood", store, exc_info=fault)
            hint = UNKNOWN
        if store in self._signers:
            with self._changed:
                pending = self._pending.setdefault(store, _Pending())
                if hint is None or hint is UNKNOWN:
                    pending.count("bad signature" if hint is None else "not understood")
                else:
                    pending.add(came, hint)
                self._changed.notify()
        if hint is None:
            self._tell(
                "webhook refused", store if store in self._signers else "", error="bad signature or no such store"
            )
        return hint

    def _tell(self, event: str, store: str, **facts: object) -> None:
        """Into the log, the same trouble of a store once a minute: strangers decide how often it comes."""
        now, name = time.monotonic(), f"{event} {store}"
        if now - self._told.get(name, -REPEAT) >= REPEAT:
            self._told[name] = now
            log.get().warning(event, store=store, **facts)

    def _take_all(self) -> None:
        """The thread that takes in what came, until the server ends."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._pending or self._ends)
                if not self._pending:
                    return
                came, self._pending = self._pending, {}
            failed = {store: pending for store, pending in came.items() if not self._taken(store, pending)}
            with self._changed:
                if failed and self._ends:
                    return
                for store, pending in failed.items():
                    self._pending[store] = _joined(pending, self._pending.get(store))
                self._changed.wait_for(lambda: self._ends, AGAIN if failed else GAP)

    def _taken(self, store: str, pending: _Pending) -> bool:
        """Whether it need not be tried again."""
        try:
            now, here = self._context.now(), time.monotonic()
            rows = [Delivery(now - timedelta(seconds=here - came), hint) for came, hint in pending.last]
            take(self._context, store, rows, pending.rest)
        except StateError as fault:
            self._tell("webhooks wait for Redis", store, error=str(fault))
            return False
        except Exception as fault:  # noqa: BLE001  (the next delivery is another try, and the poll finds the same)
            self._tell("bug", store, exc_info=fault)
        return True


def _joined(first: _Pending, then: _Pending | None) -> _Pending:
    for came, hint in then.last if then else ():
        first.add(came, hint)
    if then is not None:
        counts = Counter(first.rest.counts)
        counts.update(then.rest.counts)
        asks, of_listings = first.rest.asks or then.rest.asks, first.rest.of_listings or then.rest.of_listings
        first.rest = Rest(dict(counts), asks, of_listings)
    return first
