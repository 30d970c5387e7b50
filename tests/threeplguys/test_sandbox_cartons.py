"""Cartons of the sandbox: defined by the rules of their reference, counted in step with the products they hold."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.threeplguys.sandbox import TOKEN, Clock, RefusedError, Sandbox, Warehouse, serve
from connectors.testing.client import SandboxClient, SandboxRefusedError

NOON = datetime(2026, 3, 7, 12, tzinfo=UTC)
CARTONS, PRODUCTS = "/v0/inventory/cartons", "/v0/inventory/products"
BREAKDOWN = f"{CARTONS}/breakdown"
CASE: dict[str, Any] = {
    "name": "10-Pack Case",
    "contents": [{"productId": "1", "quantity": 10}],
    "dimensions": {"length": 12, "width": 10, "height": 8, "units": "inch"},
    "weight": {"amount": 5, "units": "pound"},
}


@pytest.fixture
def account() -> Sandbox:
    made = Sandbox(Warehouse(clock=Clock(NOON), warehouses={"1": "Main Warehouse", "2": "East"}))
    made.switches.extra_fields = False
    made.world.add("ABC123", name="Egg Shells")
    return made


@pytest.fixture
def http(account: Sandbox) -> Iterator[httpx.Client]:
    """Over a real connection."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with serve(account) as server, httpx.Client(base_url=server.url, headers=headers, timeout=30) as made:
        yield made


def wait(account: Sandbox, seconds: float = 60) -> None:
    account.world.clock.move(timedelta(seconds=seconds))  # type: ignore[attr-defined]


def told(http: httpx.Client, path: str) -> list[tuple[str, str]]:
    return [(entry["type"], entry["description"]) for entry in http.get(f"{path}/history").json()]


@pytest.mark.states(
    "3pl.cartons.delete.hidden", "3pl.cartons.delete.answer", "3pl.cartons.restore.answer",
    "3pl.cartons.history.events",
)  # fmt: skip
def test_a_life_as_the_reference_tells_it(http: httpx.Client, account: Sandbox) -> None:
    answer = http.post(CARTONS, json=CASE)
    assert answer.status_code == 201
    held = {"productId": "1", "productName": "Egg Shells", "sku": "ABC123", "quantity": 10}
    stamps = {"createdAt": "2026-03-07T12:00:00.000Z", "updatedAt": "2026-03-07T12:00:00.000Z", "deletedAt": None}
    created = {"id": "1", **CASE, "contents": [held], **stamps}
    assert answer.json() == created
    wait(account)
    renamed = created | {"name": "10-Pack Shipping Case", "updatedAt": "2026-03-07T12:01:00.000Z"}
    assert http.put(f"{CARTONS}/1", json={"name": "10-Pack Shipping Case"}).json() == renamed
    wait(account)
    at = "2026-03-07T12:02:00.000Z"
    deleted = renamed | {"updatedAt": at, "deletedAt": at}
    assert http.delete(f"{CARTONS}/1").json() == http.get(f"{CARTONS}/1").json() == deleted
    assert http.delete(f"{CARTONS}/1").status_code == 404
    assert http.get(CARTONS).json() == http.get(BREAKDOWN).json() == []
    assert http.get(CARTONS, params={"includeDeleted": "true"}).json() == [deleted]
    wait(account)
    assert http.patch(f"{CARTONS}/1/restore").json() == renamed | {"updatedAt": "2026-03-07T12:03:00.000Z"}
    assert told(http, f"{CARTONS}/1") == [
        ("customer", 'Restored carton type "10-Pack Shipping Case"'),
        ("customer", 'Deleted carton type "10-Pack Shipping Case"'),
        ("customer", 'Updated carton type name "10-Pack Case" changed to "10-Pack Shipping Case"'),
        ("customer", 'Created carton type "10-Pack Case" (10 units per carton)'),
    ]


@pytest.mark.states("3pl.cartons.create.name")
def test_a_name_is_found_where_none_was_given(http: httpx.Client) -> None:
    nameless = {field: value for field, value in CASE.items() if field != "name"}
    assert len(http.post(CARTONS, json=nameless).json()["name"]) >= 2


