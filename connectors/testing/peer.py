"""A program that people run instead of a bridge, written for the shops of one platform.

Beside each sandbox, `connectors.<name>.sandbox.peer` has a class `Peer` that keeps this protocol.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from connectors.testing.client import SandboxClient
from connectors.testing.troubles import Plan

Wanted = Mapping[str, int]
"""SKU → the number that the shop should show."""


@dataclass(frozen=True)
class Said:
    """arrived: the answer had a status of success. done: nothing in its body says otherwise, for any item."""

    arrived: bool
    done: bool


class Peer(Protocol):
    """One shop as a program sees it that knows every SKU's address from before. calls: requests sent so far.

    ways: the name of each way to push that is usual on the platform → which of those in `bench.peers_ways`, and its
    batch. throttled: how a write is answered 429. Built by the sandbox that it asks.
    """

    ways: ClassVar[Mapping[str, tuple[str, int]]]
    throttled: ClassVar[Plan]
    calls: int

    def __init__(self, said: Mapping[str, str], behind: SandboxClient) -> None:
        """said: what the sandbox told of itself. behind: to see the addresses."""

    def set(self, wanted: Wanted) -> Said:
        """One request, whatever the number of SKUs."""
        ...

    def look_up(self, sku: str) -> bool:
        """One request for where a SKU is and what it shows → whether it was answered. Never called where no way of the
        platform looks up."""
        ...

    def sold(self) -> dict[str, int]:
        """SKU → units of its open order."""
        ...

    def spoil(self, sku: str) -> None:
        """From now on the shop refuses to write this one, for good."""

    def close(self) -> None: ...
