"""The documents against the sandbox and the client: the same story gives the same answers, word for word."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bridge.core.measure import Length, Weight
from bridge.threeplguys.cartons import CartonSpec, Dimensions, Packed
from bridge.threeplguys.client import SourceClient
from bridge.threeplguys.parse import ProductSpec
from bridge.threeplguys.sandbox import TOKEN, Clock, Sandbox, Warehouse

EXAMPLES = Path(__file__).with_name("examples")
PRODUCTS, CARTONS = "/v0/inventory/products", "/v0/inventory/cartons"
CREATED, COUNTED = "2025-01-15T08:30:00Z", "2025-02-20T14:00:00Z"
BOX = Dimensions(Length.of(12, "inch"), Length.of(10, "inch"), Length.of(8, "inch"))
CASE = CartonSpec((Packed("1", 10),), BOX, Weight.of(5, "pound"), "10-Pack Case")
EGGS = ProductSpec("Egg Shells", "ABC123", "Premium egg shells for baking")


def printed(name: str) -> Any:
    return json.loads((EXAMPLES / f"{name}.json").read_text())


class Story:
    """An account to which things happen at the moments that the documents print."""

    def __init__(self) -> None:
        self.account = Sandbox(Warehouse(clock=Clock(datetime.fromisoformat(CREATED))))
        self.account.switches.extra_fields, self.account.switches.created = False, 200
        transport, headers = self.account.transport(), {"Authorization": f"Bearer {TOKEN}"}
        self.http = httpx.Client(transport=transport, base_url="https://api.3plguys.com", headers=headers)

    def at(self, moment: str) -> None:
        self.account.world.clock.freeze(datetime.fromisoformat(moment))  # type: ignore[attr-defined]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.http.request(method, path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def told(self, path: str) -> list[tuple[str, str, str]]:
        return [(x["type"], x["description"], x["createdAt"]) for x in self.ask("GET", f"{path}/history?take=10")]


@pytest.fixture
def story() -> Iterator[Story]:
    """Egg Shells, one type of carton, and fifty of these since February."""
    made = Story()
    assert made.ask("POST", PRODUCTS, printed("products_create_body")) == printed("products_create")
    made.ask("POST", CARTONS, printed("cartons_create_body"))
    made.at(COUNTED)
    made.account.world.cartons.set_count("1", 50)
    yield made
    made.http.close()


@pytest.mark.states(
    "3pl.products.list.endpoint", "3pl.products.get.endpoint", "3pl.cartons.list.endpoint",
    "3pl.cartons.get.endpoint", "3pl.levels.cartons.endpoint", "3pl.levels.products.sums",
    "3pl.levels.products.createdAt", "3pl.levels.products.quantity",
)  # fmt: skip
def test_the_lists_and_breakdowns(story: Story) -> None:
    assert story.ask("GET", f"{PRODUCTS}?search=egg&sortBy=name&sortOrder=asc") == printed("products_list")
    assert story.ask("GET", f"{PRODUCTS}/1") == printed("products_get")
    assert story.ask("GET", f"{CARTONS}?search=10-pack") == printed("cartons_list")
    assert story.ask("GET", f"{CARTONS}/1") == printed("cartons_get")
    assert story.ask("GET", f"{CARTONS}/breakdown?take=50") == printed("stock_levels_cartons_breakdown")
    (row,) = story.ask("GET", f"{PRODUCTS}/breakdown?take=50")
    places = [{"id": "1", "name": "Main Warehouse", "quantity": 500}]  # fifty cartons of ten; the document says 290
    assert row == printed("stock_levels_breakdown")[0] | {"quantity": 500, "warehouses": places}


@pytest.mark.states(
    "3pl.guide.breakdown.quantity", "3pl.guide.breakdown.createdAt", "3pl.guide.breakdown.warehouse_name",
    "3pl.guide.incremental.updatedSince", "3pl.guide.products.endpoint", "3pl.guide.products.take",
    "3pl.guide.cartons.endpoint", "3pl.guide.cartons.quantity", "3pl.guide.cartons.warehouses",
    "3pl.guide.cartons.converted",
)  # fmt: skip
def test_the_rows_of_the_guide(story: Story) -> None:
    """`archived` in place of `deletedAt`, and no milliseconds."""
    story.account.switches.deletion, story.account.switches.milliseconds = "archived", False
    story.at("2024-06-15T08:00:00Z")
    story.account.world.add("WDG-2024-BLK", name="Widget Black", description="Premium black widget")
    dimensions = {"length": 30, "width": 20, "height": 15, "units": "inch"}
    story.account.world.cartons.add("2", 10, dimensions, {"amount": 4.5, "units": "pound"}, "10-Pack Case")
    story.at("2026-03-07T12:00:00Z")
    story.account.world.cartons.set_count("2", 36)
    since = "updatedSince=2026-03-07T11:59:59Z"
    assert story.ask("GET", f"{PRODUCTS}/breakdown?{since}") == [printed("guide_breakdown")[0] | {"id": "2"}]
    (row,) = story.ask("GET", f"{CARTONS}/breakdown?{since}")
    (said,) = printed("guide_cartons_breakdown")
    assert row == said | {"id": "2", "contents": [said["contents"][0] | {"id": "2"}]}
    story.account.switches.deletion = "deletedAt"
    assert story.ask("GET", f"{PRODUCTS}?take=50&sku=WDG-2024-BLK") == [printed("guide_products")[0] | {"id": "2"}]


@pytest.mark.states(
    "3pl.products.update.endpoint", "3pl.products.update.answer", "3pl.products.delete.endpoint",
    "3pl.products.delete.answer", "3pl.products.restore.endpoint", "3pl.products.restore.answer",
)  # fmt: skip
def test_a_product_changes_goes_and_comes_back(story: Story) -> None:
    story.at("2025-03-04T10:15:00Z")
    assert story.ask("PUT", f"{PRODUCTS}/1", printed("products_update_body")) == printed("products_update")
    story.ask("PUT", f"{PRODUCTS}/1", {"name": EGGS.name, "description": EGGS.description})
    story.account.world.cartons.set_count("1", 0)
    story.at("2025-03-04T12:00:00Z")
    assert story.ask("DELETE", f"{PRODUCTS}/1") == printed("products_delete")
    story.at("2025-03-04T12:05:00Z")
    assert story.ask("PATCH", f"{PRODUCTS}/1/restore") == printed("products_restore")


@pytest.mark.states(
    "3pl.cartons.create.endpoint", "3pl.cartons.update.endpoint", "3pl.cartons.delete.endpoint",
    "3pl.cartons.delete.answer", "3pl.cartons.restore.endpoint", "3pl.cartons.restore.answer",
    "3pl.cartons.one_product",
)  # fmt: skip
def test_a_carton_is_created_goes_and_comes_back(story: Story) -> None:
    story.account.world.cartons.add("1", 5)
    story.at("2025-03-04T10:00:00Z")
    created = story.ask("POST", CARTONS, printed("cartons_create_body"))
    assert created == printed("cartons_create")
    assert story.ask("PUT", f"{CARTONS}/3", printed("cartons_update_body")) == created | printed("cartons_update_body")
    story.at("2025-03-04T12:00:00Z")
    stamps = {"updatedAt": "2025-03-04T12:00:00.000Z", "deletedAt": "2025-03-04T12:00:00.000Z"}
    gone = story.ask("DELETE", f"{CARTONS}/3")
    assert gone == created | {"name": "10-Pack Shipping Case"} | stamps
    assert all(f'"{name}": {json.dumps(gone[name])}' in (EXAMPLES / "cartons_delete.txt").read_text()
               for name in ("id", "name", "createdAt", "updatedAt", "deletedAt"))  # fmt: skip
    back = story.ask("PATCH", f"{CARTONS}/3/restore")
    assert back == gone | {"deletedAt": None}
    assert all(f'"{name}": {json.dumps(back[name])}' in (EXAMPLES / "cartons_restore.txt").read_text()
               for name in ("id", "name", "deletedAt"))  # fmt: skip


@pytest.mark.states("3pl.products.history.endpoint", "3pl.cartons.history.endpoint")
@pytest.mark.parametrize(("kind", "path"), [("products", PRODUCTS), ("cartons", CARTONS)])
def test_histories(story: Story, kind: str, path: str) -> None:
    story.account.world.cartons.set_count("1", 10)
    story.at("2026-03-02T08:00:00Z")
    story.account.world.cartons.set_count("1", 15)
    story.at("2026-03-04T10:15:00Z")
    story.ask("PUT", f"{PRODUCTS}/1", {"name": EGGS.name})
    said = [(x["type"], x["description"], x["createdAt"]) for x in printed(f"{kind}_history")]
    assert [entry for entry in story.told(f"{path}/1") if entry in said] == said


@pytest.mark.states(
    "3pl.products.create.endpoint", "3pl.products.create.json", "3pl.products.create.name", "3pl.products.create.sku",
    "3pl.products.create.description", "3pl.products.update.name", "3pl.products.update.description",
    "3pl.cartons.create.json", "3pl.cartons.create.contents", "3pl.cartons.create.productId",
    "3pl.cartons.create.quantity", "3pl.cartons.create.dimensions", "3pl.cartons.create.dimensions_units",
    "3pl.cartons.create.weight", "3pl.cartons.create.weight_units", "3pl.cartons.update.name",
)  # fmt: skip
@pytest.mark.parametrize("name", ["products_create", "products_update", "cartons_create", "cartons_update"])
def test_the_client_sends_the_bodies_of_the_documents(story: Story, name: str) -> None:
    source = SourceClient("https://api.3plguys.com", SecretStr(TOKEN), http=story.http)
    if name == "products_create":
        story.account.world.recreate("1")
        story.account.world.delete("ABC123")
        source.products.create(EGGS)
    elif name == "products_update":
        source.products.update(
            source.products.get("1"), ProductSpec("Egg Shells (Large)", "ABC123", "Updated description")
        )
    elif name == "cartons_create":
        source.cartons.create(CASE)
    else:
        have = source.cartons.get("1")
        source.cartons.update(have, CartonSpec(have.contents, BOX, CASE.weight, "10-Pack Shipping Case"))
    request = story.account.log[-1]
    assert json.loads(request.body) == printed(f"{name}_body")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"] == f"Bearer {TOKEN}"


def test_no_example_is_left_unread() -> None:
    told = "".join(path.read_text() for path in EXAMPLES.parent.glob("test_*.py"))
    words = {f"{kind}_{what}" for kind in ("products", "cartons") for what in ("history", "create_body", "update_body")}
    assert [path.stem for path in EXAMPLES.iterdir() if f'"{path.stem}' not in told and path.stem not in words] == []
