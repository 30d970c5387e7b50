"""The example connector keeps the whole contract."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

import pytest
from pydantic import SecretStr

from connectors.base import Batch, Outcome, RetryableStoreError, Sender, StockUpdate, Verdict, send_once
from connectors.testing.contract import ConnectorContract
from connectors.testing.harness import StoreFault, batch, update
from connectors.testing.memory import BlindMemoryConnector, MemoryConnector, MemoryStore, Order, Product

FAULTS = {
    StoreFault.THROTTLED: RetryableStoreError("The memory store asks for fewer requests.", retry_after=2.0, sent=False),
    StoreFault.DOWN: RetryableStoreError("The memory store is away.", sent=False),
    StoreFault.GARBLED: RetryableStoreError("The memory store sent a web page."),
    StoreFault.BROKEN: RetryableStoreError("The memory store is overloaded."),
}


T = TypeVar("T")


class MemoryHarness:
    location = ""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.secrets: tuple[str, ...] = (self.store.key,)
        self.losing = False

    def connect(self, send: Sender) -> MemoryConnector:
        return MemoryConnector(self.store, SecretStr(self.secrets[0]), self._losing(send))

    def _losing(self, send: Sender) -> Sender:
        """Lose the answer of the next request, after it did its work."""

        def sender(request: Callable[[], T]) -> T:
            answer = send(request)
            if self.losing:
                self.losing = False
                raise RetryableStoreError("The answer of the memory store was lost.", sent=True)
            return answer

        return sender

    def connect_widely(self, send: Sender) -> MemoryConnector:
        return self.connect(send)

    def now(self) -> datetime:
        return self.store.now

    def wait(self, seconds: float) -> None:
        self.store.now += timedelta(seconds=seconds)

    def add(self, sku: str, units: int) -> str:
        ref = str(len(self.store.products) + 1)
        self.store.products[ref] = Product(sku, units, self.store.now)
        return ref

    def units(self, ref: str) -> int:
        return self.store.products[ref].stock

    def edit(self, ref: str, units: int) -> None:
        self.store.products[ref].stock = units

    def order(self, ref: str, units: int) -> str:
        return self.order_several({ref: units})

    def order_several(self, units: Mapping[str, int]) -> str:
        (ref, first), *more = units.items()
        order = Order(f"o{len(self.store.orders)}", ref, first, self.now(), self.now(), also=dict(more))
        self.store.orders[order.id] = order
        for ref, sold in units.items():
            self.store.products[ref].stock -= sold
        return order.id

    def ship(self, order: str) -> None:
        self.store.orders[order].shipped_at = self.store.orders[order].changed_at = self.now()

    def cancel(self, order: str) -> None:
        self.store.orders[order].cancelled = True
        self.store.orders[order].changed_at = self.now()

    def vanish(self, ref: str) -> None:
        del self.store.products[ref]

    def poison(self, ref: str) -> None:
        self.store.products[ref].frozen = True

    def revoke(self) -> None:
        self.store.key = "another"

    def fail(self, fault: StoreFault) -> None:
        if fault is StoreFault.LOST_REPLY:
            self.losing = True
        else:
            self.store.failures.append(FAULTS[fault])


class TestMemory(ConnectorContract):
    @pytest.fixture
    def harness(self) -> MemoryHarness:
        return MemoryHarness()


class BlindHarness(MemoryHarness):
    def connect(self, send: Sender) -> BlindMemoryConnector:
        return BlindMemoryConnector(self.store, SecretStr(self.secrets[0]), self._losing(send))


class TestBlindMemory(ConnectorContract):
    """A store that cannot be read keeps the same contract, without its readings."""

    @pytest.fixture
    def harness(self) -> BlindHarness:
        return BlindHarness()

    def test_it_keeps_what_it_accepted_at_each_location(self, harness: BlindHarness) -> None:
        ref = harness.add("A", 3)
        said = harness.connect(send_once).push(batch(StockUpdate(ref, "L1", 7, was=1), StockUpdate(ref, "L2", 8)))
        assert [outcome.verdict for outcome in said] == [Verdict.APPLIED] * 2
        assert harness.store.accepted == {(ref, "L1"): 7, (ref, "L2"): 8}


class LosesTheLastOutcome(MemoryConnector):
    def push(self, batch: Batch) -> list[Outcome]:
        return list(super().push(batch))[:-1]


class ClaimsTooMuch(MemoryConnector):
    def push(self, batch: Batch) -> list[Outcome]:
        claimed = zip(super().push(batch), batch.updates, strict=True)
        return [type(outcome)(Verdict.APPLIED, shown=update.quantity) for outcome, update in claimed]


@pytest.mark.parametrize("broken", [LosesTheLastOutcome, ClaimsTooMuch])
def test_the_suite_notices_a_broken_connector(broken: type[MemoryConnector]) -> None:
    class BrokenHarness(MemoryHarness):
        def connect(self, send: Sender) -> MemoryConnector:
            return broken(self.store, SecretStr(self.secrets[0]), send)

    harness = BrokenHarness()
    with pytest.raises(AssertionError):
        TestMemory().test_one_outcome_per_update_in_the_same_order(harness, harness.connect(send_once))


def test_open_builds_it_from_options() -> None:
    options = MemoryConnector.Options(shop="corner", key=SecretStr("secret-key"))
    connector = MemoryConnector.open(options, locations=(), send=send_once)
    assert connector.check().name == "memory"
    assert connector.push(batch(update(MemoryHarness(), "nothing", 1)))[0].verdict is Verdict.MISSING
