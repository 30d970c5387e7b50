"""One batch in a handful of calls, whatever Shopify refuses, and the same calls when it is pushed again."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import httpx
import pytest

from connectors.base import Batch, OperatorStoreError, RetryableStoreError, StockUpdate, Verdict
from connectors.shopify.client import ShopifyBugError
from connectors.testing.harness import batch, verdicts

from .scripted import Connect, Script, errors

T = TypeVar("T")
HOME = "gid://shopify/Location/11"
APPLIED, REJECTED, MISSING, DEFERRED = Verdict.APPLIED, Verdict.REJECTED, Verdict.MISSING, Verdict.DEFERRED


def item(number: int) -> str:
    return f"gid://shopify/InventoryItem/{number}"


def rows(count: int) -> Batch:
    return batch(*(StockUpdate(item(number), HOME, number) for number in range(count)))


def payload(*refusals: tuple[str | None, object], group: object = None) -> dict[str, Any]:
    found = [{"code": code, "field": field, "message": f"about {code}"} for code, field in refusals]
    return {"inventorySetQuantities": {"inventoryAdjustmentGroup": group, "userErrors": found}}


def at(index: int) -> list[str]:
    return ["input", "quantities", str(index), "inventoryItemId"]


def refusing(faults: Mapping[str, str], *, indexed: bool = True) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A shop that refuses the named items, each with its code; indexed=False: without saying which."""

    def answer(variables: dict[str, Any]) -> dict[str, Any]:
        sent = [row["inventoryItemId"] for row in variables["input"]["quantities"]]
        return payload(
            *((faults[ref], at(place) if indexed else None) for place, ref in enumerate(sent) if ref in faults)
        )

    return answer


def test_a_group_or_none_is_a_success(connect: Connect) -> None:
    for group in (None, {"id": "gid://shopify/InventoryAdjustmentGroup/1"}):
        outcomes = connect(Script(payload(group=group))).push(rows(2))
        assert [(outcome.verdict, outcome.shown) for outcome in outcomes] == [(APPLIED, 0), (APPLIED, 1)]


def test_the_first_call_carries_the_batchs_own_key(connect: Connect) -> None:
    shop = Script(payload())
    connect(shop).push(rows(2))
    assert shop.variables[0]["key"] == rows(2).key
    assert all("changeFromQuantity" in row for row in shop.variables[0]["input"]["quantities"])


def test_247_applied_at_once_and_three_named(connect: Connect) -> None:
    faults = {
        item(7): "NON_MUTABLE_INVENTORY_ITEM",
        item(71): "INVALID_INVENTORY_ITEM",
        item(200): "CHANGE_FROM_QUANTITY_STALE",
    }
    shop = Script(refusing(faults), refusing(faults))
    outcomes = connect(shop).push(rows(250))
    assert len(shop.requests) == 2
    assert len([verdict for verdict in verdicts(outcomes) if verdict is APPLIED]) == 247
    assert [outcomes[row].verdict for row in (7, 71, 200)] == [REJECTED, MISSING, DEFERRED]
    assert [outcomes[row].shown for row in (0, 249)] == [0, 249]


def test_rows_that_are_refused_one_after_the_other(connect: Connect) -> None:
    """A call may name the rows of one kind only; the next names the others."""
    shop = Script(payload(("INVALID_INVENTORY_ITEM", at(0))), payload(("CHANGE_FROM_QUANTITY_STALE", at(1))), payload())
    assert verdicts(connect(shop).push(rows(4))) == [MISSING, APPLIED, DEFERRED, APPLIED]


def test_without_an_index_the_batch_is_halved(connect: Connect) -> None:
    faults = {item(7): "INVALID_INVENTORY_ITEM", item(71): "NON_MUTABLE_INVENTORY_ITEM"}
    shop = Script(*[refusing(faults, indexed=False)] * 40)
    outcomes = connect(shop).push(rows(250))
    assert [outcomes[row].verdict for row in (7, 71)] == [MISSING, REJECTED]
    assert verdicts(outcomes).count(APPLIED) == 248
    assert len(shop.requests) <= 40


def test_a_shop_that_refuses_everything_is_not_asked_for_ever(connect: Connect) -> None:
    shop = Script(*[payload(("SOMETHING_NEW", None))] * 100)
    outcomes = connect(shop).push(rows(250))
    assert len(shop.requests) <= 40
    assert set(verdicts(outcomes)) <= {REJECTED, DEFERRED}
    assert len(outcomes) == 250


