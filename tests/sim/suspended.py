"""A worker that is suspended in the middle of its work, as a machine does with its guests."""

import threading
from collections.abc import Callable
from typing import Any

from kombu.exceptions import OperationalError

from bridge.errors import LeaseLostError, StateError
from bridge.state.connect import sentence_of

from .engine import Board, KilledError, Process


class SuspendedWork:
    """A piece of work in a thread of its own that stops at one effect until it is let go on. Whoever drives it
    waits meanwhile, so that only one of the two ever runs."""

    def __init__(self, board: Board, process: Process, work: Callable[[], None], at: int) -> None:
        self._board, self.process, self._work = board, process, work
        self._go, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self.fault: BaseException | None = None
        self.done = False
        process.at, process.strike = at, self._stop
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self.go_on()

    def go_on(self) -> None:
        """Until it stops or ends. Raises what it raised."""
        before = self._board.running if hasattr(self._board, "running") else self.process
        self._board.running = self.process
        self._go.release()
        self._back.acquire()
        self._board.running = before
        if self.fault is not None:
            raise self.fault

    def _run(self) -> None:
        self._go.acquire()
        try:
            self._work()
        except BaseException as fault:  # noqa: BLE001  (raised where it is driven from)
            self.fault = fault
        self.done = True
        self._back.release()

    def _stop(self, what: str) -> None:
        self.process.under_way, self.process.stopped = what, self.process.effects
        self._back.release()
        self._go.acquire()


class Stalls:
    """Two workers at once. play: see `Play`."""

    def __init__(self, play: Any) -> None:
        self.play, self.suspended = play, list[SuspendedWork]()

    def stall(self) -> None:
        """A worker is suspended somewhere in a session."""
        play = self.play
        if self.suspended:
            return
        what = play.dice.choice(("push", "push", "pull", "sync"))
        message = (what, play.given(what))
        play.tell(f"another worker begins {message}")
        play.board.expire(play.raw)
        other = play.start()
        other.strike_at = play.dice.choice((None, *play.strikes))
        made = SuspendedWork(play.board, other, lambda: self._aside(message), play.dice.randint(1, 70))
        if not made.done:
            self.suspended.append(made)
            play.tell(f"  and stops at {other.under_way}")
            if play.dice.random() < 0.7:
                play.advance(200)

    def _aside(self, message: tuple[str, tuple[Any, ...]]) -> None:
        try:
            self.play.run_task(*message)
        except LeaseLostError as fault:
            self.play.tell(f"  {fault}")
        except (StateError, OperationalError) as fault:
            self.play.tell(f"  {sentence_of(fault)}")
        except KilledError:
            pass

    def wake(self) -> None:
        while self.suspended:
            made = self.suspended.pop()
            self.play.tell("the stopped worker goes on")
            self.play.board.expire(self.play.raw)
            made.go_on()
