"""The sandbox keeps the rules of inventorySetQuantities, inventoryActivate and idempotency keys."""

from collections.abc import Callable
from typing import Any

import pytest

from connectors.shopify.sandbox import ManualClock, Sandbox, Shop, Variant

from .asking import error_code, line, push

BARE_PUSH = """mutation Push($input: InventorySetQuantitiesInput!) {
  inventorySetQuantities(input: $input) { userErrors { code } }
}"""
ACTIVATE = """mutation Activate($item: ID!, $at: ID!, $key: String!, $available: Int, $onHand: Int) {
  inventoryActivate(inventoryItemId: $item, locationId: $at, available: $available, onHand: $onHand)
    @idempotent(key: $key) { inventoryLevel { isActive quantities(names: ["available"]) { quantity } }
    userErrors { field message } }
}"""


@pytest.fixture
def mug(shop: Shop) -> Variant:
    """At one of the two places."""
    return shop.add_variant("MUG", on_hand=10)


def codes(reply: dict[str, Any]) -> list[str]:
    return [each["code"] for each in reply["data"]["inventorySetQuantities"]["userErrors"]]


# inventorySetQuantities


def test_without_the_directive(sandbox: Sandbox, mug: Variant) -> None:
    given = {"name": "on_hand", "reason": "correction", "quantities": [line(mug, 5)]}
    reply = sandbox.ask(BARE_PUSH, input=given)
    assert error_code(reply) == "BAD_REQUEST"
    assert reply["errors"][0]["path"] == ["inventorySetQuantities"]
    assert reply["data"] == {"inventorySetQuantities": None}
    assert reply["extensions"]["cost"]["actualQueryCost"] == 10


def test_without_the_key_change_from_quantity(sandbox: Sandbox, mug: Variant) -> None:
    row = line(mug, 5)
    del row["changeFromQuantity"]
    reply = push(sandbox, row)
    assert error_code(reply) == "INVALID_FIELD_ARGUMENTS"
    assert reply["data"] == {"inventorySetQuantities": None}
    assert shown(mug)["on_hand"] == 10


def test_a_blank_idempotency_key(sandbox: Sandbox, mug: Variant) -> None:
    assert error_code(push(sandbox, line(mug, 5), key="  ")) == "BAD_REQUEST"


def shown(variant: Variant, place: int = 0) -> dict[str, int]:
    level = list(variant.item.levels.values())[place]
    return {name: level.quantity(name) for name in ("on_hand", "available", "committed")}


def test_setting_on_hand_moves_available_and_leaves_committed(sandbox: Sandbox, shop: Shop, mug: Variant) -> None:
    shop.place_order({"MUG": 3})
    reply = push(sandbox, line(mug, 12, was=10))
    changes = reply["data"]["inventorySetQuantities"]["inventoryAdjustmentGroup"]["changes"]
    assert shown(mug) == {"on_hand": 12, "available": 9, "committed": 3}
    assert [(each["name"], each["delta"]) for each in changes] == [("available", 2), ("on_hand", 2)]
    assert all(each["quantityAfterChange"] is None for each in changes)


def test_setting_available_moves_on_hand(sandbox: Sandbox, shop: Shop, mug: Variant) -> None:
    shop.place_order({"MUG": 3})
    push(sandbox, line(mug, -1, was=7), name="available")
    assert shown(mug) == {"on_hand": 2, "available": -1, "committed": 3}