def test_the_same_batch_makes_the_same_calls_again(connect: Connect) -> None:
    faults = {item(1): "INVALID_INVENTORY_ITEM"}
    first, second = Script(*[refusing(faults)] * 2), Script(*[refusing(faults)] * 2)
    connect(first).push(rows(5))
    connect(second).push(rows(5))
    assert first.variables == second.variables
    assert len({body["key"] for body in first.variables}) == 2, "another body, another key"


def test_another_rest_gets_another_key(connect: Connect) -> None:
    first, second = (
        Script(payload(("INVALID_INVENTORY_ITEM", at(1))), payload()),
        Script(payload(("INVALID_INVENTORY_ITEM", at(2))), payload()),
    )
    connect(first).push(rows(5))
    connect(second).push(rows(5))
    assert first.variables[1]["key"] != second.variables[1]["key"]


def test_the_same_rest_of_a_later_batch_gets_another_key(connect: Connect) -> None:
    """A key made of the body alone would let Shopify answer a new write from its memory of an old one."""
    keys = []
    for key in ("one", "two"):
        shop = Script(payload(("INVALID_INVENTORY_ITEM", at(1))), payload())
        connect(shop).push(batch(*rows(5).updates, key=key))
        keys += [body["key"] for body in shop.variables]
    assert len(set(keys)) == 4


@pytest.mark.parametrize(
    ("code", "verdict", "said"),
    [
        ("CHANGE_FROM_QUANTITY_STALE", DEFERRED, "stale"),
        ("COMPARE_QUANTITY_STALE", DEFERRED, "stale"),
        ("INVALID_INVENTORY_ITEM", MISSING, "no such item"),
        ("NON_MUTABLE_INVENTORY_ITEM", REJECTED, "bundle"),
        ("INVALID_QUANTITY_NEGATIVE", REJECTED, "negative"),
        ("INVALID_QUANTITY_TOO_HIGH", REJECTED, "higher"),
        ("INVALID_QUANTITY_TOO_LOW", REJECTED, "lower"),
        ("NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR", REJECTED, "map only one"),
        ("ITEM_NOT_STOCKED_AT_LOCATION", REJECTED, "activate"),
        ("INVENTED_TOMORROW", REJECTED, "about INVENTED_TOMORROW"),
        (None, REJECTED, "about None"),
    ],
)
def test_codes_of_rows(connect: Connect, code: str | None, verdict: Verdict, said: str) -> None:
    outcome = connect(Script(payload((code, at(0))), payload())).push(rows(2))[0]
    assert outcome.verdict is verdict
    assert said in outcome.reason


@pytest.mark.parametrize("field", [None, [], ["input"], ["input", "quantities"], ["input", "quantities", "x"], at(99)])
def test_a_field_that_names_no_row(connect: Connect, field: object) -> None:
    shop = Script(payload(("INVALID_INVENTORY_ITEM", field)), payload(), payload(("INVALID_INVENTORY_ITEM", field)))
    assert verdicts(connect(shop).push(rows(2))) == [APPLIED, MISSING]


def test_a_location_that_is_gone_needs_a_person(connect: Connect) -> None:
    with pytest.raises(OperatorStoreError, match="has no location gid://shopify/Location/11"):
        connect(Script(payload(("INVALID_LOCATION", ["input", "quantities", "0", "locationId"])))).push(rows(2))


@pytest.mark.parametrize("code", ["INVALID_NAME", "INVALID_REASON", "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"])
def test_our_own_mistakes_are_loud(connect: Connect, code: str) -> None:
    with pytest.raises(ShopifyBugError):
        connect(Script(payload((code, None)))).push(rows(2))


def test_while_its_duplicate_is_running_the_same_call_is_sent_again(connect: Connect) -> None:
    asked: list[float | None] = []

    def retrying(request: Callable[[], T]) -> T:
        try:
            return request()
        except RetryableStoreError as error:
            asked.append(error.retry_after)
            return request()

    shop = Script(payload(("IDEMPOTENCY_CONCURRENT_REQUEST", None)), payload())
    assert verdicts(connect(shop, send=retrying).push(rows(2))) == [APPLIED, APPLIED]
    assert shop.variables[0] == shop.variables[1]
    assert asked == [2.0]


def test_a_burnt_key_is_replaced(connect: Connect) -> None:
    burnt = payload(("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", None))
    first, second = Script(burnt, burnt, payload()), Script(burnt, burnt, payload())
    assert verdicts(connect(first).push(rows(2))) == [APPLIED, APPLIED]
    connect(second).push(rows(2))
    assert len({body["key"] for body in first.variables}) == 3
    assert first.variables == second.variables
    with pytest.raises(RetryableStoreError):
        connect(Script(*[burnt] * 10)).push(rows(2))


