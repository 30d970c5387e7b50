"""The connector keeps the contract: the inherited suite, on the sandbox."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from connectors.base import Outcome, Sender, Status, StoreConnector, Verdict
from connectors.testing.contract import ConnectorContract
from connectors.testing.harness import StoreFault
from connectors.testing.http import in_memory
from corner_shop import CornerShopConnector
from corner_shop.options import Options
from corner_shop.sandbox import KEY, Sandbox, Shop
from corner_shop.translate import Row, outcome_of

FAULTS: Mapping[StoreFault, tuple[str, bool]] = {
    StoreFault.THROTTLED: ("throttled", False),
    StoreFault.DOWN: ("down", False),
    StoreFault.GARBLED: ("page", False),
    StoreFault.BROKEN: ("broken", False),
    StoreFault.LOST_REPLY: ("drop", True),
}


class CornerShopHarness:
    """A shop to act in behind the connector's back. Its pages are so short that every list has several."""

    location = ""
    secrets: tuple[str, ...] = (KEY,)

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.shop = Shop(now=self.now)
        self.sandbox = Sandbox(self.shop, page=2)

    def connect(self, send: Sender) -> CornerShopConnector:
        options = Options(url="https://corner.example", key=SecretStr(KEY))
        return CornerShopConnector(options, send=send, transport=in_memory(self.sandbox.handle))

    def connect_widely(self, send: Sender) -> CornerShopConnector:
        return self.connect(send)

    def now(self) -> datetime:
        return self.moment

    def wait(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)

    def add(self, sku: str, units: int) -> str:
        return self.shop.add(sku, units)

    def units(self, ref: str) -> int:
        return self.shop.products[ref].stock or 0

    def edit(self, ref: str, units: int) -> None:
        self.shop.edit(ref, units)

    def order(self, ref: str, units: int) -> str:
        return self.shop.order({ref: units})

    def order_several(self, units: Mapping[str, int]) -> str:
        return self.shop.order(units)

    def ship(self, order: str) -> None:
        self.shop.ship(order)

    def cancel(self, order: str) -> None:
        self.shop.cancel(order)

    def vanish(self, ref: str) -> None:
        del self.shop.products[ref]

    def poison(self, ref: str) -> None:
        self.shop.products[ref].locked = "this product is locked for an inventory"

    def revoke(self) -> None:
        self.sandbox.key = None

    def fail(self, fault: StoreFault) -> None:
        kind, after = FAULTS[fault]
        self.sandbox.faults.add(kind, after=after)


class TestCornerShop(ConnectorContract):
    @pytest.fixture
    def harness(self) -> CornerShopHarness:
        return CornerShopHarness()

    def test_no_key_travels_in_an_address(self, harness: CornerShopHarness, connector: StoreConnector) -> None:
        harness.add("A", 1)
        list(connector.listings())
        assert harness.sandbox.calls
        assert harness.sandbox.leaks == []

    def test_an_edit_by_hand_is_told_with_what_the_shop_shows(
        self, harness: CornerShopHarness, connector: StoreConnector
    ) -> None:
        ref, _, since = harness.add("A", 1), harness.add("B", 1), harness.now()
        harness.wait(60)
        harness.edit(ref, 8)
        (told,) = connector.changes(since + timedelta(seconds=1))
        assert (told.order, told.ref, told.shows and told.shows.available) == ("", ref, 8)

    def test_what_the_shop_does_not_count_is_listed_and_never_read(
        self, harness: CornerShopHarness, connector: StoreConnector
    ) -> None:
        harness.shop.add("GIFT", None)
        assert [listing.status for listing in connector.listings()] == [Status.UNTRACKED]
        assert list(connector.read()) == []


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"stock": 7}, Outcome(Verdict.APPLIED, shown=7)),
        ({"refused": "gone", "why": "no such product"}, Outcome(Verdict.MISSING, reason="no such product")),
        ({"refused": "changed", "why": "it is 3 by now"}, Outcome(Verdict.DEFERRED, reason="it is 3 by now")),
        ({"refused": "locked", "why": "locked"}, Outcome(Verdict.REJECTED, reason="locked")),
        ({"refused": "whatever is new", "why": "?"}, Outcome(Verdict.DEFERRED, reason="?")),
    ],
)
def test_each_answer_has_its_outcome(answer: Row, outcome: Outcome) -> None:
    assert outcome_of(answer) == outcome