def test_nothing_to_change_is_a_success_without_a_group(sandbox: Sandbox, mug: Variant) -> None:
    reply = push(sandbox, line(mug, 10))
    assert reply["data"]["inventorySetQuantities"] == {"inventoryAdjustmentGroup": None, "userErrors": []}


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        pytest.param({"quantity": -1}, "quantity", "INVALID_QUANTITY_NEGATIVE", id="negative"),
        pytest.param({"quantity": 1_000_000_001}, "quantity", "INVALID_QUANTITY_TOO_HIGH", id="too high"),
        pytest.param(
            {"inventoryItemId": "gid://shopify/InventoryItem/1"}, "inventoryItemId", "INVALID_INVENTORY_ITEM", id="item"
        ),
        pytest.param({"locationId": "gid://shopify/Location/1"}, "locationId", "INVALID_LOCATION", id="location"),
        pytest.param({"changeFromQuantity": 9}, "changeFromQuantity", "CHANGE_FROM_QUANTITY_STALE", id="stale"),
    ],
)
def test_one_bad_row_refuses_the_whole_call(
    sandbox: Sandbox, shop: Shop, mug: Variant, change: dict[str, Any], field: str, code: str
) -> None:
    other = shop.add_variant("CUP", on_hand=1)
    reply = push(sandbox, line(other, 5), line(mug, 5) | change)
    errors = reply["data"]["inventorySetQuantities"]["userErrors"]
    assert [(each["code"], each["field"]) for each in errors] == [(code, ["input", "quantities", "1", field])]
    assert reply["data"]["inventorySetQuantities"]["inventoryAdjustmentGroup"] is None
    assert shown(other)["on_hand"] == 1


def test_available_may_be_negative_but_not_without_end(sandbox: Sandbox, mug: Variant) -> None:
    assert codes(push(sandbox, line(mug, -1_000_000_001), name="available")) == ["INVALID_QUANTITY_TOO_LOW"]


@pytest.mark.parametrize(
    ("head", "code"),
    [
        pytest.param({"name": "committed"}, "INVALID_NAME", id="name"),
        pytest.param({"reason": ""}, "INVALID_REASON", id="empty reason"),
        pytest.param({"reason": "because"}, "INVALID_REASON", id="reason"),
        pytest.param({"referenceDocumentUri": "run 7"}, "INVALID_REFERENCE_DOCUMENT", id="no URI"),
        pytest.param({"referenceDocumentUri": "gid://stockbridge/run"}, "INVALID_REFERENCE_DOCUMENT", id="half a gid"),
    ],
)
def test_the_head_is_checked(sandbox: Sandbox, mug: Variant, head: dict[str, str], code: str) -> None:
    assert codes(push(sandbox, line(mug, 5), **head)) == [code]


@pytest.mark.parametrize(
    "uri", ["gid://stockbridge/run/7", "https://example.com/run/7", "logistics://run/7"], ids=["gid", "https", "custom"]
)
def test_reference_documents_that_pass(sandbox: Sandbox, mug: Variant, uri: str) -> None:
    assert codes(push(sandbox, line(mug, 5), referenceDocumentUri=uri)) == []


def test_a_pair_that_comes_twice_is_named_at_both_places(sandbox: Sandbox, mug: Variant) -> None:
    reply = push(sandbox, line(mug, 5), line(mug, 6))
    places = [each["field"][2] for each in reply["data"]["inventorySetQuantities"]["userErrors"]]
    assert codes(reply) == ["NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"] * 2
    assert places == ["0", "1"]


def test_a_bundle_parent_cannot_be_written(sandbox: Sandbox, shop: Shop, mug: Variant) -> None:
    kit = shop.add_variant("KIT", components={mug.id: 2})
    assert codes(push(sandbox, line(kit, 5))) == ["NON_MUTABLE_INVENTORY_ITEM"]


def test_an_item_of_a_deleted_variant_is_unknown(sandbox: Sandbox, shop: Shop, mug: Variant) -> None:
    row = line(mug, 5)
    shop.recreate(mug)
    assert codes(push(sandbox, row)) == ["INVALID_INVENTORY_ITEM"]


LEVEL = """query Level($id: ID!, $at: ID!, $inactive: Boolean!) { inventoryItem(id: $id) {
  inventoryLevel(locationId: $at, includeInactive: $inactive) {
    isActive quantities(names: ["on_hand"]) { name quantity } } } }"""


