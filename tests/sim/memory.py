"""What the product keeps per process in a module's variables, for many processes in one."""

from collections.abc import Callable, Iterator, MutableMapping, MutableSet
from dataclasses import dataclass, field


@dataclass
class Memory:
    """held, doubtful: see `state.lease`. marks: see `state.unreleased`."""

    held: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)
    marks: dict[str, str] = field(default_factory=dict)


class OwnSet(MutableSet[str]):
    """own: the set of whichever process runs."""

    def __init__(self, own: Callable[[], set[str]]) -> None:
        self._own = own

    def __contains__(self, value: object) -> bool:
        return value in self._own()

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._own()))

    def __len__(self) -> int:
        return len(self._own())

    def add(self, value: str) -> None:
        self._own().add(value)

    def discard(self, value: str) -> None:
        self._own().discard(value)


class OwnMarks(MutableMapping[str, str]):
    """own: the marks of whichever process runs."""

    def __init__(self, own: Callable[[], dict[str, str]]) -> None:
        self._own = own

    def __getitem__(self, key: str) -> str:
        return self._own()[key]

    def __setitem__(self, key: str, value: str) -> None:
        self._own()[key] = value

    def __delitem__(self, key: str) -> None:
        del self._own()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._own())

    def __len__(self) -> int:
        return len(self._own())
