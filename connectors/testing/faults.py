"""What goes wrong with the next requests, in a queue that tests fill."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, TypeVar

Action = Callable[[Any], object]
"""What happens around a call, which it is given."""


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


class FaultQueue(Generic[FaultT]):
    """The first fault in the queue that is meant for a call strikes; "act" goes beside any other.

    in_order: each waits for the one that was asked for before it. struck: how often each kind did.
    """

    def __init__(self, made: type[FaultT], *, in_order: bool = False) -> None:
        self.made, self.in_order = made, in_order
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
            self._prune()
            self.struck.update([found.kind] if found else [])
            return found

    def waiting(self) -> list[FaultT]:
        """Those that may strike the next call."""
        waiting = [each for each in self.queue if each.kind != "act"]
        return waiting[:1] if self.in_order else waiting

    def acts(self, call: Asked, when: str) -> list[Action]:
        """What else happens around this call."""
        with self.lock:
            meant = [each for each in self.queue if each.kind == "act" and each.when == when]
            found = [each.action for each in meant if each.strikes(call) and each.action]
            self._prune()
            return found

    def _prune(self) -> None:
        self.queue = [each for each in self.queue if each.times != 0]
