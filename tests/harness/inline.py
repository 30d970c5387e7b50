"""Executors without threads: what would run beside runs at once, or as late as it may."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any


class Late(Future[Any]):
    """The outcome of work that runs when somebody first asks for it: all that could be done ahead of it is done."""

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__()
        self._work, self._is_begun = work, False

    def result(self, timeout: float | None = None) -> Any:
        self._run()
        return super().result(timeout)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        self._run()
        return super().exception(timeout)

    def _run(self) -> None:
        if self._is_begun:
            return
        self._is_begun = True
        try:
            self.set_result(self._work())
        except BaseException as fault:  # noqa: BLE001  (a future keeps it for whoever asks)
            self.set_exception(fault)


class Inline(Executor):
    """Work that would run beside runs at once: what it does no longer depends on how threads take turns."""

    def __init__(self, max_workers: int = 1) -> None:
        del max_workers

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **named))
        except BaseException as fault:  # noqa: BLE001  (a future keeps it for whoever asks)
            future.set_exception(fault)
        return future


class FetchAhead(Inline):
    """The same, but the first of it, which is the pull of a cycle, runs when what runs beside it asks for its outcome:
    every store that is read ahead has told everything by then."""

    def __init__(self, max_workers: int = 1) -> None:
        super().__init__(max_workers)
        self._is_first = True

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        if not self._is_first:
            return super().submit(fn, *args, **named)
        self._is_first = False
        return Late(partial(fn, *args, **named))


class Abreast(Inline):
    """What was submitted is under way at once, as requests over a line are, and the last comes first: whatever others
    would have used as well, such as the rest of a budget, is its own."""

    def __init__(self, max_workers: int = 1) -> None:
        super().__init__(max_workers)
        self._under_way = list[Late]()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        own = Late(partial(fn, *args, **named))
        self._under_way.append(own)
        return Late(partial(self._come, own))

    def _come(self, own: Late) -> Any:
        while self._under_way:
            self._under_way.pop().exception()
        return own.result()
