"""Top-level errors of an answer with status 200, and the budget that keeps them away."""

import httpx
import pytest

from connectors.base import OperatorStoreError, RetryableStoreError, StockUpdate
from connectors.shopify.client import ShopifyBug
from connectors.testing import batch

HOME = "gid://shopify/Location/11"


def rows(count):
    return batch(*(StockUpdate(f"gid://shopify/InventoryItem/{number}", HOME, number) for number in range(count)))


def payload():
    return {"inventorySetQuantities": {"userErrors": []}}


def test_throttled_says_how_long(connect, script, reply):
    left = {"maximumAvailable": 2000, "currentlyAvailable": 2, "restoreRate": 100}
    shop = script(reply.errors("THROTTLED", requestedQueryCost=752, actualQueryCost=None, throttleStatus=left))
    with pytest.raises(RetryableStoreError) as caught:
        connect(shop).push(rows(1))
    assert (caught.value.retry_after, caught.value.sent) == (7.5, False)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ACCESS_DENIED", OperatorStoreError),
        ("SHOP_INACTIVE", OperatorStoreError),
        ("INTERNAL_SERVER_ERROR", RetryableStoreError),
        ("INVALID_VARIABLE", ShopifyBug),
        ("BAD_REQUEST", ShopifyBug),
        ("MAX_INPUT_SIZE_EXCEEDED", ShopifyBug),
        ("INVALID_FIELD_ARGUMENTS", ShopifyBug),
    ],
)
def test_top_level_errors(connect, script, reply, code, kind):
    with pytest.raises(kind):
        connect(script(reply.errors(code))).push(rows(1))


@pytest.mark.parametrize("body", [[], {"data": None}, {}, {"data": "x"}])
def test_an_answer_without_data_proves_nothing(connect, script, body):
    with pytest.raises(RetryableStoreError) as caught:
        connect(script(httpx.Response(200, json=body))).push(rows(1))
    assert caught.value.sent


def test_the_token_is_cut_out_of_what_shopify_says(connect, script, reply):
    with pytest.raises(ShopifyBug) as caught:
        connect(script(reply.errors("ODD", "token shpat_0123456789abcdef is odd"))).push(rows(1))
    assert "shpat_" not in str(caught.value)
    assert "***" in str(caught.value)


# ---------------------------------------------------------------- the budget


def poor(left):
    status = {"maximumAvailable": 2000, "currentlyAvailable": left, "restoreRate": 100}
    cost = {"requestedQueryCost": 13, "actualQueryCost": 13, "throttleStatus": status}
    return httpx.Response(200, json={"data": payload(), "extensions": {"cost": cost}})


def test_what_does_not_fit_the_budget_is_not_sent(connect, script, ticks):
    shop = script(poor(3), payload(), payload())
    connector = connect(shop)
    connector.push(rows(1))
    with pytest.raises(RetryableStoreError) as caught:
        connector.push(rows(1))
    assert (round(caught.value.retry_after, 3), caught.value.sent, len(shop.requests)) == (0.1, False, 1)
    connector.push(rows(1))
    assert len(shop.requests) == 2, "after the wait that it asked for, Shopify decides"


def test_points_come_back_with_time(connect, script, ticks):
    shop = script(poor(3), payload())
    connector = connect(shop)
    connector.push(rows(1))
    ticks.seconds += 0.2
    connector.push(rows(1))
    assert len(shop.requests) == 2
