"""What a long command is doing, on stderr, while a person watches."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from bridge.cli.loudness import LOUDNESS

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Emit(Protocol):
    """The event hook of a context: see `bridge.sync.context.SyncContext`."""

    def __call__(self, event: str, **facts: object) -> None: ...


def quiet(event: str, **facts: object) -> None:
    """A command prints its result; its steps are shown only where they take long and somebody watches."""


@contextmanager
def progress() -> Iterator[Emit]:
    """An event hook that draws one line for the warehouse and one for each store; silent in a pipe, and where the log
    is shown or nothing is wanted."""
    if not sys.stderr.isatty() or LOUDNESS.verbose or LOUDNESS.quiet:
        yield quiet
        return
    from bridge.cli import terminal  # noqa: PLC0415  (what draws is only needed where a person watches)

    with terminal.bars() as bars:
        yield _ProgressBars(bars)


@contextmanager
def at_rest(emit: Emit) -> Iterator[None]:
    """Nothing is drawn while a report is printed and a question waits for its answer."""
    if not isinstance(emit, _ProgressBars):
        yield
        return
    emit.bars.stop()
    try:
        yield
    finally:
        emit.bars.start()


class _ProgressBars:
    """Called from several threads, one per store."""

    def __init__(self, bars: "Progress") -> None:
        self.bars, self._lines, self._lock = bars, dict[str, "TaskID"](), Lock()

    def __call__(self, event: str, **facts: object) -> None:
        text = sentence(event, facts)
        if not text:
            return
        who = str(facts.get("store", "warehouse"))
        with self._lock:
            if who not in self._lines:
                self._lines[who] = self.bars.add_task(who, total=None)
            done, whole = facts.get("done"), facts.get("of")
            total = float(str(whole)) if whole is not None else None
            self.bars.update(
                self._lines[who], description=f"{who}: {text}", total=total, completed=float(str(done or 0))
            )


def sentence(event: str, facts: dict[str, object]) -> str:
    """A step in words; "" for one that is not worth showing."""
    forms = {
        "pull": "reading since {since}",
        "pulling": "{rows} rows read",
        "pulled": "{rows} rows read, {changed} changed",
        "mapping": "{listings} listings mapped",
        "reading": "{listings} listings read",
        "pushing": "{done} of {of} sent",
        "importing": "{done} of {of} changes made",
    }
    try:
        return forms.get(event, "").format(**facts)
    except KeyError:  # an event that has grown other facts must not end the work it tells of
        return event
