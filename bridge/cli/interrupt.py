"""Ctrl-C ends a command promptly, even while its threads wait for a store: nothing more is sent, what is on its way
gets a moment, and what this process holds is given back. A second Ctrl-C ends it at once."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Timer
from types import FrameType

MOMENT = 3.0
"""Seconds for what is on its way."""

STOPPING = (
    f"\nStopping: nothing more is sent; what is on its way gets {MOMENT:.0f} seconds, and what was not confirmed stays"
    " due. Ctrl-C again ends it at once.\n"
)
INTERRUPTED = 130

_stop = Event()
_ended: list[int] = []
_holding: list[Callable[[], None]] = []
"""What gives back what this process holds, while it works on real edges."""


def listen() -> None:
    """Let Ctrl-C end the waits of all threads, not only what the main one does."""
    signal.signal(signal.SIGINT, _stopped)


def ended(code: int) -> None:
    """The command is done and only has to be left: from here on a Ctrl-C raises nothing."""
    _ended.append(code)
    _stop.set()


def _stopped(_signal: int, _frame: FrameType | None) -> None:
    if _stop.is_set():
        _end_now()
    _stop.set()
    if _holding:
        with suppress(RuntimeError, OSError):  # in the middle of printing, or with nobody to read it
            sys.stderr.write(STOPPING)
            sys.stderr.flush()
        soon = Timer(MOMENT, _end_now)
        soon.daemon = True
        soon.start()
    raise KeyboardInterrupt


def _end_now() -> None:
    """Without waiting for any thread. Guards end the servers that this process started."""
    for let_go in _holding:
        let_go()
    os._exit(_ended[-1] if _ended else INTERRUPTED)


def wait(seconds: float) -> None:
    """Sleep, unless the command is interrupted. Raises KeyboardInterrupt in whatever thread it is called."""
    if _stop.wait(seconds):
        raise KeyboardInterrupt


@contextmanager
def giving_back(let_go: Callable[[], None]) -> Iterator[None]:
    """A block during which a sudden end calls `let_go` first, which gives back what this process holds."""
    _holding.append(let_go)
    try:
        yield
    finally:
        _holding.remove(let_go)
