"""Orders are called what their shop calls them."""

from typing import Any

import pytest

from bridge.cli.explain import _print_stock, explained


def told(harness: Any) -> Any:
    (stock,) = explained(harness.context, "A", tuple(harness.stores))["stock"]
    return stock


@pytest.fixture
def sold(harness: Any) -> Any:
    harness.add("A", 20)
    harness.cycle()
    harness.orders = {store: harness[store].sell("A", units) for store, units in (("main", 2), ("outlet", 3))}
    harness.orders["outlet"].number = "WEB-7"
    harness.plain = harness["outlet"].sell("A", 1)
    harness.cycle()
    return harness


def test_open_orders_are_called_by_number(sold: Any, capsys: pytest.CaptureFixture[str]) -> None:
    _print_stock(told(sold))
    text = capsys.readouterr().out
    assert "#1001: 2" in text
    assert f"WEB-7: 3, {sold.plain.id}: 1" in text


def test_shipments_too_and_a_number_goes_with_its_order(sold: Any) -> None:
    for store, order in sold.orders.items():
        sold[store].ship(order)
    sold.cycle()
    assert {x["store"]: x["number"] for x in told(sold)["unconfirmed"]} == {"main": "#1001", "outlet": "WEB-7"}
    sold.warehouse.forward("A", 5)
    sold.cycle(full=True)
    assert sold.state.names("main", "numbers") == {sold.orders["main"].id}
    sold.later(days=20)
    for _ in range(2):
        sold.cycle(full=True)
        sold.later(minutes=20)
    assert sold.state.names("main", "numbers") | sold.state.names("outlet", "numbers") == set()