def test_writing_where_the_item_is_not_stocked_succeeds_and_sells_nothing(
    sandbox: Sandbox, shop: Shop, mug: Variant
) -> None:
    floor = shop.location("Shop floor").id
    assert codes(push(sandbox, line(mug, 5, locationId=floor))) == []
    asked = {"id": mug.item.id, "at": floor}
    assert sandbox.ask(LEVEL, **asked, inactive=False)["data"]["inventoryItem"]["inventoryLevel"] is None
    seen = sandbox.ask(LEVEL, **asked, inactive=True)["data"]["inventoryItem"]["inventoryLevel"]
    assert seen == {"isActive": False, "quantities": [{"name": "on_hand", "quantity": 5}]}


# Idempotency


def test_the_same_key_and_body_is_answered_from_the_first_result(sandbox: Sandbox, shop: Shop, mug: Variant) -> None:
    first = push(sandbox, line(mug, 5))
    shop.hand_edit(mug, 99)
    assert push(sandbox, line(mug, 5))["data"] == first["data"]
    assert shown(mug)["on_hand"] == 99


def test_the_same_key_with_another_body(sandbox: Sandbox, mug: Variant) -> None:
    push(sandbox, line(mug, 5))
    assert codes(push(sandbox, line(mug, 6))) == ["IDEMPOTENCY_KEY_PARAMETER_MISMATCH"]
    assert shown(mug)["on_hand"] == 5


def test_a_duplicate_under_way(sandbox: Sandbox, mug: Variant) -> None:
    given = {"name": "on_hand", "reason": "correction", "quantities": [line(mug, 5)]}
    sandbox.keys["sandbox-client"].keep("k1", "inventorySetQuantities", {"input": given})
    assert codes(push(sandbox, line(mug, 5))) == ["IDEMPOTENCY_CONCURRENT_REQUEST"]


def test_a_refused_attempt_can_burn_its_key(sandbox: Sandbox, mug: Variant) -> None:
    assert codes(push(sandbox, line(mug, -1))) == ["INVALID_QUANTITY_NEGATIVE"]
    assert codes(push(sandbox, line(mug, -1))) == ["INVALID_QUANTITY_NEGATIVE"]
    sandbox.keys["sandbox-client"].burn_on_refusal = True
    assert codes(push(sandbox, line(mug, -1))) == ["IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"]


def test_a_key_lives_for_a_day(sandbox: Sandbox, clock: ManualClock, mug: Variant) -> None:
    push(sandbox, line(mug, 5))
    clock.advance(24 * 3600)
    push(sandbox, line(mug, 6))
    assert shown(mug)["on_hand"] == 6


# inventoryActivate


@pytest.fixture
def activate(sandbox: Sandbox, shop: Shop, mug: Variant) -> Callable[..., dict[str, Any]]:
    def run(key: str, place: str = "Shop floor", **numbers: Any) -> dict[str, Any]:
        reply = sandbox.ask(ACTIVATE, item=mug.item.id, at=shop.location(place).id, key=key, **numbers)
        payload: dict[str, Any] = reply["data"]["inventoryActivate"]
        return payload

    return run


def test_activating_stocks_an_item(activate: Callable[..., dict[str, Any]]) -> None:
    assert activate("a", available=4) == {
        "inventoryLevel": {"isActive": True, "quantities": [{"quantity": 4}]},
        "userErrors": [],
    }


def test_a_quantity_for_an_active_level_is_an_error_beside_the_level(activate: Callable[..., dict[str, Any]]) -> None:
    payload = activate("a", "Warehouse", available=4)
    assert payload["inventoryLevel"]["quantities"] == [{"quantity": 10}]
    assert payload["userErrors"][0]["field"] == ["available"]


def test_both_numbers_are_an_error(activate: Callable[..., dict[str, Any]]) -> None:
    payload = activate("a", available=4, onHand=4)
    assert payload["inventoryLevel"] is None
    assert payload["userErrors"]


def test_a_level_comes_back_with_its_old_numbers(
    activate: Callable[..., dict[str, Any]], shop: Shop, mug: Variant
) -> None:
    shop.unstock(mug, "Warehouse")
    assert activate("a", "Warehouse")["inventoryLevel"] == {"isActive": True, "quantities": [{"quantity": 10}]}
