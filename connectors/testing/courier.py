"""What a sandbox sends by itself: deliveries of webhooks over real HTTP, from a thread of its own, and what goes wrong
on their way. Nothing leaves this machine: what is addressed elsewhere is not reached."""

import heapq
import itertools
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Hashable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

import httpx

from connectors.address import is_loopback
from connectors.http import NO_ANSWER_ERRORS, Now, build_client, opened
from connectors.values import replace

MOST = 10_000
"""Deliveries under way; what comes beyond is lost and counted."""
KEPT = 500
TICK = 0.01  # seconds between two looks at a clock that others move
IDLE = 0.5  # seconds without anything to do, after which the thread ends
SHUFFLED = 10  # deliveries that one may fall behind
AT_ONCE = datetime.min.replace(tzinfo=UTC)


def is_near(address: str) -> bool:
    """Whether it is on this machine: a sandbox sends nothing anywhere else."""
    try:
        return is_loopback(httpx.URL(address).host)
    except httpx.InvalidURL:
        return False


class Letter(NamedTuple):
    address: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Parcel:
    """One delivery under way. make: what is sent, made at the moment of sending; None: nothing any more. done: is told
    the status of the answer (None: there was none) → seconds until it is tried again, or None. key: equal ones that
    wait untried are one, see `Courier.waiting`. what: it is made of."""

    make: Callable[[], Letter | None]
    done: Callable[[int | None], float | None]
    key: Hashable = None
    what: Any = None


@dataclass(slots=True)
class Mishaps:
    """What goes wrong, each as a share of the deliveries: drop: lost before the first try. double: sent twice. late:
    sent `seconds` later, by the shop's clock. shuffle: overtaken by up to ten that come later. The same seed strikes
    the same ones."""

    drop: float = 0.0
    double: float = 0.0
    late: float = 0.0
    shuffle: float = 0.0
    seconds: float = 3600.0
    seed: int = 0
    dice: Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.dice = Random(self.seed)  # noqa: S311  (mishaps, no secret)

    def strikes(self, kind: str) -> bool:
        return self.dice.random() < float(getattr(self, kind))


class Courier:
    """clock, lock: the shop's; whoever posts holds the lock, so that what happens in one step is one delivery. seconds:
    that an answer may take, connection and all. connect: of these, the connection.

    counts: what became of the deliveries. log: the last that were sent, with the status of the answer. is_resting:
    nothing is sent, as in a shop whose background work stands still."""

    def __init__(self, clock: Now, lock: AbstractContextManager[Any], *, seconds: float, connect: float) -> None:
        self.clock, self.lock, self.seconds, self.connect = clock, lock, seconds, connect
        self.mishaps = Mishaps()
        self.counts: Counter[str] = Counter()
        self.log: deque[tuple[Letter, int | None]] = deque(maxlen=KEPT)
        self.is_resting = False
        self._under_way: list[tuple[datetime, int, int, Parcel]] = []
        self._untried: dict[Hashable, Parcel] = {}
        self._numbers = itertools.count()
        self._news = threading.Condition()
        self._is_sending = self._is_ending = False
        self._thread: threading.Thread | None = None

    def post(self, parcel: Parcel) -> None:
        """Send it as soon as it is its turn, if no mishap strikes it."""
        with self._news:
            if self.mishaps.strikes("drop"):
                self.counts["dropped"] += 1
                return
            parcels = [parcel]
            if self.mishaps.strikes("double"):
                self.counts["doubled"] += 1
                parcels.append(replace(parcel, key=None))
            for each in parcels:
                is_late = self.mishaps.strikes("late")
                self.counts["late"] += is_late
                self._put(each, self.mishaps.seconds if is_late else 0.0)
                if each.key is not None:
                    self._untried[each.key] = each

    def waiting(self, key: Hashable) -> Parcel | None:
        """The one with this key that waits and was not tried yet."""
        with self._news:
            return self._untried.get(key)

    def deliver(self, seconds: float = 10.0) -> None:
        """Wait until nothing is under way that is due by the shop's clock. Raises TimeoutError."""
        with self._news:
            if not self._news.wait_for(lambda: not self._is_sending and not self._is_due(), seconds):
                raise TimeoutError(f"{len(self._under_way)} deliveries are still under way")

    def close(self) -> None:
        """Forget what is under way, and end the thread."""
        with self._news:
            self._under_way.clear()
            self._untried.clear()
            self._is_ending, thread = True, self._thread
            self._news.notify_all()
        if thread is not None:
            thread.join(self.seconds + 1)
        self._is_ending = False

    # ------------------------------------------------------------ the thread

    def _put(self, parcel: Parcel, later: float) -> None:
        if len(self._under_way) >= MOST:
            self.counts["overflowed"] += 1
            return
        number = place = next(self._numbers)
        if self.mishaps.strikes("shuffle"):
            self.counts["shuffled"] += 1
            place += self.mishaps.dice.randint(1, SHUFFLED)
        due = self.clock() + timedelta(seconds=later) if later else AT_ONCE
        heapq.heappush(self._under_way, (due, place, number, parcel))
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True, name="courier")
            self._thread.start()
        self._news.notify_all()

    def _is_due(self) -> bool:
        waits = bool(self._under_way) and not self.is_resting
        return waits and self._under_way[0][0] <= self.clock()

    def _work(self) -> None:
        with build_client(timeout=httpx.Timeout(self.seconds, connect=self.connect)) as client:
            while (parcel := self._next()) is not None:
                again = None
                try:
                    with self.lock:
                        letter = parcel.make()
                        self._forget(parcel)
                    if letter:
                        status = self._sent(client, letter)
                        with self.lock:
                            again = parcel.done(status)
                finally:
                    self._finish(parcel, again)

    def _forget(self, parcel: Parcel) -> None:
        """From here on it is no longer one that waits."""
        with self._news:
            if self._untried.get(parcel.key) is parcel:
                del self._untried[parcel.key]

    def _finish(self, parcel: Parcel, again: float | None) -> None:
        with self._news:
            self._is_sending = False
            if again is not None and not self._is_ending:
                self._put(replace(parcel, key=None), again)
            self._news.notify_all()

    def _next(self) -> Parcel | None:
        """The next one that is due; None: nothing was under way for a while, and the thread ends."""
        last = time.monotonic() + IDLE
        with self._news:
            while not self._is_ending:
                if self._is_due():
                    *_, parcel = heapq.heappop(self._under_way)
                    self._is_sending = True
                    return parcel
                if not self._under_way and time.monotonic() >= last:
                    break
                self._news.wait(TICK if self._under_way else IDLE)
            self._thread = None
            return None

    def _sent(self, client: httpx.Client, letter: Letter) -> int | None:
        self.counts["tries"] += 1
        status: int | None = None
        if is_near(letter.address):
            headers = {**letter.headers, "Connection": "close"}
            request = client.build_request("POST", letter.address, headers=headers, content=letter.body)
            with suppress(*NO_ANSWER_ERRORS), opened(client, request, self.seconds) as answer:
                status = answer.status_code
        self.counts["unanswered"] += status is None
        self.log.append((letter, status))
        return status


def arrange(courier: Courier, given: Mapping[str, Any]) -> None:
    """The verb "mishaps" of /_control: shares by name; what is not named does not go wrong."""
    courier.mishaps = Mishaps(**given)


def sent(courier: Courier) -> dict[str, Any]:
    """What /_control shows of it."""
    last = [{"to": letter.address, "headers": dict(letter.headers), "status": status} for letter, status in courier.log]
    return {"counts": dict(+courier.counts), "last": last}
