"""Top-level errors of an answer with status 200, and the budget that keeps them away."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx
import pytest

from connectors.base import Batch, OperatorStoreError, RetryableStoreError, StockUpdate, Verdict
from connectors.shopify.client import ShopifyBugError
from connectors.testing.harness import batch

from .scripted import Connect, Script, Ticks, errors

T = TypeVar("T")
HOME, ITEM = "gid://shopify/Location/11", "gid://shopify/InventoryItem/%s"


def rows(count: int) -> Batch:
    return batch(*(StockUpdate(f"gid://shopify/InventoryItem/{number}", HOME, number) for number in range(count)))


def payload() -> dict[str, Any]:
    return {"inventorySetQuantities": {"userErrors": []}}


def test_throttled_says_how_long(connect: Connect) -> None:
    left = {"maximumAvailable": 2000, "currentlyAvailable": 2, "restoreRate": 100}
    shop = Script(errors("THROTTLED", requestedQueryCost=752, actualQueryCost=None, throttleStatus=left))
    with pytest.raises(RetryableStoreError) as caught:
        connect(shop).push(rows(1))
    assert (caught.value.retry_after, caught.value.sent) == (7.5, False)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ACCESS_DENIED", OperatorStoreError),
        ("SHOP_INACTIVE", OperatorStoreError),
        ("INTERNAL_SERVER_ERROR", RetryableStoreError),
        ("INVALID_VARIABLE", ShopifyBugError),
        ("BAD_REQUEST", ShopifyBugError),
        ("MAX_INPUT_SIZE_EXCEEDED", ShopifyBugError),
        ("INVALID_FIELD_ARGUMENTS", ShopifyBugError),
    ],
)
def test_top_level_errors(connect: Connect, code: str, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        connect(Script(errors(code))).push(rows(1))


ODD_ERRORS = [
    pytest.param([{"message": "Something went wrong"}], id="no extensions"),
    pytest.param([{"message": "boom", "extensions": {"code": "BRAND_NEW"}}], id="a code nobody knows"),
    pytest.param([{"message": "boom", "extensions": ["code"]}], id="extensions are a list"),
    pytest.param([{"message": None, "extensions": {"code": {"a": 1}}}], id="the code is an object"),
    pytest.param(["boom"], id="sentences"),
    pytest.param("boom", id="a sentence"),
    pytest.param({"query": "boom"}, id="an object"),
    pytest.param([None, 7], id="anything"),
]


@pytest.mark.parametrize("errors", ODD_ERRORS)
@pytest.mark.parametrize("data", [None, {"inventorySetQuantities": None}])
def test_an_error_that_nobody_knows_is_tried_again_and_shown(
    connect: Connect,
    errors: dict[str, Any] | list[Any] | list[dict[str, Any]] | list[str] | str,
    data: dict[str, Any] | None,
) -> None:
    with pytest.raises(RetryableStoreError) as caught:
        connect(Script(httpx.Response(200, json={"errors": errors, "data": data}))).push(rows(1))
    assert caught.value.sent
    assert not isinstance(errors, list) or "boom" not in str(errors) or "boom" in str(caught.value)


def test_what_shopify_says_is_one_bounded_line(connect: Connect) -> None:
    with pytest.raises(RetryableStoreError) as caught:
        connect(Script(errors("ODD", "one\n\x1b[31mtwo\x00" + "x" * 10_000))).push(rows(1))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("code", ["undefinedField", "argumentLiteralsIncompatible", "missingRequiredArguments"])
def test_what_the_schema_refuses_is_a_bug_of_ours(connect: Connect, code: str) -> None:
    with pytest.raises(ShopifyBugError, match="malformed"):
        connect(Script(errors(code))).push(rows(1))


COSTS = ["x", 7, [], {"throttleStatus": "x"}, {"requestedQueryCost": "many", "throttleStatus": {}},
         {"requestedQueryCost": 1, "throttleStatus": {"currentlyAvailable": None, "restoreRate": "fast"}}]  # fmt: skip


@pytest.mark.parametrize("extensions", [{"cost": cost} for cost in COSTS] + ["x", [], None])
def test_a_price_that_cannot_be_read_is_no_trouble(connect: Connect, extensions: object) -> None:
    answer = httpx.Response(200, json={"data": payload(), "extensions": extensions})
    connector = connect(Script(answer, payload()))
    connector.push(rows(1))
    connector.push(rows(1))


@pytest.mark.parametrize(
    "said", [None, "x", 7, {}, {"userErrors": None}, {"userErrors": "x"}, {"userErrors": {"code": "X"}}, []]
)
def test_a_write_without_a_readable_word_proves_nothing(
    connect: Connect, said: dict[str, Any] | int | list[Any] | str | None
) -> None:
    with pytest.raises(RetryableStoreError) as caught:
        connect(Script({"inventorySetQuantities": said})).push(rows(2))
    assert caught.value.sent


@pytest.mark.parametrize(
    "error",
    [
        None, "no", 7, [], {}, {"code": 7, "message": ["x"], "field": "quantities"},
        {"code": None, "message": None, "field": ["input", "quantities", None]},
        {"code": "NEW", "field": [["input"], "quantities"]}, {"code": {}, "field": {"a": 1}},
        {"field": ["input", "quantities", "-1"]}, {"field": ["input", "quantities", "٣"]},
    ],
)  # fmt: skip
def test_a_refusal_that_cannot_be_read_is_a_refusal(
    connect: Connect, error: dict[str, Any] | int | list[Any] | str | None
) -> None:
    """Nothing was written, and nothing is claimed."""
    refused = {"inventorySetQuantities": {"userErrors": [error]}}
    outcomes = connect(Script(*[refused] * 3)).push(rows(2))
    assert {outcome.verdict for outcome in outcomes} == {Verdict.REJECTED}
    assert all(outcome.reason.isprintable() for outcome in outcomes)


@pytest.mark.parametrize(
    "data",
    [
        {"productVariants": None}, {"productVariants": []}, {"productVariants": "x"}, {},
        {"productVariants": {"nodes": None}},
        {"productVariants": {"nodes": [], "pageInfo": None}}, {"productVariants": {"nodes": {}, "pageInfo": {}}},
        {"productVariants": {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": None}}},
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_read_is_tried_again(connect: Connect, data: dict[str, Any]) -> None:
    """It is no empty list either, or all the listings would be forgotten."""
    with pytest.raises(RetryableStoreError):
        list(connect(Script({"productVariantsCount": {"count": 1}}, data)).listings())


@pytest.mark.parametrize("body", [[], {"data": None}, {}, {"data": "x"}, {"errors": [], "data": None}, "x", None])
def test_an_answer_without_data_proves_nothing(connect: Connect, body: dict[str, Any] | list[Any] | str | None) -> None:
    with pytest.raises(RetryableStoreError) as caught:
        connect(Script(httpx.Response(200, json=body))).push(rows(1))
    assert caught.value.sent


def test_the_token_is_cut_out_of_what_shopify_says(connect: Connect) -> None:
    with pytest.raises(RetryableStoreError) as caught:
        connect(Script(errors("ODD", "token shpat_0123456789abcdef is odd"))).push(rows(1))
    assert "shpat_" not in str(caught.value)
    assert "***" in str(caught.value)


# ---------------------------------------------------------------- the budget


def poor(left: int) -> httpx.Response:
    status = {"maximumAvailable": 2000, "currentlyAvailable": left, "restoreRate": 100}
    cost = {"requestedQueryCost": 13, "actualQueryCost": 13, "throttleStatus": status}
    return httpx.Response(200, json={"data": payload(), "extensions": {"cost": cost}})


def test_what_does_not_fit_the_budget_is_not_sent(connect: Connect, ticks: Ticks) -> None:
    shop = Script(poor(3), payload(), payload())
    connector = connect(shop)
    connector.push(rows(1))
    with pytest.raises(RetryableStoreError) as caught:
        connector.push(rows(1))
    assert (round(caught.value.retry_after or 0.0, 3), caught.value.sent, len(shop.requests)) == (0.1, False, 1)
    connector.push(rows(1))
    assert len(shop.requests) == 2, "after the wait that it asked for, Shopify decides"


def test_points_come_back_with_time(connect: Connect, ticks: Ticks) -> None:
    shop = Script(poor(3), payload())
    connector = connect(shop)
    connector.push(rows(1))
    ticks.seconds += 0.2
    connector.push(rows(1))
    assert len(shop.requests) == 2


@pytest.mark.parametrize(
    "data", [{"orders": "x"}, {"orders": {"nodes": []}}, {"at0": {"inventoryLevels": {"nodes": 7}}}]
)
def test_a_poll_that_cannot_be_read_is_tried_again(connect: Connect, data: dict[str, Any]) -> None:
    page = {"nodes": [], "pageInfo": {"hasNextPage": False}}
    connector = connect(Script({"orders": page, "at0": {"inventoryLevels": page}, **data}))
    connector.resume_edits({"at": 1e9, "well": 1e9})
    with pytest.raises(RetryableStoreError):
        list(connector.changes(datetime(2026, 11, 20, tzinfo=UTC)))


GOOD = {"id": "gid://shopify/ProductVariant/1", "sku": "A", "inventoryItem": {"id": ITEM % 1, "tracked": True}}
ODD = {**GOOD, "sku": "B", "inventoryItem": {"id": ITEM % 2}}


def variants(*nodes: object) -> dict[str, Any]:
    return {"productVariants": {"nodes": list(nodes), "pageInfo": {"hasNextPage": False}}}


def test_a_row_of_no_known_shape_is_left_out_and_named(connect: Connect) -> None:
    connector = connect(Script({"productVariantsCount": {"count": 2}}, variants(ODD, GOOD)))
    assert [listing.sku for listing in connector.listings()] == ["A"]
    assert [left.id for left in connector.unreadable()] == [ITEM % 2]
    assert connector.hides(ITEM % 2)
    assert connector.dump_state()["broken"] == {"listing": [ITEM % 2]}


@pytest.mark.parametrize("row", [None, 7, {}, {"inventoryItem": None}])
def test_a_row_without_an_id_is_no_row_that_can_be_left_out(connect: Connect, row: dict[str, Any] | int | None) -> None:
    connector = connect(Script({"productVariantsCount": {"count": 2}}, variants(GOOD, row)))
    with pytest.raises(RetryableStoreError, match="no known shape"):
        list(connector.listings())


def test_what_cannot_be_shown_is_asked_for_in_halves(connect: Connect) -> None:
    def nodes(variables: dict[str, Any]) -> object:
        if ITEM % 3 in variables["ids"]:
            return errors("INTERNAL_SERVER_ERROR")
        return {"nodes": [{"id": ref, "at0": None} for ref in variables["ids"]]}

    shop = Script(*[nodes] * 8, {"shop": {"id": "x"}}, *[nodes] * 5)
    connector = connect(shop, send=Untiring())
    assert {row.ref for row in connector.read([ITEM % n for n in range(5)])} == {ITEM % n for n in (0, 1, 2, 4)}
    assert [left.id for left in connector.unreadable()] == [ITEM % 3]


class Untiring:
    def __call__(self, request: Callable[[], T]) -> T:
        while True:
            try:
                return request()
            except RetryableStoreError:
                continue