def test_what_is_known_of_a_batch_goes_with_the_error(connect: Connect) -> None:
    """Halved: one half applied, the other throttled, or sent without a reply."""
    refused = payload(("INVALID_INVENTORY_ITEM", None))
    with pytest.raises(RetryableStoreError) as caught:
        connect(Script(refused, payload(), errors("THROTTLED"))).push(rows(4))
    assert [caught.value.answered[row].verdict for row in (0, 1)] == [APPLIED, APPLIED]
    assert (len(caught.value.answered), caught.value.still_in_flight(4)) == (2, frozenset())
    with pytest.raises(RetryableStoreError) as caught:
        connect(Script(refused, payload(), httpx.ReadTimeout("slow"))).push(rows(4))
    assert (len(caught.value.answered), caught.value.still_in_flight(4)) == (2, frozenset({2, 3}))
    with pytest.raises(OperatorStoreError) as told:
        connect(Script(refused, payload(), httpx.Response(403))).push(rows(4))
    assert (len(told.value.answered), told.value.still_in_flight(4)) == (2, frozenset())


def test_foreign_addresses_are_missing_without_asking(connect: Connect) -> None:
    shop = Script(payload())
    found = batch(
        StockUpdate("1234", HOME, 1), StockUpdate(item(1), HOME, 1), StockUpdate("gid://shopify/Product/1", HOME, 1)
    )
    assert verdicts(connect(shop).push(found)) == [MISSING, APPLIED, MISSING]
    assert len(shop.variables[0]["input"]["quantities"]) == 1


def test_a_batch_beyond_the_limit_is_a_mistake(connect: Connect) -> None:
    with pytest.raises(ValueError, match="250"):
        connect(Script()).push(rows(251))


# ---------------------------------------------------------------- activate = true


def levels(*active: bool | None) -> dict[str, Any]:
    nodes = [
        {"id": item(number), "at0": None if on is None else {"isActive": on, "quantities": []}}
        for number, on in enumerate(active)
    ]
    return {"nodes": nodes}


def activated(*messages: str) -> dict[str, Any]:
    return {
        "inventoryActivate": {
            "inventoryLevel": None,
            "userErrors": [{"field": None, "message": text} for text in messages],
        }
    }


def test_unstocked_items_are_stocked_first_when_told(connect: Connect) -> None:
    shop = Script(levels(True, False, None), activated(), activated("not here"), payload())
    outcomes = connect(shop, activate=True).push(rows(3))
    assert shop.asked == ["LevelsOf", "Activate", "Activate", "SetQuantities"]
    assert verdicts(outcomes) == [APPLIED, APPLIED, REJECTED]
    assert "not here" in outcomes[2].reason
    assert len({body["key"] for body in shop.variables[1:]}) == 3


def test_a_large_catalogue_is_stocked_little_by_little(connect: Connect) -> None:
    found = [{"id": item(number), "at0": None} for number in range(60)]
    shop = Script({"inventoryItems": {"nodes": found, "pageInfo": {}}}, *[activated()] * 50, payload())
    outcomes = connect(shop, activate=True).push(rows(60))
    assert verdicts(outcomes).count(APPLIED) == 50
    assert verdicts(outcomes).count(DEFERRED) == 10


@pytest.mark.parametrize(
    ("code", "message", "is_denied"),
    [
        (None, "You do not have permission to do this", True),
        (None, "Access denied", True),
        ("APP_NOT_AUTHORIZED", "", True),
        (None, "The item is being moved", False),
        ("NON_MUTABLE_INVENTORY_ITEM", "no permission to adjust this", False),
    ],
)
def test_a_missing_right_is_told_from_a_rows_own_refusal(
    connect: Connect, code: str | None, message: str, is_denied: bool
) -> None:
    said = {"code": code, "field": at(0), "message": message}
    answer = {"inventorySetQuantities": {"inventoryAdjustmentGroup": None, "userErrors": [said]}}
    (outcome,) = connect(Script(answer)).push(rows(1))
    assert (outcome.verdict, outcome.forbidden) == (REJECTED, is_denied)


def test_a_missing_right_of_the_whole_call_is_not_looked_for_in_its_rows(connect: Connect) -> None:
    said = {"code": "ACCESS_DENIED", "field": None, "message": "Access denied"}
    answer = {"inventorySetQuantities": {"inventoryAdjustmentGroup": None, "userErrors": [said]}}
    with pytest.raises(OperatorStoreError, match="write_inventory"):
        connect(Script(answer)).push(rows(200))
