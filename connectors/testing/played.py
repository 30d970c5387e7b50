"""A shop that the simulation of the whole loop plays with: what happens in shops of its platform, and what it shows.

Beside each sandbox, `connectors.<name>.sandbox.played` has a class `PlayedStore` that keeps this protocol.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any, ClassVar, Protocol

from connectors import registry
from connectors.testing.local import LocalStore

Acts = Mapping[str, Callable[[Random], str]]
"""Name → something that happens in the shop, as the dice have it, and is told in a sentence."""

NEXT_MONTH = timedelta(days=30)


class PlayedStore(LocalStore, Protocol):
    """settings: what a shop may be built with, of which a seed chooses. call: what the log calls a write. public, away:
    the status of a listing on sale, and those of one that is not. long_ago: the age of an order that the platform does
    not show; None: it shows all. strains: what makes calls fail besides `troubles`. oddities: what no promise makes an
    exception for."""

    settings: ClassVar[Sequence[Mapping[str, Any]]]
    call: ClassVar[str]
    public: ClassVar[str]
    away: ClassVar[Sequence[str]]
    long_ago: ClassVar[timedelta | None]
    strains: Acts
    oddities: Acts

    @property
    def counts(self) -> bool:
        """Whether the shop counts its stock at all."""
        ...

    def numbers(self) -> Iterator[tuple[str, str, int]]:
        """(ref, location, number) as a write would have it, of all that is shown."""
        ...

    def newest(self) -> set[tuple[str, ...]]:
        """What of the newest write shows the number it brought, as (SKU,) or (SKU, place)."""
        ...

    def refs(self) -> set[str]: ...

    def has(self, ref: str, location: str, number: int) -> bool:
        """Whether it shows the number."""
        ...

    def late_others(self, call: Any) -> Iterator[Any]:
        """Calls that may still land and bring another number for what this one writes, where nothing compares."""
        ...

    def set_status(self, sku: str, status: str) -> None: ...

    def leave_out(self, dice: Random) -> bool:
        """Lists leave out some of what is there, until `leave_in`. False: on this platform nothing does that."""
        ...

    def leave_in(self) -> None: ...

    def end_strains(self) -> None: ...

    def end_oddities(self) -> None: ...


def unreadable_played() -> Callable[..., Any] | None:
    """The class for a shop that cannot be read, of the first platform that has one. It keeps a part of the protocol: it
    is asked for nothing, and its listings keep their names. `warehouses` are those that it ships from, `repeats`
    whether it is sent everything again each day. None: no such platform is installed."""
    part = "sandbox.played"
    for name in registry.beside(part):
        if not registry.load_connector(name).capabilities.readable:
            made: Callable[..., Any] = registry.load_beside(name, part).PlayedStore
            return made
    return None


def two_played() -> tuple[type[PlayedStore], type[PlayedStore]]:
    """The classes for shops of two platforms, or twice of the only one. Raises ConnectorLoadError."""
    part = "sandbox.played"
    first, other = (registry.load_beside(name, part).PlayedStore for name in registry.pair(part))
    return first, other
