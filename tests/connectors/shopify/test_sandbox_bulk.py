"""The sandbox's bulk operations go the way of Shopify's."""

import json
import time
from typing import Any

import httpx
import pytest

from connectors.shopify.sandbox import ManualClock, Sandbox, Shop, bulk, bulk_file

from .asking import HEADERS, finish, run, state

NESTED = """{ inventoryItems { edges { node { id inventoryLevels { edges { node {
  id location { id } quantities(names: ["on_hand"]) { name quantity } } } } } } } }"""


pytestmark = pytest.mark.usefixtures("two")


def fetch(sandbox: Sandbox, url: str, **headers: str) -> httpx.Response:
    with httpx.Client(transport=sandbox.transport()) as client:
        return client.get(url, headers=headers)


def lines(sandbox: Sandbox, url: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in fetch(sandbox, url).text.splitlines()]


# Bulk operations


def test_a_bulk_operation_goes_through_its_states(sandbox: Sandbox) -> None:
    started = run(sandbox)["bulkOperation"]
    assert started["status"] == "CREATED"
    running = state(sandbox, started["id"])
    assert (running["status"], running["url"]) == ("RUNNING", None)
    done = state(sandbox, started["id"])
    assert (done["status"], done["objectCount"], done["rootObjectCount"]) == ("COMPLETED", "2", "2")
    assert [row["sku"] for row in lines(sandbox, done["url"])] == ["A", "B"]
    assert int(done["fileSize"]) == len(fetch(sandbox, done["url"]).content)


def test_rows_of_nested_connections_name_their_parent_and_stand_apart(sandbox: Sandbox) -> None:
    rows = lines(sandbox, finish(sandbox, NESTED)["url"])
    assert ["__parentId" in row for row in rows] == [False, False, True, True, True, True]
    assert {row["__parentId"] for row in rows[2:]} == {row["id"] for row in rows[:2]}
    assert rows[2]["quantities"] == [{"name": "on_hand", "quantity": 5}]


def test_rows_can_be_grouped(sandbox: Sandbox) -> None:
    rows = lines(sandbox, finish(sandbox, NESTED, group=True)["url"])
    assert ["__parentId" in row for row in rows] == [False, True, True, False, True, True]


def test_the_file_shows_the_moment_of_its_making(sandbox: Sandbox, shop: Shop) -> None:
    started = run(sandbox)["bulkOperation"]
    shop.add_variant("C")
    state(sandbox, started["id"])
    done = state(sandbox, started["id"])
    shop.add_variant("D")
    assert [row["sku"] for row in lines(sandbox, done["url"])] == ["A", "B", "C"]


def test_nothing_matched_is_a_success_without_a_file(sandbox: Sandbox) -> None:
    done = finish(sandbox, '{ productVariants(query: "sku:none") { edges { node { id } } } }')
    assert (done["status"], done["objectCount"], done["url"]) == ("COMPLETED", "0", None)


def test_a_failed_operation_leaves_part_of_the_data(sandbox: Sandbox) -> None:
    sandbox.bulk.fail_next = "TIMEOUT"
    done = finish(sandbox)
    assert (done["status"], done["errorCode"], done["url"]) == ("FAILED", "TIMEOUT", None)
    assert len(lines(sandbox, done["partialDataUrl"])) == 1


@pytest.fixture
def large(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop with more than is written while one waits for it."""
    monkeypatch.setattr(bulk, "AT_ONCE", 10)
    monkeypatch.setattr(bulk, "SLICE", 4)
    monkeypatch.setattr(bulk_file, "IN_MEMORY", 500)
    for number in range(50):
        shop.add_variant(f"L{number}")
    return shop


def ended(sandbox: Sandbox, gid: str) -> dict[str, Any]:
    """The operation, once it is done."""
    until = time.monotonic() + 20
    while (found := state(sandbox, gid))["status"] == "RUNNING" and time.monotonic() < until:
        time.sleep(0.005)
    return found


def test_a_large_file_is_written_beside_the_requests(sandbox: Sandbox, large: Shop) -> None:
    operation = run(sandbox, NESTED)["bulkOperation"]["id"]
    with large.lock:  # so that whoever writes cannot go on
        assert [state(sandbox, operation)["status"] for _ in range(5)] == ["RUNNING"] * 5
    done = ended(sandbox, operation)
    assert (done["status"], done["rootObjectCount"], done["errorCode"]) == ("COMPLETED", "52", None)
    rows = lines(sandbox, done["url"])
    assert len(rows) == int(done["objectCount"])
    assert ["__parentId" in row for row in rows] == [False] * 52 + [True] * (len(rows) - 52)


def test_a_large_file_that_breaks_half_way_is_told_as_failed(sandbox: Sandbox, large: Shop) -> None:
    operation = run(sandbox, NESTED)["bulkOperation"]["id"]
    with large.lock:
        state(sandbox, operation), state(sandbox, operation)
        large.broken = frozenset({large.variant("L40").item.id})
    done = ended(sandbox, operation)
    assert (done["status"], done["errorCode"], done["url"]) == ("FAILED", "INTERNAL_SERVER_ERROR", None)
    assert 0 < len(lines(sandbox, done["partialDataUrl"])) == int(done["objectCount"]) < 100


def test_the_sixth_at_once_is_refused(sandbox: Sandbox) -> None:
    running = [run(sandbox)["bulkOperation"]["id"] for _ in range(5)]
    (error,) = run(sandbox)["userErrors"]
    assert error["code"] == "OPERATION_IN_PROGRESS"
    assert all(gid in error["message"] for gid in running)
    for _ in range(2):
        state(sandbox, running[0])
    assert run(sandbox)["userErrors"] == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        pytest.param("{ shop { name } }", "at least one connection", id="no connection"),
        pytest.param("{ productVariants { edges { node { nme } } } }", "nme", id="unknown field"),
        pytest.param("{ productVariants {", "Syntax", id="syntax"),
        pytest.param(
            "{ shop { name } productVariants { edges { node { id } } } }", "one top level field", id="two fields"
        ),
        pytest.param(
            "{ orders { edges { node { fulfillments { fulfillmentLineItems { edges { node { id } } } } } } } }",
            "within a list field",
            id="connection in a list",
        ),
    ],
)
def test_bulk_queries_that_are_refused(sandbox: Sandbox, query: str, message: str) -> None:
    (error,) = run(sandbox, query)["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["query"])
    assert message in error["message"]


def test_the_file_expires(sandbox: Sandbox, clock: ManualClock) -> None:
    url = finish(sandbox)["url"]
    assert fetch(sandbox, url).status_code == 200
    clock.advance(7 * 24 * 3600)
    assert fetch(sandbox, url).status_code == 400


def test_a_token_sent_to_the_files_is_refused_and_remembered(sandbox: Sandbox) -> None:
    url = finish(sandbox)["url"]
    assert fetch(sandbox, url, **HEADERS).status_code == 400
    assert len(sandbox.leaks) == 1
