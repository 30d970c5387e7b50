"""The sandbox's own contract: it refuses what the warehouse API refuses."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from bridge.threeplguys.sandbox import TOKEN, Clock, Order, RefusedError, Sandbox, Warehouse, serve

NOON = datetime(2026, 3, 7, 12, tzinfo=UTC)
BREAKDOWN = "/v0/inventory/products/breakdown"
PRODUCTS = "/v0/inventory/products"


@pytest.fixture
def account() -> Sandbox:
    made = Sandbox(Warehouse(clock=Clock(NOON), warehouses={"1": "Main Warehouse", "2": "East"}))
    for number in range(12):
        made.world.add(f"SKU-{number:02}", number)
        made.world.clock.move(timedelta(seconds=1))  # type: ignore[attr-defined]
    return made


@pytest.fixture
def http(account: Sandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(transport=account.transport(), base_url="https://sandbox.example", headers=headers) as made:
        yield made


@pytest.mark.states(
    "3pl.guide.polling.one_row_a_product", "3pl.levels.products.quantity", "3pl.levels.products.warehouses",
    "3pl.levels.products.warehouse_id", "3pl.levels.products.warehouse_name",
    "3pl.levels.products.warehouse_quantity", "3pl.levels.products.createdAt", "3pl.levels.products.updatedAt",
    "3pl.levels.products.deletedAt",
)  # fmt: skip
def test_rows_look_like_the_references(http: httpx.Client, account: Sandbox) -> None:
    account.switches.extra_fields = False
    account.world.set_stock("SKU-11", 5, "2")
    row = http.get(BREAKDOWN).json()[0]
    assert row == {
        "id": "12",
        "name": "Product SKU-11",
        "sku": "SKU-11",
        "quantity": 16,
        "warehouses": [
            {"id": "1", "name": "Main Warehouse", "quantity": 11},
            {"id": "2", "name": "East", "quantity": 5},
        ],
        "createdAt": "2026-03-07T12:00:11.000Z",
        "updatedAt": "2026-03-07T12:00:12.000Z",
        "deletedAt": None,
    }
    account.switches.deletion, account.switches.milliseconds = "archived", False
    row = http.get(BREAKDOWN).json()[0]
    assert row["archived"] is False
    assert row["updatedAt"] == "2026-03-07T12:00:12Z"
    assert "deletedAt" not in row


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"Authorization": "Bearer 3pl_unknown"}, 401), ({"Authorization": f"Basic {TOKEN}"}, 401)],
)
def test_a_bad_token_is_401(account: Sandbox, headers: dict[str, str], status: int) -> None:
    with httpx.Client(transport=account.transport()) as anyone:
        answer = anyone.get("https://sandbox.example" + BREAKDOWN, headers=headers)
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "timestamp"}
    assert "X-RateLimit-Limit" in answer.headers


def test_a_missing_scope_is_403(http: httpx.Client, account: Sandbox) -> None:
    account.tokens[TOKEN] = frozenset({"locations"})
    assert http.get(BREAKDOWN).status_code == 403
    assert http.get("/v0/warehouses").status_code == 200


def test_take_is_ten_by_default_and_fifty_at_most(http: httpx.Client, account: Sandbox) -> None:
    for number in range(60):
        account.world.add(f"MORE-{number}")
    assert len(http.get(BREAKDOWN).json()) == 10
    assert len(http.get(BREAKDOWN, params={"take": 80}).json()) == 50
    account.switches.clamp = False
    refused = http.get(BREAKDOWN, params={"take": 80})
    assert refused.status_code == 400
    assert "take" in refused.json()["properties"]


@pytest.mark.parametrize(
    "query",
    ["take=0", "take=x", "skip=-1", "includeDeleted=1", "updatedSince=soon", "updatedSince=2026-03-07T12:00:00+00:00"],
)
def test_faulty_parameters_are_400(http: httpx.Client, query: str) -> None:
    answer = http.get(f"{BREAKDOWN}?{query}")
    assert answer.status_code == 400
    assert answer.json()["properties"]


@pytest.mark.states("3pl.levels.products.updatedSince")
def test_updated_since_is_strict(http: httpx.Client) -> None:
    newest = "2026-03-07T12:00:11.000Z"
    assert http.get(BREAKDOWN, params={"updatedSince": newest}).json() == []
    assert len(http.get(BREAKDOWN, params={"updatedSince": "2026-03-07T12:00:10.999Z"}).json()) == 1


@pytest.mark.states("3pl.levels.products.includeDeleted", "3pl.levels.products.deletedAt")
def test_deleted_is_hidden_and_reports_nothing(http: httpx.Client, account: Sandbox) -> None:
    with pytest.raises(RefusedError, match="still has stock"):
        account.world.delete("SKU-03")
    account.world.set_stock("SKU-03", 0)
    gone = account.world.delete("SKU-03")
    shown: dict[str, str | int] = {"take": 50, "includeDeleted": "true"}
    assert "SKU-03" not in [row["sku"] for row in http.get(BREAKDOWN, params={"take": 50}).json()]
    assert next(row for row in http.get(BREAKDOWN, params=shown).json() if row["sku"] == "SKU-03")["deletedAt"]
    account.world.restore(gone.id)
    assert len(http.get(BREAKDOWN, params={"take": 50}).json()) == 12


def test_a_sku_created_again_has_a_new_id(account: Sandbox) -> None:
    old = account.world.find("SKU-05")
    new = account.world.recreate("SKU-05", 9)
    assert old is not None
    assert old.deleted_at is not None
    assert new.id != old.id
    assert new.sku == old.sku
    with pytest.raises(RefusedError, match="already in use"):
        account.world.restore(old.id)
    with pytest.raises(RefusedError, match="already in use"):
        account.world.add("SKU-05")


def test_a_deleted_sku_may_be_barred_from_reuse() -> None:
    world = Warehouse(reuse_sku=False)
    with pytest.raises(RefusedError, match="already in use"):
        world.recreate(world.add("A").id)


def test_units_arrive_and_leave(account: Sandbox) -> None:
    assert account.world.receive("SKU-04", 6).units == {"1": 10}
    assert account.world.forward("SKU-04", 3).units == {"1": 7}
    with pytest.raises(RefusedError, match="negative"):
        account.world.forward("SKU-04", 8)
    with pytest.raises(RefusedError, match="Warehouse not found"):
        account.world.receive("SKU-04", 1, "9")


@pytest.mark.states(
    "3pl.products.list.search", "3pl.products.list.sku", "3pl.products.list.sortBy", "3pl.products.list.sortOrder",
)  # fmt: skip
def test_the_catalogue_is_sorted_filtered_and_newest_first(http: httpx.Client) -> None:
    def skus(**query: Any) -> list[str]:
        return [row["sku"] for row in http.get(PRODUCTS, params=query).json()]

    assert skus()[0] == "SKU-11"
    assert skus(sortBy="createdAt", sortOrder="asc")[0] == "SKU-00"
    assert skus(sortBy="sku", sortOrder="desc", take=1) == ["SKU-11"]
    assert skus(sku="SKU-07") == ["SKU-07"]
    assert sorted(skus(search="sku-1")) == ["SKU-10", "SKU-11"]
    assert http.get(PRODUCTS, params={"sortBy": "colour"}).status_code == 400
    assert http.get(f"{PRODUCTS}/8").json()["sku"] == "SKU-07"
    assert http.get(f"{PRODUCTS}/SKU-07").json()["error"] == "Product not found"


@pytest.mark.parametrize(
    ("order", "first", "last"),
    [
        (Order.CREATED_ASC, "SKU-00", "SKU-11"),
        (Order.CREATED_DESC, "SKU-11", "SKU-00"),
        (Order.UPDATED_ASC, "SKU-01", "SKU-00"),
        (Order.UPDATED_DESC, "SKU-00", "SKU-01"),
        (Order.ID, "SKU-00", "SKU-08"),  # ids are text: "9" is the last
    ],
)
def test_the_breakdowns_order_is_a_switch(
    http: httpx.Client, account: Sandbox, order: Order, first: str, last: str
) -> None:
    account.switches.order = order
    account.world.set_stock("SKU-00", 5)
    rows = http.get(BREAKDOWN, params={"take": 50}).json()
    assert (rows[0]["sku"], rows[-1]["sku"]) == (first, last)


def test_equal_keys_may_be_sorted_anew_each_time() -> None:
    account = Sandbox(Warehouse(clock=Clock(NOON), stable_ties=False))
    for number in range(40):
        account.world.add(f"SKU-{number}")
    seen = {tuple(item.id for item in account.world.listing(Order.UPDATED_ASC)) for _ in range(3)}
    assert len(seen) == 3


def test_warehouses_come_ten_at_a_time(http: httpx.Client, account: Sandbox) -> None:
    account.world.warehouses |= {str(number): f"W{number}" for number in range(3, 30)}
    assert len(http.get("/v0/warehouses", params={"take": 50}).json()) == 10


def test_the_budget_is_counted_and_renewed_by_the_hour(http: httpx.Client, account: Sandbox) -> None:
    account.switches.rate_limit = 2
    assert http.get(BREAKDOWN).headers["X-RateLimit-Remaining"] == "1"
    http.get(BREAKDOWN)
    refused = http.get(BREAKDOWN)
    assert refused.status_code == 429
    assert "Retry-After" not in refused.headers
    account.switches.retry_after = True
    wait = int(http.get(BREAKDOWN).headers["Retry-After"])
    account.world.clock.move(timedelta(seconds=wait))  # type: ignore[attr-defined]
    assert http.get(BREAKDOWN).status_code == 200


def test_the_date_is_the_sandboxes_own(http: httpx.Client, account: Sandbox) -> None:
    assert http.get(BREAKDOWN).headers["Date"] == "Sat, 07 Mar 2026 12:00:12 GMT"
    account.switches.date = False
    assert "Date" not in http.get(BREAKDOWN).headers


def test_what_is_not_there_is_404(http: httpx.Client) -> None:
    assert http.get("/v0/inventory").status_code == 404
    for method, path in (
        ("PUT", PRODUCTS),
        ("POST", f"{PRODUCTS}/1"),
        ("PATCH", f"{PRODUCTS}/1"),
        ("POST", "/v0/warehouses"),
    ):
        assert http.request(method, path).status_code == 404


def test_another_process_drives_it(account: Sandbox) -> None:
    with serve(account) as server, httpx.Client(base_url=server.url) as hand:

        def do(act: str, **body: Any) -> Any:
            return hand.post(f"/_control/{act}", json=body).json()

        assert do("add", sku="NEW", units={"1": 4, "2": 1})["quantity"] == 5
        assert do("forward", product="NEW", units=3)["quantity"] == 2
        assert do("recreate", product="NEW")["id"] == "14"
        assert do("clock", freeze="2026-03-08T00:00:00Z")["now"] == "2026-03-08T00:00:00+00:00"
        assert do("switch", order="updated_asc", latency=0) == {"done": True}
        assert account.switches.order is Order.UPDATED_ASC
        assert do("fault", kind="503", times=2) == {"done": True}
        headers = {"Authorization": f"Bearer {TOKEN}"}
        assert [hand.get(BREAKDOWN, headers=headers).status_code for _ in range(3)] == [503, 503, 200]
        assert hand.get("/_control/state").json()["calls"] == {BREAKDOWN: 3}
        assert hand.get("/_control/struck").json() == {"503": 2}
        refusals = {"delete": {"product": "SKU-05"}, "rename": {"product": "1"}, "dance": {}, "switch": {"colour": 1}}
        for act, body in refusals.items():
            refused = hand.post(f"/_control/{act}", json=body)
            assert refused.status_code == 400
            assert refused.json()["error"]


def test_a_stalled_answer_ends_with_the_server(account: Sandbox) -> None:
    account.faults.add("stall")
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with serve(account) as server, httpx.Client(timeout=0.2) as hand, pytest.raises(httpx.ReadTimeout):
        hand.get(server.url + BREAKDOWN, headers=headers)


def test_it_holds_a_large_catalogue() -> None:
    account = Sandbox(Warehouse(clock=Clock(NOON)))
    for number in range(100_000):
        account.world.add(f"SKU-{number}", 1)
    request = httpx.Request("GET", f"https://x{BREAKDOWN}?take=50&skip=99950&includeDeleted=true")
    request.headers["Authorization"] = f"Bearer {TOKEN}"
    transport = account.transport()
    transport.handle_request(request)  # sorts once
    began = time.thread_time()
    answers = [transport.handle_request(request) for _ in range(50)]
    assert time.thread_time() - began < 1.0  # of CPU: what else the machine does is another matter
    assert len(json.loads(answers[0].read())) == 50