@pytest.mark.states(
    "3pl.cartons.errors.one_product", "3pl.cartons.errors.product_not_found", "3pl.cartons.errors.still_has_stock",
    "3pl.cartons.errors.not_found", "3pl.cartons.get.not_ours", "3pl.cartons.one_product",
    "3pl.products.products_first",
)  # fmt: skip
@pytest.mark.parametrize(
    ("method", "path", "changes", "status", "said"),
    [
        ("POST", "", {"contents": CASE["contents"] * 2}, 400, "Only one product per carton is supported at this time"),
        ("POST", "", {"contents": []}, 400, "Only one product per carton is supported at this time"),
        ("POST", "", {"contents": [{"productId": "9", "quantity": 1}]}, 400, "Product not found"),
        ("POST", "", {"contents": [{"productId": "ABC123", "quantity": 1}]}, 400, "Product not found"),
        ("POST", "", {"contents": [{"productId": "2", "quantity": 1}]}, 400, "Product not found"),
        ("DELETE", "/1", None, 400, "Cannot delete a carton that still has stock"),
        ("GET", "/9", None, 404, "Carton not found"),
        ("GET", "/9/history", None, 404, "Carton not found"),
        ("PUT", "/9", {}, 404, "Carton not found"),
        ("DELETE", "/9", None, 404, "Carton not found"),
        ("PATCH", "/9/restore", None, 404, "Carton not found"),
    ],
)
def test_the_errors_of_the_reference(
    http: httpx.Client, account: Sandbox, method: str, path: str, changes: Any, status: int, said: str
) -> None:
    account.world.delete(account.world.add("GONE").id)
    account.world.cartons.add("ABC123", 10)
    account.world.cartons.set_count("1", 3)
    answer = http.request(method, CARTONS + path, json=None if changes is None else CASE | changes)
    assert (answer.status_code, answer.json()["error"]) == (status, said)
    assert len(account.world.cartons.listing()) == 1


@pytest.mark.states(
    "3pl.cartons.create.contents", "3pl.cartons.create.productId", "3pl.cartons.create.quantity",
    "3pl.cartons.create.dimensions", "3pl.cartons.create.dimensions_units", "3pl.cartons.create.weight",
    "3pl.cartons.create.weight_units",
)  # fmt: skip
@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": "A"}, {"name"}),
        ({"contents": "1"}, {"contents", "contents.0.quantity"}),
        ({"contents": [{"productId": 1, "quantity": 0}]}, {"contents", "contents.0.quantity"}),
        ({"contents": [{"productId": "1", "quantity": 1.5}]}, {"contents.0.quantity"}),
        ({"dimensions": None, "weight": 5}, {"dimensions", "weight"}),
        (
            {"dimensions": {"length": 0, "width": "1", "height": True, "units": "hand"}},
            {"dimensions.length", "dimensions.width", "dimensions.height", "dimensions.units"},
        ),
        ({"weight": {"amount": 5}}, {"weight.units"}),
        ({"count": 5}, {"count"}),
    ],
)
def test_a_faulty_body_is_400_with_all_its_faults(http: httpx.Client, changes: Any, fields: set[str]) -> None:
    answer = http.post(CARTONS, json=CASE | changes)
    assert (answer.status_code, set(answer.json()["properties"])) == (400, fields)
    assert http.get(CARTONS).json() == []


@pytest.mark.states("3pl.cartons.update.name_only", "3pl.cartons.update.name", "3pl.cartons.set_at_creation")
@pytest.mark.parametrize("field", ["contents", "dimensions", "weight"])
def test_only_the_name_can_be_changed(http: httpx.Client, field: str) -> None:
    before = http.post(CARTONS, json=CASE).json()
    refused = http.put(f"{CARTONS}/1", json={"name": "Other", field: CASE[field]})
    assert (refused.status_code, set(refused.json()["properties"])) == (400, {field})
    assert http.put(f"{CARTONS}/1", json={"name": "A"}).status_code == 400
    assert http.get(f"{CARTONS}/1").json() == before


