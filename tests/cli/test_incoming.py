"""`incoming`: what is on its way is shown, and is never stock."""

import csv
import io
from typing import Any

import pytest


@pytest.fixture
def sailing(synced: Any) -> Any:
    """Five of A in stock and in the shop, ten more in a container."""
    cli = synced({"A": 5, "B": 2})
    cli.source.tokens = {token: scopes | {"shipments"} for token, scopes in cli.source.tokens.items()}
    cli.warehouse.shipments.add({"A": 10}, notes="PO 17")
    return cli


@pytest.mark.states("3pl.guide.next.inbound")
def test_a_shipment_is_listed_and_counts_nowhere(sailing: Any) -> None:
    said = sailing("incoming")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[1].split()[:6] == ["1", "inbound-container", "pending", "Main", "Warehouse", "A"]
    assert "On the way, not counted as stock." in said.out
    assert sailing("sync").code == 0
    assert sailing.main.shows("A") == 5
    explained = sailing("explain", "A")
    assert "on the way, not counted  10 in 1 (pending); as of 20" in explained.out
    assert "on the way" not in sailing("explain", "B").out
    [stock] = sailing("explain", "A", "--json").json["stock"]
    assert stock["incoming"]["shipments"] == [{"shipment": "1", "status": "pending", "warehouse": "1", "units": 10}]


@pytest.mark.states("3pl.guide.next.inbound")
@pytest.mark.parametrize("end", ["received", "forwarded"])
def test_what_has_arrived_is_stock_and_no_longer_on_its_way(sailing: Any, end: str) -> None:
    sailing("incoming")
    sailing.warehouse.shipments.move("1", end)
    assert "Nothing is on its way." in sailing("incoming").out
    assert sailing("sync").code == 0
    assert sailing.main.shows("A") == 15
    assert "on the way" not in sailing("explain", "A").out


def test_nobody_asked_yet(sailing: Any) -> None:
    assert sailing("explain", "A", "--json").json["stock"][0]["incoming"] is None


def test_as_json_and_csv(sailing: Any) -> None:
    sailing.warehouse.shipments.add({"B": 4}, "inbound-spd", notes="=1+1")
    told = sailing("incoming", "--json").json
    assert [(x["shipment"], x["items"]) for x in told["shipments"]] == [
        ("1", [{"sku": "A", "product": "1", "carton": None, "units": 10}]),
        ("2", [{"sku": "B", "product": "2", "carton": None, "units": 4}]),
    ]
    rows = list(csv.DictReader(io.StringIO(sailing("incoming", "--csv").out)))
    assert [(x["shipment"], x["sku"], x["units"]) for x in rows] == [("1", "A", "10"), ("2", "B", "4")]
    assert [x["shipment"] for x in sailing("incoming", "--json", "--search", "po 17").json["shipments"]] == ["1"]


def test_what_cannot_be_read_and_what_is_not_told(sailing: Any) -> None:
    sailing.source.switches.shipment_items = "never"
    said = sailing("incoming")
    assert (said.code, "what it holds is not told" in said.out) == (0, True)
    sailing.warehouse.shipments.garble("1", id=None)
    said = sailing("incoming")
    assert said.code == 1
    assert "A shipment (id unknown) cannot be read, and is left out: id is missing or null." in said.err


def test_without_the_scope_stock_is_read_all_the_same(synced: Any) -> None:
    cli = synced({"A": 5})
    cli.source.tokens = {token: frozenset({"inventory"}) for token in cli.source.tokens}
    said = cli("incoming")
    assert (said.code, "needs the scope `shipments`" in said.err) == (1, True)
    assert cli("sync").code == 0
