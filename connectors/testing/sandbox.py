"""What the sandboxes of foreign APIs have in common: faults in a queue, and a record of what they were asked."""

from collections import Counter, deque
from collections.abc import Callable
from typing import Generic, TypeVar

from connectors.testing.faults import Action, FaultQueue, FaultT

KEPT_CALLS = 500

CallT = TypeVar("CallT")


class BaseSandbox(Generic[CallT, FaultT]):
    """A foreign API, as far as all of them are alike.

    faults: what goes wrong next. calls: how often each request arrived, by name. log: the last of them. leaks: those
    that carried a secret where it must not go. late: what is still to be applied of calls whose clients lost patience.
    """

    def __init__(self, made: type[FaultT], *, in_order: bool = False) -> None:
        self.faults: FaultQueue[FaultT] = FaultQueue(made, in_order=in_order)
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
