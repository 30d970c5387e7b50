"""What a connector is tried on: a store to act in behind its back, and senders that need no waiting.

See connectors.testing.contract for the suite that uses it.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar, runtime_checkable

from connectors.base import (
    Batch,
    OrderLine,
    Outcome,
    Reading,
    RetryableStoreError,
    Sender,
    StockUpdate,
    StoreConnector,
    Verdict,
)
from connectors.skills import SignsWebhooks

T = TypeVar("T")


class StoreFault(StrEnum):
    """What the store does to the next request."""

    THROTTLED = "throttled"  # refuses it for coming too soon, and says how long to wait
    DOWN = "down"  # cannot be reached
    GARBLED = "garbled"  # answers with a web page
    BROKEN = "broken"  # answers with a server error, and has done nothing
    LOST_REPLY = "lost reply"  # does it, and the answer never arrives


class StoreHarness(Protocol):
    """A store to play in. Units are of the kind that the connector writes (Capabilities.writes)."""

    location: str  # where it holds stock; "" for stores without locations
    secrets: tuple[str, ...]  # keys and tokens that no text may contain

    def connect(self, send: Sender) -> StoreConnector: ...
    def connect_widely(self, send: Sender) -> StoreConnector:
        """At two locations, where the store has any."""
        ...

    def now(self) -> datetime: ...
    def wait(self, seconds: float) -> None:
        """Let the store's clock run. Nobody sleeps."""

    def add(self, sku: str, units: int) -> str:
        """Put a product on sale; return its ref."""
        ...

    def units(self, ref: str) -> int:
        """The store's own number."""
        ...

    def edit(self, ref: str, units: int) -> None:
        """Change it by hand, as a person in the store's admin would."""

    def order(self, ref: str, units: int) -> str: ...
    def order_several(self, units: Mapping[str, int]) -> str:
        """One order of several products, by ref."""
        ...

    def ship(self, order: str) -> None: ...
    def cancel(self, order: str) -> None: ...
    def vanish(self, ref: str) -> None:
        """Delete the product."""

    def poison(self, ref: str) -> None:
        """From now on the store refuses writes to this one, for a lasting reason."""

    def revoke(self) -> None:
        """From now on the store refuses the key."""

    def fail(self, fault: StoreFault) -> None: ...


@runtime_checkable
class SpoilsListings(Protocol):
    """What a harness has whose connector has the skill SetsAside."""

    def spoil(self, ref: str) -> None:
        """From now on every answer that would show this product breaks off."""
        ...


@runtime_checkable
class DeliversWebhooks(Protocol):
    """What a harness has whose connector has the skills SignsWebhooks and ReceivesWebhooks. signature: the header that
    a delivery is signed in, in small letters."""

    signature: str

    def signing(self) -> SignsWebhooks:
        """Its options."""
        ...

    def other_stores(self) -> Mapping[str, SignsWebhooks]:
        """Options of other stores that its deliveries are not for, by what is other about them."""
        ...

    def signed(self, topic: str, body: bytes) -> Mapping[str, str]:
        """The headers of a delivery with this body, names in small letters."""
        ...

    def deliver(self) -> None:
        """Wait until all that is due was delivered."""

    def subscribed(self) -> Sequence[tuple[str, str]]:
        """Topic and address of every webhook that the store has, also of those that rest."""
        ...

    def subscribe_another(self, address: str) -> None:
        """Another program has a topic of ours delivered elsewhere."""

    def give_up(self) -> None:
        """One of ours failed too often: the store does with it what it does."""

    def lose_answers(self, count: int) -> None:
        """So many of the next writes to its webhooks are done, and their answers lost."""


class RetryingSender:
    """A sender that lets the store's clock run instead of waiting. waits: what it was asked to wait."""

    def __init__(self, harness: StoreHarness, tries: int = 20) -> None:
        self._harness, self._tries = harness, tries
        self.waits: list[float] = []

    def __call__(self, request: Callable[[], T]) -> T:
        for _ in range(self._tries):
            try:
                return request()
            except RetryableStoreError as error:
                self.waits.append(error.retry_after or 1.0)
                self._harness.wait(self.waits[-1])
        return request()


class Closed:
    """A sender that sends nothing."""

    def __call__(self, request: Callable[[], T]) -> T:  # noqa: ARG002
        raise RetryableStoreError("the sender is closed", sent=False)


def update(harness: StoreHarness, ref: str, quantity: int, was: int | None = None) -> StockUpdate:
    return StockUpdate(ref, harness.location, quantity, was)


def batch(*updates: StockUpdate, key: str = "3f0c9a52-7f5b-4c5e-9d43-0a8d4f0f7c11") -> Batch:
    return Batch(key=key, run="run-1", updates=updates)


def verdicts(outcomes: Sequence[Outcome]) -> list[Verdict]:
    return [outcome.verdict for outcome in outcomes]


def number(connector: StoreConnector, row: Reading) -> int:
    """Of a reading, the number of the kind that the connector writes."""
    return row.on_hand if connector.capabilities.writes == "on_hand" else row.available


def of_order(connector: StoreConnector, since: datetime | None, order: str) -> list[OrderLine]:
    """What is told of one order, the same thing told twice counted once."""
    return list(dict.fromkeys(row for row in connector.changes(since) if row.order == order))


def shows_secret(harness: StoreHarness, error: BaseException | None) -> bool:
    """Whether a key or token appears in an error or in one of its causes."""
    if error is None:
        return False
    found = any(secret in f"{error!s} {error!r}" for secret in harness.secrets)
    return found or shows_secret(harness, error.__cause__)


def awake(sleep: Callable[[float], None]) -> Callable[[float], None]:
    """A time.sleep that refuses to in this thread, where the connector runs."""
    mine = threading.get_ident()

    def refuse(seconds: float) -> None:
        if threading.get_ident() == mine:
            raise AssertionError("a connector never sleeps: raise RetryableStoreError(retry_after=…)")
        sleep(seconds)

    return refuse
