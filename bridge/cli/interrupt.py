"""Ctrl-C ends a command at once, even while its threads wait for a store."""

import signal
from threading import Event
from types import FrameType

_stop = Event()


def listen() -> None:
    """Let Ctrl-C end the waits of all threads, not only what the main one does."""
    signal.signal(signal.SIGINT, _stopped)


def _stopped(_signal: int, _frame: FrameType | None) -> None:
    _stop.set()
    raise KeyboardInterrupt


def wait(seconds: float) -> None:
    """Sleep, unless the command is interrupted. Raises KeyboardInterrupt in whatever thread it is called."""
    if _stop.wait(seconds):
        raise KeyboardInterrupt
