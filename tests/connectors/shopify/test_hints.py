"""What a delivery says: topic by topic, in both families of headers, and of which shop."""

import base64
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Reading
from connectors.shopify.options import Options
from connectors.shopify.webhooks import FIELDS, TOPICS
from connectors.skills import Hint, SignsWebhooks

from .scripted import TOKEN, options

SECRET, OLD = "shpss_new", "shpss_old"
ITEM, PLACE = "gid://shopify/InventoryItem/49148385", "gid://shopify/Location/655441491"
OURS = options(access_token=TOKEN, webhook_secret=[SECRET, OLD])
LEVEL: dict[str, Any] = {"inventory_item_id": 49148385, "location_id": 655441491, "available": 6}


def delivery(topic: str, body: bytes, key: str = SECRET, family: str = "x-shopify-", **said: str) -> dict[str, str]:
    signature = base64.b64encode(hmac.new(key.encode(), body, "sha256").digest()).decode()
    headers = {"topic": topic, "hmac-sha256": signature, "shop-domain": "acme.myshopify.com"}
    headers |= {"webhook-id": "b54557e4", "triggered-at": "2026-11-20T12:00:00.123456789Z"}
    return {f"{family}{name}": text for name, text in (headers | said).items()}


def told(topic: str, row: object, **settings: str) -> Hint | None:
    body = json.dumps(row).encode()
    return OURS.hint(delivery(topic, body, **settings), body)


