"""Where the processor's time goes, in every thread: most of the bridge's work happens outside the main one."""

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

from bench.report import Row

EVERY = 0.002
"""Seconds between two samples."""

SHOWN = 40


class Profile:
    """A sampler: what each thread used of the processor since the last sample counts for the function it is in.
    Threads that wait cost nothing, so the sum is CPU time and not wall time. Linux only."""

    def __init__(self) -> None:
        self.own: Counter[str] = Counter()
        self.with_callees: Counter[str] = Counter()
        self._spent: dict[int, int] = {}
        self._done = threading.Event()
        self._sampler = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._switch = sys.getswitchinterval()
        sys.setswitchinterval(EVERY / 200)  # or samples would fall where threads give way, and hardly elsewhere
        for thread in threading.enumerate():
            self._used(thread.native_id or 0)  # what it did before is not counted
        self._sampler.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._done.set()
        self._sampler.join()
        sys.setswitchinterval(self._switch)

    def rows(self) -> list[Row]:
        """The dearest functions: seconds of their own, and with what they called."""
        return [
            {"function": name, "own s": round(ns / 1e9, 2), "with callees s": round(self.with_callees[name] / 1e9, 2)}
            for name, ns in self.own.most_common(SHOWN)
        ]

    @property
    def seconds(self) -> float:
        """All that was sampled."""
        return round(self.own.total() / 1e9, 2)

    def _run(self) -> None:
        while not self._done.wait(EVERY):
            frames = sys._current_frames()
            for thread in threading.enumerate():
                if thread is not self._sampler and thread.ident in frames and thread.native_id:
                    self._count(frames[thread.ident], self._used(thread.native_id))

    def _used(self, thread: int) -> int:
        """Nanoseconds since the last sample of that thread; of a new one, since it began."""
        try:
            now = int(Path(f"/proc/self/task/{thread}/schedstat").read_text().split()[0])
        except OSError:  # it has just ended
            return 0
        before, self._spent[thread] = self._spent.get(thread, 0), now
        return now - before

    def _count(self, frame: FrameType, used: int) -> None:
        stack = list(dict.fromkeys(_name(each) for each in _callers(frame)))
        self.own[stack[0]] += used
        for name in stack:
            self.with_callees[name] += used


def _callers(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _name(frame: FrameType) -> str:
    code: Any = frame.f_code
    return f"{'/'.join(Path(code.co_filename).parts[-2:])}:{code.co_firstlineno} {code.co_qualname}"
