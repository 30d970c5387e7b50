"""What keeps an increase back is named: the row, the products, the reading, the line."""

from collections.abc import Callable

import pytest

from bridge.core.drift import Cause, Drift
from bridge.core.finding import Finding
from bridge.core.model import Skip, StockKey
from bridge.ops import facts
from bridge.ops.explain.discrepancies import discrepancies
from bridge.ops.explain.reasons import reasons
from bridge.state import keys, pack
from bridge.state.change import Change
from connectors.values import replace
from tests.harness.installation import Installation


@pytest.fixture
def shop(harness: Installation) -> Installation:
    """One product of 10, which the shop shows."""
    harness.add("A", 10)
    harness.cycle()
    return harness


def found(shop: Installation) -> list[Finding]:
    (explained,) = discrepancies(shop.context, "main", [x.ref for x in shop.state.every_listing("main")])
    return list(explained.discrepancy.findings)


def garbled(shop: Installation) -> None:
    shop.warehouse.receive("A", 5)
    shop.warehouse.garble("A", quantity=14.5)


def carried_by_another_product(shop: Installation) -> None:
    shop.warehouse.set_stock("A", 15)
    shop.warehouse.add("A", 15, duplicate=True)


def not_read_for_long(shop: Installation) -> None:
    shop.warehouse.receive("A", 5)
    shop.main.go_down()


@pytest.mark.parametrize(
    ("happens", "code", "units", "evidence"),
    [
        (garbled, "not_believed", -4, "so it is not increased: product "),
        (carried_by_another_product, "two_products", -5, "so it is not increased: product "),
        (not_read_for_long, "resting", -5, "not asked since"),
    ],
)
def test_what_keeps_an_increase_back_is_named(
    shop: Installation, happens: Callable[[Installation], None], code: str, units: int, evidence: str
) -> None:
    happens(shop)
    shop.later(minutes=2)
    shop.cycle()
    (one,) = found(shop)
    assert (str(one.code), one.units) == (code, units)
    assert evidence in one.evidence


def test_two_products_are_both_named(shop: Installation) -> None:
    carried_by_another_product(shop)
    shop.later(minutes=2)
    shop.cycle()
    (one,) = found(shop)
    assert one.evidence.count("product ") == 2


def test_what_a_late_order_may_explain_is_not_increased(shop: Installation) -> None:
    """As a reading leaves it that broke off before it looked twice."""
    (ref,) = (x.ref for x in shop.state.every_listing("main"))
    ((place, known),) = shop.state.store_stock("main", [ref])[ref].items()
    now, change = shop.context.now(), Change(due=[("main", ref)])
    fewer = replace(known, available=known.available - 3, on_hand=known.on_hand - 3)
    change.put_store_stock("main", ref, {place: fewer})
    drift = pack.drift(Drift(now, now, known.on_hand, fewer.on_hand, Cause.ORDER))
    change.put(keys.of_store("main", "drift"), pack.stock_key(StockKey("main", ref, place)), drift)
    shop.state.commit(change)
    (one,) = found(shop)
    assert (str(one.code), one.units) == ("order_not_told", -3)
    assert "pulls and reads" in one.next
    (item,) = facts.items(shop.context, "main", [ref])
    assert [d.skip for d in item.decisions] == [Skip.NO_PROOF]
    assert list(reasons(shop.context, item, Skip.NO_PROOF)) == ["its orders are to be asked for once more"]
