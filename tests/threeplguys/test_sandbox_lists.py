"""What all lists of the sandbox have in common: pages, what is deleted, the scope, and whose entries are told."""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from bridge.threeplguys.sandbox import TOKEN, Clock, Sandbox, Warehouse

NOON = datetime(2026, 3, 7, 12, tzinfo=UTC)
PRODUCTS, CARTONS = "/v0/inventory/products", "/v0/inventory/cartons"
LISTS = [PRODUCTS, CARTONS, f"{PRODUCTS}/breakdown", f"{CARTONS}/breakdown"]
HISTORIES = [f"{PRODUCTS}/1/history", f"{CARTONS}/1/history"]
ROWS = 60


@pytest.fixture
def account() -> Sandbox:
    """Sixty products, sixty carton types, and sixty entries in the histories of the first of each."""
    made = Sandbox(Warehouse(clock=Clock(NOON)))
    for number in range(ROWS):
        made.world.add(f"SKU-{number:02}")
        made.world.cartons.add(f"SKU-{number:02}", 10)
    for count in range(1, ROWS):
        made.world.cartons.set_count("1", count)
    return made


@pytest.fixture
def http(account: Sandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(transport=account.transport(), base_url="https://sandbox.example", headers=headers) as made:
        yield made


@pytest.mark.states(
    "3pl.levels.products.skip", "3pl.levels.products.take", "3pl.levels.cartons.skip", "3pl.levels.cartons.take",
    "3pl.products.list.skip", "3pl.products.list.take", "3pl.products.history.skip", "3pl.products.history.take",
    "3pl.cartons.list.skip", "3pl.cartons.list.take", "3pl.cartons.history.skip", "3pl.cartons.history.take",
)  # fmt: skip
@pytest.mark.parametrize("path", LISTS + HISTORIES)
def test_ten_rows_are_a_page_and_fifty_the_most_from_wherever_one_begins(http: httpx.Client, path: str) -> None:
    every = [row["id"] for skip in (0, 50) for row in http.get(path, params={"take": 50, "skip": skip}).json()]
    assert len(set(every)) == ROWS
    assert [row["id"] for row in http.get(path).json()] == every[:10]
    assert [row["id"] for row in http.get(path, params={"take": 80}).json()] == every[:50]
    assert [row["id"] for row in http.get(path, params={"skip": 57}).json()] == every[57:]
    assert http.get(path, params={"skip": ROWS}).json() == []


@pytest.mark.states(
    "3pl.levels.products.includeDeleted", "3pl.levels.cartons.includeDeleted", "3pl.products.list.includeDeleted",
    "3pl.cartons.list.includeDeleted", "3pl.products.list.without_deleted", "3pl.cartons.list.without_deleted",
)  # fmt: skip
@pytest.mark.parametrize("path", LISTS)
def test_what_is_deleted_is_shown_only_on_request(http: httpx.Client, account: Sandbox, path: str) -> None:
    account.world.cartons.delete("60")
    account.world.delete("60")
    asked = {"take": "50", "skip": "50"}
    assert len(http.get(path, params=asked).json()) == ROWS - 50 - 1
    assert len(http.get(path, params={**asked, "includeDeleted": "false"}).json()) == ROWS - 50 - 1
    assert len(http.get(path, params={**asked, "includeDeleted": "true"}).json()) == ROWS - 50


@pytest.mark.states("3pl.guide.scope", "3pl.levels.scope", "3pl.products.scope", "3pl.cartons.scope")
@pytest.mark.parametrize("path", LISTS + HISTORIES)
def test_each_needs_the_scope(http: httpx.Client, account: Sandbox, path: str) -> None:
    assert http.get(path).status_code == 200
    account.tokens[TOKEN] = frozenset({"locations"})
    assert http.get(path).status_code == 403


@pytest.mark.states("3pl.levels.read_only")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", [f"{PRODUCTS}/breakdown", f"{CARTONS}/breakdown"])
def test_breakdowns_only_read(http: httpx.Client, path: str, method: str) -> None:
    before = http.get(path).json()
    assert http.request(method, path, json={"name": "Other", "quantity": 5}).status_code == 404
    assert http.get(path).json() == before


@pytest.mark.states("3pl.products.history.public", "3pl.cartons.history.public")
@pytest.mark.parametrize("path", HISTORIES)
def test_only_public_entries_are_told(http: httpx.Client, account: Sandbox, path: str) -> None:
    before = http.get(path).json()
    account.world.annotate("1", "Counted by Jo, who is new")
    account.world.cartons.annotate("1", "Shelf 7")
    assert http.get(path).json() == before
    account.world.cartons.set_count("1", 0)
    told = http.get(path).json()
    assert (told[0]["type"], told[1:]) == ("admin", before[:9])