@pytest.mark.states(
    "3pl.cartons.list.search", "3pl.cartons.list.productId", "3pl.cartons.list.sortBy", "3pl.cartons.list.sortOrder",
)  # fmt: skip
def test_the_list_is_sorted_and_filtered(http: httpx.Client, account: Sandbox) -> None:
    account.world.add("FLOUR-9", name="Flour")
    for product, name in (("ABC123", "10-Pack Case"), ("FLOUR-9", "Sack"), ("ABC123", "Pallet")):
        wait(account)
        account.world.cartons.add(product, 10, name=name)
    wait(account)
    account.world.cartons.rename("1", "10-Pack Box")

    def names(**query: Any) -> list[str]:
        return [row["name"] for row in http.get(CARTONS, params=query).json()]

    assert names() == ["Pallet", "Sack", "10-Pack Box"]
    assert names(sortBy="name", sortOrder="asc") == ["10-Pack Box", "Pallet", "Sack"]
    assert names(sortBy="updatedAt", take=1) == ["10-Pack Box"]
    assert names(search="10-pack") == ["10-Pack Box"]
    assert names(search="egg") == ["Pallet", "10-Pack Box"]
    assert names(search="flour-") == names(productId="2") == ["Sack"]
    assert names(productId="9") == []
    assert http.get(CARTONS, params={"sortBy": "sku"}).status_code == 400


@pytest.mark.states(
    "3pl.guide.three_levels", "3pl.levels.cartons.name", "3pl.levels.cartons.quantity",
    "3pl.levels.cartons.warehouses", "3pl.levels.cartons.updatedAt", "3pl.levels.products.updatedAt",
    "3pl.cartons.history.events",
)  # fmt: skip
def test_both_breakdowns_move_together(http: httpx.Client, account: Sandbox) -> None:
    http.post(CARTONS, json=CASE)
    wait(account)
    account.world.cartons.set_count("1", 5)
    account.world.cartons.receive("1", 2, "2")
    account.world.receive("ABC123", 3)
    row = http.get(BREAKDOWN).json()[0]
    assert row == {
        "id": "1",
        "name": "Egg Shells [10-Pack Case]",
        "contents": [
            {
                "id": "1", "sku": "ABC123", "name": "Egg Shells", "quantity": 10,
                "createdAt": "2026-03-07T12:00:00.000Z", "updatedAt": "2026-03-07T12:01:00.000Z",
            }
        ],
        "quantity": 7,
        "warehouses": [
            {"id": "1", "name": "Main Warehouse", "quantity": 5}, {"id": "2", "name": "East", "quantity": 2},
        ],
        "dimensions": {"length": 305, "width": 254, "height": 203},
        "weight": 2268,
        "createdAt": "2026-03-07T12:00:00.000Z",
        "updatedAt": "2026-03-07T12:01:00.000Z",
        "deletedAt": None,
    }  # fmt: skip
    product = http.get(f"{PRODUCTS}/breakdown").json()[0]
    assert (product["quantity"], [at["quantity"] for at in product["warehouses"]]) == (73, [53, 20])
    wait(account)
    account.world.cartons.ship("1", 1, "2")
    assert http.get(BREAKDOWN, params={"updatedSince": "2026-03-07T12:01:00Z"}).json()[0]["quantity"] == 6
    assert http.get(f"{PRODUCTS}/breakdown").json()[0]["quantity"] == 63
    said = "Updated carton count '2' changed to '1' for '10-Pack Case' carton type."
    assert told(http, f"{CARTONS}/1")[0] == told(http, f"{PRODUCTS}/1")[0] == ("system", said)
    said = "Updated carton count '0' changed to '5' for '10-Pack Case' carton type."
    assert ("admin", said) in told(http, f"{PRODUCTS}/1")


def test_pieces_are_taken_loose_first_and_then_out_of_cartons(account: Sandbox) -> None:
    world = account.world
    small, large = world.cartons.add("ABC123", 4), world.cartons.add("ABC123", 10)
    world.receive("ABC123", 3)
    world.cartons.set_count(small.id, 2)
    world.cartons.set_count(large.id, 3)
    wait(account)
    assert world.forward("ABC123", 3).units == {"1": 38}
    assert (small.counts, large.counts, small.updated_at) == ({"1": 2}, {"1": 3}, NOON)
    world.forward("ABC123", 1)
    assert (small.counts, large.counts) == ({"1": 1}, {"1": 3})
    world.set_stock("ABC123", 11)
    assert (small.counts, large.counts) == ({"1": 0}, {"1": 1})
    assert large.updated_at == NOON + timedelta(minutes=1)
    world.recreate("ABC123")
    assert (small.counts, large.counts) == ({"1": 0}, {"1": 0})


@given(st.lists(st.tuples(st.sampled_from(["receive", "forward", "set_stock", "set_count", "ship"]),
                          st.integers(0, 40), st.sampled_from("12"), st.sampled_from("12"))))  # fmt: skip
