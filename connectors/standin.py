"""What the stand-ins of foreign APIs have in common: a clock to move, faults in a queue, a record of what they were
asked, and /_control for hands in another process. How they are reached is in connectors.served."""

import json
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Generic, Protocol, TypeVar
from urllib.parse import urlsplit

from connectors.served import CONTROL_PATH, Response, as_json

KEPT_CALLS = 500

Given = dict[str, Any]
Action = Callable[[Any], object]
"""What happens around a call, which it is given."""
CallT = TypeVar("CallT")


class HandClock:
    """A clock that stands until it is moved; `advance` may serve as a stand-in's `sleep`."""

    def __init__(self, now: datetime = datetime(2026, 11, 20, 12, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


# -- faults --------------------------------------------------------------------------------------------


class Asked(Protocol):
    """A call, as far as faults look at it."""

    def is_meant(self, wanted: str) -> bool:
        """Whether a fault that is `on` this strikes the call."""
        ...


@dataclass(slots=True, kw_only=True)
class Fault:
    """on: the calls that `is_meant` knows by this word; None: any. skip: how many such calls go well first. times: how
    often it strikes, -1 for always. after: the call is applied first.

    "act" is no fault: its action runs before the call; with when="after", or after=True, once it has been applied.
    """

    kinds: ClassVar[frozenset[str]] = frozenset()
    kind: str
    on: str | None = None
    after: bool = False
    skip: int = 0
    times: int = 1
    seconds: float | None = None
    status: int = 503
    location: str | None = None
    body: str = ""
    when: str = "before"
    action: Action | None = None

    def __post_init__(self) -> None:
        if self.kind not in self.kinds:
            raise ValueError(f"no fault is called {self.kind!r}; there are {', '.join(sorted(self.kinds))}")
        if self.kind == "act" and self.after:
            self.when = "after"

    def strikes(self, call: Asked) -> bool:
        """Whether this call is its turn; counts it."""
        if self.on is not None and not call.is_meant(self.on):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times > 0:
            self.times -= 1
        return True


FaultT = TypeVar("FaultT", bound=Fault)


class Faults(Generic[FaultT]):
    """The first fault in the queue that is meant for a call strikes; "act" goes beside any other.
    struck: how often each kind did."""

    def __init__(self, made: type[FaultT]) -> None:
        self.made = made
        self.queue: list[FaultT] = []
        self.struck: Counter[str] = Counter()
        self.lock = threading.Lock()

    def add(self, kind: str, **settings: Any) -> FaultT:
        fault = self.made(kind=kind, **settings)
        with self.lock:
            self.queue.append(fault)
        return fault

    def clear(self) -> None:
        with self.lock:
            self.queue.clear()

    def mend(self) -> None:
        """Nothing goes wrong from here on; what else happens around calls stays."""
        with self.lock:
            self.queue = [each for each in self.queue if each.kind == "act"]

    def take(self, call: Asked) -> FaultT | None:
        """What strikes this call."""
        with self.lock:
            found = next((each for each in self.waiting() if each.strikes(call)), None)
            self._tidy()
            self.struck.update([found.kind] if found else [])
            return found

    def waiting(self) -> list[FaultT]:
        """Those that may strike the next call."""
        return [each for each in self.queue if each.kind != "act"]

    def acts(self, call: Asked, when: str) -> list[Action]:
        """What else happens around this call."""
        with self.lock:
            meant = [each for each in self.queue if each.kind == "act" and each.when == when]
            found = [each.action for each in meant if each.strikes(call) and each.action]
            self._tidy()
            return found

    def _tidy(self) -> None:
        self.queue = [each for each in self.queue if each.times != 0]


# -- the stand-in of a store -----------------------------------------------------------------------------


class StandIn(Generic[CallT, FaultT]):
    """A store's API, as far as all of them are alike.

    faults: what goes wrong next. calls: how often each request arrived, by name. log: the last of them. leaks: those
    that carried a secret where it must not go. late: what is still to be applied of calls whose clients lost patience.
    """

    def __init__(self, made: type[FaultT]) -> None:
        self.faults: Faults[FaultT] = Faults(made)
        self.calls: Counter[str] = Counter()
        self.log: deque[CallT] = deque(maxlen=KEPT_CALLS)
        self.leaks: list[str] = []
        self.late: list[Callable[[], object]] = []

    def before_request(self, run: Action, *, on: str | None = None, times: int = 1, skip: int = 0) -> FaultT:
        """Run something in the shop just before a call is looked at."""
        return self.faults.add("act", action=run, on=on, times=times, skip=skip)

    def after_apply(self, run: Action, *, on: str | None = None, times: int = 1, skip: int = 0) -> FaultT:
        """Run something in the shop when a call has been applied, before its answer leaves."""
        return self.faults.add("act", action=run, on=on, times=times, skip=skip, when="after")

    def land(self) -> None:
        """Apply the calls that were under way when their clients lost patience, oldest first."""
        waiting, self.late = self.late, []
        for apply in waiting:
            apply()


StandInT = TypeVar("StandInT", bound=StandIn[Any, Any])
Shown = Mapping[str, Callable[[StandInT], Any]]
Verbs = Mapping[str, Callable[[StandInT, Given], Any]]


class Control(Generic[StandInT]):
    """`GET /_control/<what is shown>` and `POST /_control/<verb>` with a JSON object, for other processes.

    Every stand-in shows `leaks` and `struck`, and knows `clear`, `land` and `fault` {"kind", …}, whose "action":
    {"verb", …} runs another verb.
    """

    def __init__(self, shown: Shown[StandInT], verbs: Verbs[StandInT]) -> None:
        self.shown: Shown[StandInT] = {
            "leaks": lambda sandbox: sandbox.leaks,
            "struck": lambda sandbox: dict(sandbox.faults.struck),
            **shown,
        }
        self.verbs: Verbs[StandInT] = {
            "fault": self._fault,
            "clear": lambda sandbox, _: sandbox.faults.clear(),
            "land": lambda sandbox, _: sandbox.land(),
            **verbs,
        }

    def answer(self, sandbox: StandInT, method: str, url: str, body: bytes) -> Response:
        """Mistakes come back as 400 with a sentence."""
        name = urlsplit(url).path.removeprefix(CONTROL_PATH)
        try:
            shows = method == "GET"
            found = self.shown[name](sandbox) if shows else self.perform(sandbox, name, json.loads(body or b"{}"))
        except (KeyError, ValueError, TypeError, StopIteration) as error:
            return as_json(400, {"error": f"{name}: {type(error).__name__}: {error}"})
        return as_json(200, found)

    def perform(self, sandbox: StandInT, verb: str, given: Given) -> Any:
        result = self.verbs[verb](sandbox, given)
        return result if isinstance(result, dict | list) else {"done": True}

    def _fault(self, sandbox: StandInT, given: Given) -> None:
        action = given.pop("action", None)
        if action:
            verb = action.pop("verb")
            given["action"] = lambda _: self.perform(sandbox, verb, dict(action))
        sandbox.faults.add(**given)


# -- a catalogue that could be a real one ----------------------------------------------------------------

GOODS = ("Hoodie", "T-Shirt", "Mug", "Beanie", "Tote Bag", "Notebook", "Candle", "Water Bottle", "Poster", "Socks")
COLOURS = ("Black", "White", "Sand", "Olive", "Navy", "Rust", "Grey", "Teal")
SIZES = ("XS", "S", "M", "L", "XL")
UNITS = (0, 1, 3, 12, 40, 250)


@dataclass(slots=True)
class Seeded:
    """skus: every distinct non-empty SKU in the order of creation. writable: of those, what the bridge may set and
    exactly one listing has; drafts are among them. The rest names the odd ones."""

    skus: list[str] = field(default_factory=list)
    writable: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    drafts: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    without_sku: int = 0
