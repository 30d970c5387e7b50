"""Products of the sandbox: created, changed, deleted, restored, with a history, by the rules of their reference."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from bridge.threeplguys.sandbox import TOKEN, Clock, Sandbox, Warehouse, serve

NOON = datetime(2026, 3, 7, 12, tzinfo=UTC)
PRODUCTS = "/v0/inventory/products"


@pytest.fixture
def account() -> Sandbox:
    made = Sandbox(Warehouse(clock=Clock(NOON)))
    made.switches.extra_fields = False
    return made


@pytest.fixture
def http(account: Sandbox) -> Iterator[httpx.Client]:
    """Over a real connection."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with serve(account) as server, httpx.Client(base_url=server.url, headers=headers, timeout=30) as made:
        yield made


def wait(account: Sandbox, seconds: float = 60) -> None:
    account.world.clock.move(timedelta(seconds=seconds))  # type: ignore[attr-defined]


EGGS = {"name": "Egg Shells", "sku": "ABC123", "description": "Premium egg shells for baking"}


@pytest.mark.states(
    "3pl.products.update.answer", "3pl.products.delete.hidden", "3pl.products.delete.answer",
    "3pl.products.restore.answer", "3pl.products.history.events",
)  # fmt: skip
def test_a_life_as_the_reference_tells_it(http: httpx.Client, account: Sandbox) -> None:
    answer = http.post(PRODUCTS, json=EGGS)
    assert answer.status_code == 201
    created = {
        "id": "1", **EGGS, "createdAt": "2026-03-07T12:00:00.000Z", "updatedAt": "2026-03-07T12:00:00.000Z",
        "deletedAt": None,
    }  # fmt: skip
    assert answer.json() == created
    wait(account)
    change = {"name": "Egg Shells (Large)", "description": "Updated description"}
    updated = created | change | {"updatedAt": "2026-03-07T12:01:00.000Z"}
    assert http.put(f"{PRODUCTS}/1", json=change).json() == updated
    wait(account)
    at = "2026-03-07T12:02:00.000Z"
    deleted = updated | {"updatedAt": at, "deletedAt": at}
    assert http.delete(f"{PRODUCTS}/1").json() == deleted
    assert http.get(f"{PRODUCTS}/1").json() == deleted
    assert http.get(PRODUCTS).json() == []
    assert http.get(PRODUCTS, params={"includeDeleted": "true"}).json() == [deleted]
    wait(account)
    restored = updated | {"updatedAt": "2026-03-07T12:03:00.000Z"}
    assert http.patch(f"{PRODUCTS}/1/restore").json() == restored
    assert http.patch(f"{PRODUCTS}/1/restore").json() == restored  # it was not deleted: nothing happens
    history = http.get(f"{PRODUCTS}/1/history").json()
    assert [(entry["type"], entry["description"]) for entry in history] == [
        ("customer", "Restored product Egg Shells (Large) (ABC123)"),
        ("customer", "Deleted product Egg Shells (Large) (ABC123)"),
        ("customer", "Updated product Egg Shells (Large) (ABC123)"),
        ("customer", "Created new product Egg Shells (ABC123)"),
    ]
    assert history[-1] == {
        "id": "1", "type": "customer", "description": "Created new product Egg Shells (ABC123)",
        "createdAt": "2026-03-07T12:00:00.000Z",
    }  # fmt: skip


@pytest.mark.states("3pl.products.create.description", "3pl.products.update.description")
def test_a_description_is_optional_and_kept_by_a_change_without_one(http: httpx.Client) -> None:
    assert http.post(PRODUCTS, json={"name": "Ex", "sku": "X1"}).json()["description"] == ""
    http.put(f"{PRODUCTS}/1", json={"name": "Ex", "description": "old"})
    assert http.put(f"{PRODUCTS}/1", json={"name": "Why"}).json()["description"] == "old"
    assert http.put(f"{PRODUCTS}/1", json={"name": "Why", "description": ""}).json()["description"] == ""


@pytest.mark.states(
    "3pl.products.errors.sku_in_use", "3pl.products.errors.still_has_stock", "3pl.products.errors.not_found",
    "3pl.products.get.not_ours",
)  # fmt: skip
@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("POST", "", EGGS, 400, "SKU is already in use in your inventory"),
        ("DELETE", "/2", None, 400, "Cannot delete a product that still has stock"),
        ("GET", "/9", None, 404, "Product not found"),
        ("GET", "/9/history", None, 404, "Product not found"),
        ("PUT", "/9", {"name": "Nobody"}, 404, "Product not found"),
        ("DELETE", "/9", None, 404, "Product not found"),
        ("PATCH", "/9/restore", None, 404, "Product not found"),
    ],
)
def test_the_errors_of_the_reference(
    http: httpx.Client, account: Sandbox, method: str, path: str, body: Any, status: int, said: str
) -> None:
    http.post(PRODUCTS, json=EGGS)
    account.world.add("FULL", 3)
    answer = http.request(method, PRODUCTS + path, json=body)
    assert (answer.status_code, answer.json()["error"]) == (status, said)
    assert set(answer.json()) == {"error", "timestamp"}


