"""What a webhook is worth, and how soon a store is asked because of one."""

from datetime import UTC, datetime, timedelta

import pytest

from bridge.core.hints import LONGEST_REST, REST, Verdict, may_answer_hint, verdict_of
from bridge.core.in_flight import Sent
from bridge.core.model import StoreStock
from bridge.core.schedule import SourceFacts, StoreFacts, stores_due
from connectors.base import Capabilities, Listing, Reading
from connectors.skills import Hint
from connectors.values import replace

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
ONE = Capabilities(max_batch=1, writes="available", reads_committed=False, lost_write_seconds=0.0)
ON_HAND = replace(ONE, writes="on_hand", reads_committed=True)
LISTING = Listing("1", "A", "A shirt")
SHOWN = {"": StoreStock(7, 2, 9, stocked=True, at=NOW)}


def stock(available: int, location: str = "") -> Hint:
    return Hint("stock", "stock", shows=Reading("1", location, available, None, available))


def edited(available: int, sku: str | None = "A") -> Hint:
    return replace(stock(available), topic="products", means="listings", sku=sku)


def sent(quantity: int, location: str = "") -> Sent:
    return Sent("1", location, quantity, NOW, 7)


VERDICTS = [
    pytest.param(Hint("orders", "orders"), SHOWN, (), ONE, "read at once", id="an order"),
    pytest.param(replace(stock(7), means="orders"), SHOWN, (), ONE, "read at once", id="an order, whatever it shows"),
    pytest.param(Hint("ping", "nothing"), SHOWN, (), ONE, "of no use", id="a ping"),
    pytest.param(Hint("app", "gone"), SHOWN, (), ONE, "gone", id="the key was taken back"),
    pytest.param(Hint("stock", "stock"), SHOWN, (), ONE, "read at once", id="an edit that says no number"),
    pytest.param(stock(7), SHOWN, (), ONE, "echo", id="what is believed"),
    pytest.param(stock(6), SHOWN, (), ONE, "read at once", id="another number"),
    pytest.param(stock(7), {}, (), ONE, "read at once", id="of a listing that nobody has met"),
    pytest.param(stock(7, "L2"), SHOWN, (), ONE, "of no use", id="at a location that is not in use"),
    pytest.param(stock(5), SHOWN, (sent(5),), ONE, "echo", id="what is being written"),
    pytest.param(stock(5), SHOWN, (sent(5, "L2"),), ONE, "read at once", id="what is being written elsewhere"),
    pytest.param(stock(5), SHOWN, (sent(7),), ON_HAND, "echo", id="what is being written, with what is committed"),
    pytest.param(stock(7), SHOWN, (sent(7),), ON_HAND, "echo", id="what was believed before it lands"),
    pytest.param(edited(7), SHOWN, (), ONE, "echo", id="a listing as it is known"),
    pytest.param(edited(6), SHOWN, (), ONE, "read at once", id="a listing with another number"),
    pytest.param(edited(7, "B"), SHOWN, (), ONE, "read at once", id="a listing with another SKU"),
    pytest.param(edited(7, None), SHOWN, (), ONE, "read at once", id="a listing that does not say its SKU"),
    pytest.param(Hint("products", "listings"), SHOWN, (), ONE, "read at once", id="a listing that says nothing"),
]


@pytest.mark.parametrize(("hint", "shown", "writes", "can", "verdict"), VERDICTS)
def test_what_becomes_of_a_delivery(
    hint: Hint, shown: dict[str, StoreStock], writes: tuple[Sent, ...], can: Capabilities, verdict: Verdict
) -> None:
    assert verdict_of(hint, LISTING if shown else None, shown, writes, can) == verdict


def test_a_store_rests_longer_the_more_often_a_hint_was_for_nothing() -> None:
    rests = [REST, REST, 2 * REST, 4 * REST, 8 * REST, 16 * REST, LONGEST_REST, LONGEST_REST]
    for idle, rest in enumerate(rests):
        assert may_answer_hint(NOW - rest, idle, NOW)
        assert not may_answer_hint(NOW - rest + timedelta(milliseconds=1), idle, NOW)
    assert may_answer_hint(None, 99, NOW), "nobody was asked yet"


def store(**facts: object) -> StoreFacts:
    """Read two seconds ago, with nothing due."""
    return replace(StoreFacts(NOW - timedelta(seconds=2), None, 0), **facts)  # type: ignore[arg-type]


STORES = [
    pytest.param(store(), False, id="nothing was told"),
    pytest.param(store(hinted=True), True, id="the first hint"),
    pytest.param(store(hinted=True, hints_read_at=NOW - timedelta(seconds=2)), True, id="after a rest"),
    pytest.param(store(hinted=True, hints_read_at=NOW - timedelta(seconds=0.5)), False, id="during a rest"),
    pytest.param(store(hinted=True, hints_read_at=NOW - timedelta(seconds=2), idle=3), False, id="a longer rest"),
    pytest.param(store(hinted=True, retry_at=NOW + timedelta(seconds=1)), False, id="while it recovers"),
    pytest.param(store(hinted=True, retry_at=NOW), True, id="once it is tried again"),
]


@pytest.mark.parametrize(("facts", "is_due"), STORES)
def test_a_hint_has_its_store_read_at_once(facts: StoreFacts, is_due: bool) -> None:
    source = SourceFacts(NOW, NOW, timedelta(minutes=5))
    assert list(stores_due({"main": facts}, source, NOW)) == (["main"] if is_due else [])
