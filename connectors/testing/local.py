"""A shop in this process, with the connector that reads and writes it: what tests of the whole bridge, and measurements
in virtual time, are made of. It may listen, too, for commands and workers.

Beside each sandbox, `connectors.<name>.sandbox.local` has a class `LocalStore` that keeps this protocol.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, ClassVar, Protocol

from connectors import registry
from connectors.base import Sender, StoreConnector
from connectors.testing.clock import ManualClock, SandboxClock
from connectors.testing.sandbox import BaseSandbox
from connectors.testing.troubles import Troubles

NOWHERE = "http://127.0.0.1:9"
"""An address at which nobody listens: requests do not leave the process."""

Offers = list[tuple[str, int]]
"""(SKU, units), in order."""


def seconds_of(now: Callable[[], datetime]) -> Callable[[], float]:
    """The same clock as a counter of seconds."""
    return lambda: now().timestamp()


class LocalStore(Protocol):
    """Built as `LocalStore(name, clock, rules)`, and beside these by what a platform's own tests need.

    platform: the name of its connector. connector: the class. name: as the configuration has it. rules: lines of its
    table. signing: lines that its table needs for webhooks. address: where that says it is. offered: what shoppers
    could buy after each write. sent: the numbers as they stood in the requests, where they say what shoppers may buy.
    places: warehouse id → location, or "" → the only one; empty where each number stands for all warehouses. shop: the
    platform's own, for its own tests. A place, where one is asked for, is a warehouse id or "".
    """

    platform: ClassVar[str]
    connector: ClassVar[Any]
    troubles: ClassVar[Troubles]
    signing: ClassVar[str]
    name: str
    rules: str
    address: str
    offered: Offers
    sent: Offers
    places: Mapping[str, str]
    shop: Any

    def __init__(self, name: str, clock: SandboxClock, rules: str = "", **settings: Any) -> None: ...

    @property
    def sandbox(self) -> BaseSandbox[Any, Any]:
        """Its API. Faults strike calls that "write" numbers, that "read", that ask for "orders", or any."""
        ...

    @property
    def options(self) -> Mapping[str, str]:
        """What its table says of address and keys, as they are, in the order that `init` asks."""
        ...

    @property
    def section(self) -> str:
        """Its table of the configuration, complete."""
        ...

    def listen(self) -> AbstractContextManager[None]:
        """Answer at an address of this machine until the block ends."""
        ...

    @property
    def writes(self) -> int:
        """Calls so far that wrote numbers."""
        ...

    def open(
        self, options: Any, locations: Sequence[str], send: Sender, now: Callable[[], datetime]
    ) -> StoreConnector: ...

    def add(self, sku: str, units: int, title: str = "") -> str:
        """Put something on sale, so many units at each place → its ref. title: else it is called by its SKU."""
        ...

    def add_sizes(self, product: str, units: Mapping[str, int]) -> None:
        """Put one product on sale whose sizes have SKUs and units of their own."""

    def ref(self, sku: str) -> str:
        """What the bridge calls the listing."""
        ...

    def shows(self, sku: str, place: str = "") -> int:
        """Units that shoppers may buy."""
        ...

    def sell(self, sku: str, units: int, place: str = "", at: datetime | None = None) -> Any:
        """Somebody buys, now or then → the order, for what follows."""
        ...

    def ship(self, order: Any) -> None: ...

    def reopen(self, order: Any) -> None:
        """What was shipped never left."""

    def cancel(self, order: Any) -> None: ...

    def edit_order(self, order: Any, units: int) -> None:
        """So many are bought instead."""

    def accept_return(self, order: Any, units: int) -> None:
        """Shipped units come back, and the shop puts them on sale by itself."""

    def edit(self, sku: str, units: int, place: str = "") -> None:
        """A person types what shoppers may buy."""

    def rename(self, sku: str, new: str) -> None: ...

    def swap(self, one: str, other: str) -> None:
        """Two listings get each other's SKU."""

    def recreate(self, sku: str) -> str:
        """Delete a listing and make it anew → its new ref."""
        ...

    def delete(self, sku: str) -> None: ...

    def untrack(self, sku: str) -> None:
        """From now on the shop does not count it."""

    def refuse(self, sku: str) -> str:
        """From now on the shop refuses every number for it → a part of the reason that it gives."""
        ...

    def accept(self, sku: str) -> None:
        """It refuses no longer."""

    def lose(self, count: int) -> Callable[[], None]:
        """The shop loses its first listings, in its lists and by id → what brings them back."""
        ...

    def lose_orders(self, count: int) -> Callable[[], None]:
        """The shop does not know its last orders any more, in its lists and by id → what brings them back."""
        ...

    def revoke(self) -> None:
        """The key is accepted no longer."""

    def slow_down(self, item_seconds: float) -> None:
        """From now on each item written takes so long, where the platform writes one by one."""

    def go_down(self) -> None:
        """Nobody answers."""

    def restore(self) -> None:
        """Nothing of this, nor any other fault, from here on."""


MakeStore = Callable[[str, ManualClock], LocalStore]
"""(name, clock) → a shop."""


def two_platforms() -> tuple[type[LocalStore], type[LocalStore]]:
    """The classes for shops of two platforms, or twice of the only one. Raises ConnectorLoadError."""
    first, other = (registry.load_beside(name, "sandbox.local").LocalStore for name in registry.pair("sandbox.local"))
    return first, other