@pytest.mark.states("3pl.products.create.name", "3pl.products.create.sku", "3pl.products.update.name")
@pytest.mark.parametrize(
    ("method", "body", "fields"),
    [
        ("POST", {"name": "E", "sku": "A"}, {"name", "sku"}),
        ("POST", {"sku": "AB"}, {"name"}),
        ("POST", {"name": "Eggs", "sku": 12, "description": 3}, {"sku", "description"}),
        ("POST", {"name": "Eggs", "sku": "AB", "quantity": 5}, {"quantity"}),
        ("POST", [], {"body"}),
        ("PUT", {"description": "no name"}, {"name"}),
        ("PUT", {"name": "Eggs", "sku": "OTHER"}, {"sku"}),
    ],
)
def test_a_faulty_body_is_400_with_all_its_faults(
    http: httpx.Client, account: Sandbox, method: str, body: Any, fields: set[str]
) -> None:
    account.world.add("ABC123")
    answer = http.request(method, PRODUCTS + ("/1" if method == "PUT" else ""), json=body)
    assert answer.status_code == 400
    assert set(answer.json()["properties"]) == fields
    assert len(account.world) == 1


def test_a_deleted_sku_may_be_used_again_and_its_product_does_not_come_back_then(http: httpx.Client) -> None:
    http.post(PRODUCTS, json=EGGS)
    http.delete(f"{PRODUCTS}/1")
    assert http.delete(f"{PRODUCTS}/1").status_code == 404
    assert http.post(PRODUCTS, json=EGGS).json()["id"] == "2"
    refused = http.patch(f"{PRODUCTS}/1/restore")
    assert (refused.status_code, refused.json()["error"]) == (400, "SKU is already in use in your inventory")


@pytest.mark.states(
    "3pl.products.history.events", "3pl.products.history.skip", "3pl.products.history.take",
    "3pl.products.history.type",
)  # fmt: skip
def test_changes_of_stock_stand_in_the_history_in_pages(http: httpx.Client, account: Sandbox) -> None:
    account.world.add("ABC123", 10)
    for units in range(15, 27):
        account.world.set_stock("ABC123", units)
    first, second = (http.get(f"{PRODUCTS}/1/history", params={"skip": skip}).json() for skip in (0, 10))
    assert (len(first), len(second)) == (10, 3)
    said = "Updated unit count '25' changed to '26' in 'Main Warehouse'."
    assert (first[0]["type"], first[0]["description"]) == ("admin", said)
    assert len({entry["id"] for entry in first + second}) == 13
    assert http.get(f"{PRODUCTS}/1/history", params={"take": 0}).status_code == 400


def test_of_a_long_history_the_creation_is_kept(http: httpx.Client, account: Sandbox) -> None:
    account.world.add("ABC123")
    for units in range(600):
        account.world.set_stock("ABC123", units)
    last = http.get(f"{PRODUCTS}/1/history", params={"skip": 499, "take": 50}).json()
    assert [entry["description"][:7] for entry in last] == ["Updated", "Created"]


@pytest.mark.parametrize(
    ("kind", "after", "applied"),
    [
        ("500", False, False), ("500", True, True), ("drop", False, False), ("drop", True, True),
        ("torn", False, True), ("cut", False, True), ("429", False, False), ("html", True, True),
        ("object", False, False),
    ],
)  # fmt: skip
def test_a_fault_strikes_before_or_after_a_write_is_applied(
    http: httpx.Client, account: Sandbox, kind: str, after: bool, applied: bool
) -> None:
    account.faults.add(kind, after=after)
    try:
        assert http.post(PRODUCTS, json=EGGS).text != ""
    except httpx.RemoteProtocolError:
        assert kind in ("drop", "torn")
    assert len(account.world) == applied


def test_a_write_may_land_late(http: httpx.Client, account: Sandbox) -> None:
    account.faults.add("late")
    with pytest.raises(httpx.ReadTimeout):
        http.post(PRODUCTS, json=EGGS, timeout=2)
    assert len(account.world) == 0
    account.land()
    assert http.get(PRODUCTS).json()[0]["sku"] == "ABC123"


def test_a_deletion_may_be_answered_without_a_body(http: httpx.Client, account: Sandbox) -> None:
    account.world.add("ABC123")
    account.switches.silent_deletes, account.switches.created = True, 200
    answer = http.delete(f"{PRODUCTS}/1")
    assert (answer.status_code, answer.content) == (204, b"")
    assert http.post(PRODUCTS, json=EGGS).status_code == 200


def test_a_token_without_the_scope_changes_nothing(http: httpx.Client, account: Sandbox) -> None:
    account.tokens[TOKEN] = frozenset({"locations"})
    assert http.post(PRODUCTS, json=EGGS).status_code == 403
    assert len(account.world) == 0