def test_a_product_never_has_fewer_units_than_its_cartons_hold(deeds: list[tuple[str, int, str, str]]) -> None:
    world = Warehouse(clock=Clock(NOON), warehouses={"1": "Main", "2": "East"})
    item = world.add("A")
    types = [world.cartons.add("A", 4), world.cartons.add("A", 10)]
    for deed, count, place, carton in deeds:
        try:
            if deed in ("set_count", "ship"):
                getattr(world.cartons, deed)(carton, count, place)
            else:
                getattr(world, deed)("A", count, place)
        except RefusedError as refused:
            assert str(refused) == "Stock cannot be negative"  # noqa: PT017
        for at in "12":
            packed = sum(made.counts.get(at, 0) * made.units for made in types)
            assert 0 <= packed <= item.units.get(at, 0)


def test_a_carton_is_opened_where_it_stands(account: Sandbox) -> None:
    world = account.world
    made = world.cartons.add("ABC123", 4)
    world.cartons.receive(made.id, 3)
    wait(account)
    assert world.cartons.open(made.id, 0).updated_at == NOON
    world.cartons.open(made.id, 2)
    assert (made.counts, made.item.units, made.updated_at) == ({"1": 1}, {"1": 12}, NOON + timedelta(minutes=1))
    with pytest.raises(RefusedError, match="are not there"):
        world.cartons.open(made.id, 2)


def test_what_has_cartons_cannot_be_deleted_and_what_is_deleted_gets_none(account: Sandbox) -> None:
    world = account.world
    world.cartons.add("ABC123", 10)
    world.cartons.set_count("1", 1)
    with pytest.raises(RefusedError, match="Cannot delete a product that still has stock"):
        world.delete("ABC123")
    world.cartons.ship("1", 1)
    world.cartons.delete("1")
    with pytest.raises(RefusedError, match="deleted"):
        world.cartons.receive("1", 1)
    with pytest.raises(RefusedError, match="negative"):
        world.cartons.ship(world.cartons.add("ABC123", 2).id, 1)
    world.delete("ABC123")
    world.cartons.restore("1")
    with pytest.raises(RefusedError, match="deleted"):
        world.cartons.receive("1", 1)


@pytest.mark.states(
    "3pl.guide.cartons.archived", "3pl.levels.cartons.includeDeleted", "3pl.levels.cartons.deleted_is_zero",
)  # fmt: skip
def test_a_deleted_type_is_hidden_and_reports_nothing(http: httpx.Client, account: Sandbox) -> None:
    account.world.cartons.add("ABC123", 10)
    account.world.cartons.delete("1")
    account.switches.deletion, account.switches.milliseconds = "archived", False
    assert http.get(BREAKDOWN).json() == []
    row = http.get(BREAKDOWN, params={"includeDeleted": "true"}).json()[0]
    assert (row["archived"], row["quantity"], row["warehouses"]) == (True, 0, [])
    assert row["updatedAt"] == "2026-03-07T12:00:00Z"


def test_another_process_drives_it(account: Sandbox) -> None:
    with serve(account) as server:
        hand = SandboxClient(server.url)
        made = hand.do("add_carton", product="ABC123", units=6, weight={"amount": 1, "units": "kilogram"})
        assert (made["id"], made["weight"]) == ("1", 1000)
        assert hand.do("receive_cartons", carton="1", count=4)["quantity"] == 4
        assert hand.do("ship_cartons", carton="1", count=1)["quantity"] == 3
        assert hand.do("set_cartons", carton="1", count=2, warehouse="2")["quantity"] == 5
        assert hand.do("open_cartons", carton="1", count=1, warehouse="2")["quantity"] == 4
        assert hand.do("rename_carton", carton="1", name="Six")["name"] == "Egg Shells [Six]"
        assert hand.do("garble_carton", carton="1", quantity="many")["quantity"] == "many"
        assert (hand.see("cartons"), hand.see("stock")) == ({"1": {"1": 3, "2": 1}}, {"ABC123": {"1": 18, "2": 12}})
        with pytest.raises(SandboxRefusedError, match="still has stock"):
            hand.do("delete_carton", carton="1")
        hand.do("spoil_carton", carton="1")
        answer = httpx.get(server.url + BREAKDOWN, headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 500
        hand.close()
