"""Shipments on their way: listed whatever the list heeds, and however they tell what they hold, until they end."""

from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bridge.errors import OperatorSourceError, RetryableSourceError
from bridge.threeplguys.client import SourceClient
from bridge.threeplguys.parse import BadRow
from bridge.threeplguys.sandbox import TOKEN, Sandbox, Warehouse
from bridge.threeplguys.shipments import ON_THE_WAY, Arrival, Part, parse_arrival


@pytest.fixture
def account() -> Sandbox:
    """Two products, and one container with some of each."""
    found = Sandbox(Warehouse(warehouses={"1": "North", "2": "South"}))
    for sku in ("A", "B"):
        found.world.add(sku, 5)
    found.world.shipments.add({"A": 10, "B": 3}, warehouse="2", notes="PO 17")
    return found


def told(account: Sandbox) -> list[Any]:
    http = httpx.Client(transport=account.transport())
    client = SourceClient("https://api.3plguys.com", SecretStr(TOKEN), http=http)
    return client.arrivals()


@pytest.mark.parametrize("where", ["list", "detail"])
def test_a_shipment_and_what_it_holds(account: Sandbox, where: Any) -> None:
    account.switches.shipment_items = where
    [found] = told(account)
    assert (found.shipment, found.kind, found.status, found.warehouse) == ("1", "inbound-container", "pending", "2")
    assert (found.warehouse_name, found.notes) == ("South", "PO 17")
    assert found.parts == (Part("1", "A", "", 10), Part("2", "B", "", 3))
    assert account.calls["/v0/shipments/1"] == (where == "detail")


def test_what_nobody_tells_is_not_told(account: Sandbox) -> None:
    account.switches.shipment_items = "never"
    assert [x.parts for x in told(account)] == [None]


@pytest.mark.parametrize("end", ["received", "forwarded", "cancelled", "rejected"])
def test_what_ends_a_shipment(account: Sandbox, end: str) -> None:
    """Both words for an arrival end one; only then its pieces are in stock."""
    for status in ON_THE_WAY:
        account.world.shipments.move("1", status)
        assert [x.status for x in told(account)] == [status]
        assert account.world.known("A").units == {"1": 5}
    account.world.shipments.move("1", end)
    assert told(account) == []
    assert account.world.known("A").units == {"1": 5} | ({"2": 10} if end in ("received", "forwarded") else {})


def test_a_draft_has_not_set_out(account: Sandbox) -> None:
    account.world.shipments.add({"A": 1}, status="draft")
    assert [x.shipment for x in told(account)] == ["1"]


def test_filters_that_are_not_heeded_change_nothing(account: Sandbox) -> None:
    """Outbound ones and ended ones come along then, and each of the others comes several times."""
    world = account.world.shipments
    world.move(world.add({"A": 1}).id, "received")
    world.add({"B": 1}, "inbound-spd", "confirmed")
    world.garble(world.add({"B": 2}, "inbound-ltl").id, type="outbound-ltl")
    world.listing = lambda query: list(world.by_id.values())  # type: ignore[method-assign]
    assert [(x.shipment, x.kind) for x in told(account)] == [("1", "inbound-container"), ("3", "inbound-spd")]


def test_one_that_arrives_while_it_is_asked_for_is_left_out(account: Sandbox) -> None:
    def arrives(request: Any) -> None:
        if request.path.endswith("/1"):
            account.world.shipments.move("1", "received")

    account.before = arrives
    assert told(account) == []


def test_more_than_a_page(account: Sandbox) -> None:
    for _ in range(120):
        account.world.shipments.add({"A": 1})
    account.switches.shipment_items = "list"
    assert sorted(int(x.shipment) for x in told(account)) == list(range(1, 122))


ROWS = [
    ({"items": [{"productId": "7", "quantity": 4}]}, (Part("7", "", "", 4),)),
    ({"items": [{"product": {"id": 7, "sku": "A"}, "quantity": 4}]}, (Part("7", "A", "", 4),)),
    ({"items": [{"sku": "A", "quantity": 4}]}, (Part("", "A", "", 4),)),
    ({"items": [{"cartonId": "9", "quantity": 2}]}, (Part("", "", "9", 2),)),
    ({"items": []}, ()),
    ({"items": [{"sku": "A", "quantity": 4}, {"sku": "B"}]}, None),
    ({"items": [{"sku": "A", "quantity": "4"}]}, None),
    ({"items": [{"quantity": 4}]}, None),
    ({"items": "10 of A"}, None),
    ({}, None),
]


@pytest.mark.parametrize(("more", "parts"), ROWS)
def test_what_of_a_row_is_read(more: dict[str, Any], parts: Any) -> None:
    found = parse_arrival({"id": 12, "type": "inbound-spd", "status": "pending", **more})
    assert found == Arrival("12", "inbound-spd", "pending", parts=parts)


@pytest.mark.parametrize("row", [None, [], "x", {}, {"id": None}, {"id": "x" * 200}])
def test_a_row_that_names_no_shipment_is_a_bad_one(row: Any) -> None:
    assert isinstance(parse_arrival(row), BadRow)


def test_a_token_without_the_scope_is_told_which(account: Sandbox) -> None:
    account.tokens[TOKEN] = frozenset({"inventory", "locations"})
    with pytest.raises(OperatorSourceError, match="needs the scope `shipments`") as fault:
        told(account)
    assert TOKEN not in str(fault.value)


def test_an_outage_is_one(account: Sandbox) -> None:
    account.faults.add("503")
    with pytest.raises(RetryableSourceError):
        told(account)
