"""What Redis was asked by one client, in numbers that are the same on every machine."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any


@contextmanager
def counted(db: Any) -> Iterator[list[str]]:
    """A list that grows with each round trip: a command, or a pipeline of some."""
    asked, command, pipeline = list[str](), db.execute_command, db.pipeline

    def noted(work: Callable[..., Any], *args: Any, **options: Any) -> Any:
        asked.append(work.__name__)
        return work(*args, **options)

    def piped(*args: Any, **options: Any) -> Any:
        made = pipeline(*args, **options)
        vars(made)["execute"] = partial(noted, made.execute)
        return made

    vars(db).update(execute_command=partial(noted, command), pipeline=piped)
    try:
        yield asked
    finally:
        del vars(db)["execute_command"], vars(db)["pipeline"]
