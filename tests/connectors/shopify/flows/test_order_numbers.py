"""A shop numbers its orders, and they are called so."""

from typing import Any

import pytest

from bridge.cli.explain import _print_stock
from bridge.ops.explain.report import explained


def told(harness: Any) -> Any:
    (stock,) = explained(harness.context, "A", tuple(harness.stores))["stock"]
    return stock


@pytest.fixture
def sold(harness: Any) -> Any:
    harness.add("A", 20)
    harness.cycle()
    harness.order = harness["main"].sell("A", 2)
    harness.cycle()
    return harness


def test_open_orders_are_called_by_number(sold: Any, capsys: pytest.CaptureFixture[str]) -> None:
    _print_stock(told(sold))
    assert "#1001: 2" in capsys.readouterr().out


def test_shipments_too_and_a_number_goes_with_its_order(sold: Any) -> None:
    sold["main"].ship(sold.order)
    sold.cycle()
    assert [(x["store"], x["number"]) for x in told(sold)["unconfirmed"]] == [("main", "#1001")]
    sold.warehouse.forward("A", 2)
    sold.cycle(full=True)
    assert sold.state.names("main", "numbers") == {sold.order.id}
    sold.later(days=20)
    for _ in range(2):
        sold.cycle(full=True)
        sold.later(minutes=20)
    assert sold.state.names("main", "numbers") == set()
