"""What machines do to the bridge, and no promise makes an exception for: Redis refuses for a while, clocks are hours
off, a list is longer than its budget, and a worker process takes other messages while a session waits for an answer."""

from collections.abc import Callable, Mapping
from math import ceil
from random import Random
from typing import Any

from bridge.state import pulled

from .engine import Process, ViolationError
from .harness import SimHarness
from .passing import LOST, WORDS, Passing

HOURS = (-26 * 3600.0, -7200.0, -10.0, 10.0, 7200.0, 26 * 3600.0)
PLENTY, WINDOW = 1_000_000, 3600.0


class Machines:
    """kinds: what of it happens in this seed. Dice of their own leave those of the others as they fall."""

    def __init__(self, harness: SimHarness, seed: int, *, odd: bool) -> None:
        self.harness, self.dice = harness, Random(f"{seed} machines")
        self.kinds = {kind for kind in ("passing", "clocks", "budget", "lent") if self.dice.random() < 0.3 and odd}
        acts: Mapping[str, Callable[[], str]] = {"passing": self.refuse, "clocks": self.set_clock}
        self.acts = [act for kind, act in acts.items() if kind in self.kinds]

    def act(self) -> str:
        return self.dice.choice(self.acts)()

    def begins(self, process: Process) -> None:
        """A process starts, on a machine of its own."""
        if "clocks" in self.kinds:
            process.watch.ahead = self.dice.choice(HOURS)

    # -- Redis -----------------------------------------------------------------------------------------

    def refuse(self) -> str:
        word = self.dice.choice((*WORDS, LOST))
        after, left = self.dice.randint(0, 60), self.dice.choice((1, 3, 20, 100))
        self.harness.board.passing = Passing(word, after, 1 if word == LOST else left)
        return f"Redis: {word} ×{left} after {after}"

    def is_told_again(self) -> bool:
        """A message is delivered again when the connection broke that it came on."""
        return self.dice.random() < 0.5

    # -- waiting ---------------------------------------------------------------------------------------

    def lends(self) -> bool:
        """Whether a session waits for an answer long enough for its process to take other messages."""
        return "lent" in self.kinds and self.dice.random() < 0.4

    def others(self) -> tuple[str, ...]:
        return self.dice.choice((("push",), ("pull",), ("push", "pull"), ("tick", "push")))

    # -- clocks ----------------------------------------------------------------------------------------

    def set_clock(self) -> str:
        process = self.harness.board.running
        process.watch.ahead = ahead = self.dice.choice((0.0, *HOURS))
        return f"the clock of machine {process.number} is set {ahead:+,.0f} s off"

    # -- the warehouse's budget ------------------------------------------------------------------------

    def fill(self) -> None:
        """A whole pull needs more than a window: more products than are sold make a list of many pages."""
        if "budget" in self.kinds:
            for n in range(self.dice.randint(12, 20)):
                self.harness.warehouse.add(f"FILLER-{n}", {"1": n})
            switches = self.harness.source.switches
            switches.max_take, switches.rate_limit = 3, self.dice.randint(8, 16)

    # -- the end ---------------------------------------------------------------------------------------

    def end(self, round_after: Callable[[float], Any]) -> None:
        """All is as it should be again; but a pull that is under way has as many windows as it needs, and no more."""
        switches = self.harness.source.switches
        if "budget" in self.kinds:
            self._end_pull(round_after)
            switches.max_take, switches.rate_limit = 50, PLENTY
            round_after(WINDOW)

    def _end_pull(self, round_after: Callable[[float], Any]) -> None:
        """Half of a window's share is enough to go by, for pages overlap and polls take some as well. It is asked after
        each half: the next look behind the pull may itself be longer than a window, and is no part of it."""
        switches, state = self.harness.source.switches, self.harness.context.state
        rows = len(self.harness.warehouse)
        windows = ceil(rows / (switches.max_take - 1) / max(1, switches.rate_limit // 2)) + 2
        for _ in range(2 * windows):
            round_after(WINDOW / 2)
            if state.source_record().full_at and pulled.load_unfinished(state) is None:
                return
        raise ViolationError(
            f"a whole pull of {rows} rows is not done after {windows} windows: {pulled.load_unfinished(state)}"
        )