@pytest.mark.parametrize(
    ("topic", "row", "means", "about"),
    [
        ("orders/create", {"id": 820982911, "name": "#1001"}, "orders", "#1001"),
        ("orders/updated", {"id": 820982911}, "orders", "820982911"),
        ("orders/cancelled", {"id": 820982911, "name": "#1001"}, "orders", "#1001"),
        ("refunds/create", {"id": 7}, "orders", "7"),
        ("inventory_levels/update", LEVEL, "stock", "inventory item 49148385 at location 655441491"),
        ("inventory_levels/connect", LEVEL, "stock", "inventory item 49148385 at location 655441491"),
        ("inventory_items/create", {"id": 1, "sku": "MUG-1"}, "listings", "MUG-1"),
        ("inventory_items/update", {"id": 1, "sku": ""}, "listings", "1"),
        ("inventory_items/delete", {"id": 1}, "listings", "1"),
        ("products/create", {"id": 1, "title": "Mug"}, "listings", "Mug"),
        ("products/update", {"id": 1, "title": "Mug"}, "listings", "Mug"),
        ("products/delete", {"id": 1}, "listings", "1"),
        ("app/uninstalled", {"id": 1, "name": "Acme"}, "gone", "Acme"),
        ("app/scopes_update", {"id": 1}, "nothing", "1"),
        ("customers/redact", {"shop_id": 1}, "nothing", ""),
        ("carts/update", [1], "nothing", ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("family", ["x-shopify-", "shopify-"])
def test_each_topic_says_what_to_read(topic: str, row: object, means: str, about: str, family: str) -> None:
    hint = told(topic, row, family=family)
    assert hint
    assert (hint.topic, hint.means, hint.about, hint.id) == (topic, means, about, "b54557e4")
    assert hint.at == datetime(2026, 11, 20, 12, 0, 0, 123456, UTC)


def test_every_topic_that_is_subscribed_to_means_something() -> None:
    meant = {topic: (told(topic, {}) or Hint("", "nothing")).means for topic in TOPICS}
    assert "nothing" not in meant.values()
    assert [topic for topic, means in meant.items() if means == "gone"] == ["app/uninstalled"]


def test_no_delivery_holds_a_name_or_an_address_and_each_holds_what_changes() -> None:
    """Equal bodies are dropped by Shopify as doubles; and what is not sent cannot be lost."""
    assert all("updated_at" in fields for topic, fields in FIELDS.items() if not topic.endswith("/delete"))
    personal = {"email", "phone", "customer", "billing_address", "shipping_address", "line_items"}
    assert not personal & {name for fields in FIELDS.values() for name in fields}


@pytest.mark.parametrize("key", [SECRET, OLD])
def test_after_a_rotation_the_old_secret_signs_as_well(key: str) -> None:
    assert told("orders/create", {}, key=key)
    assert not told("orders/create", {}, key="shpss_another")


def test_the_client_secret_signs_where_no_other_is_given_and_beside_it() -> None:
    body = b"{}"
    pair = {"client_id": "id", "client_secret": SECRET}
    assert options(**pair).hint(delivery("orders/create", body), body)
    assert options(**pair, webhook_secret=OLD).hint(delivery("orders/create", body), body)
    assert options(**pair, webhook_secret=OLD).hint(delivery("orders/create", body, key=OLD), body)
    assert options(access_token=TOKEN).hint(delivery("orders/create", body, key=""), body) is None


@pytest.mark.parametrize("shop", ["acme-eu.myshopify.com", "", "acme.myshopify.com.evil.example"])
def test_a_delivery_of_another_shop_with_the_same_app_is_not_ours(shop: str) -> None:
    assert told("orders/create", {}, **{"shop-domain": shop}) is None
    assert told("orders/create", {}, **{"shop-domain": "ACME.myshopify.com"})


def test_the_listing_is_named_by_the_number_of_its_item() -> None:
    """No request is needed for it: the ref is the gid of the inventory item."""
    hint = told("inventory_levels/update", LEVEL)
    assert hint
    assert hint.shows == Reading(ITEM, PLACE, available=6, committed=None, on_hand=6)


@pytest.mark.parametrize(
    "odd",
    [{"available": None}, {"available": "6"}, {"available": True}, {"inventory_item_id": None}, {"location_id": -1},
     {"inventory_item_id": "49148385"}, {"location_id": 10**30}],
    ids=str,
)  # fmt: skip
def test_a_level_that_does_not_say_all_shows_nothing_and_is_read(odd: dict[str, Any]) -> None:
    hint = told("inventory_levels/update", LEVEL | odd)
    assert hint
    assert (hint.means, hint.shows) == ("stock", None)


@pytest.mark.parametrize(
    ("said", "row", "at"),
    [
        ("", {"updated_at": "2026-11-20T07:00:00-05:00"}, datetime(2026, 11, 20, 12, tzinfo=UTC)),
        ("yesterday", {}, None),
        ("2026-11-20T12:00:00", {}, None),
        ("9999-12-31T23:59:59-12:00", {}, None),
    ],
)
def test_the_age_of_a_delivery_is_that_of_the_event_not_of_the_try(said: str, row: object, at: datetime | None) -> None:
    hint = told("orders/create", row, **{"triggered-at": said})
    assert hint
    assert hint.at == at


TEXTS = st.one_of(
    st.text(max_size=30), st.sampled_from(("orders/create", "inventory_levels/update", "app/uninstalled"))
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from((*LEVEL, "id", "name", "updated_at")), inner)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(delivery("", b""))), TEXTS), VALUES, st.binary(max_size=20))
def test_whatever_is_signed_is_a_hint_and_nothing_raises(headers: dict[str, str], value: object, junk: bytes) -> None:
    for body in (json.dumps(value).encode(), junk):
        signed = delivery("orders/create", body)
        kept = {name: signed[name] for name in ("x-shopify-hmac-sha256", "x-shopify-shop-domain")}
        assert OURS.hint(headers | kept, body)
        assert OURS.hint(headers, body) is None


@pytest.mark.parametrize(
    ("given", "keys"),
    [
        ({"webhook_secret": f" {SECRET}\n"}, (SECRET,)),
        ({"webhook_secret": [OLD, SECRET, OLD]}, (OLD, SECRET)),
        ({"webhook_secret": []}, ()),
        ({}, ()),
    ],
)
def test_one_secret_or_several(given: dict[str, Any], keys: tuple[str, ...]) -> None:
    found = options(access_token=TOKEN, **given)
    assert found.signing_keys == keys
    assert not any(key in f"{found!r} {found}" for key in keys)


@pytest.mark.parametrize("wrong", ["", "  ", "two words", ["fine", ""], 7, [7], {"a": "b"}])
def test_a_secret_that_cannot_be_one_is_refused_and_not_shown(wrong: object) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  (pydantic's own)
        options(access_token=TOKEN, webhook_secret=wrong)
    assert "two words" not in str(caught.value)


def test_options_have_the_skill() -> None:
    assert isinstance(OURS, SignsWebhooks)
    assert issubclass(Options, SignsWebhooks)
