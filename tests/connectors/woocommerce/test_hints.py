"""What a delivery says: topic by topic, as a real shop sent it, and the ping that nobody signs."""

import base64
import hmac
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Reading
from connectors.skills import Hint, SignsWebhooks
from connectors.woocommerce.hints import hint_of, key_mark, webhook_key
from connectors.woocommerce.options import Options
from connectors.woocommerce.sandbox import SECRET
from connectors.woocommerce.webhooks import TOPICS

from .scripted import RECORDED, options

OURS = options()
KEY = webhook_key(SECRET)
FORM = {"content-type": "application/x-www-form-urlencoded", "user-agent": "WooCommerce/10.5.0 Hookshot"}
MUG: dict[str, Any] = {
    "id": 12, "type": "simple", "status": "publish", "sku": "MUG", "name": "Mug", "parent_id": 0, "manage_stock": True,
    "stock_quantity": 8, "date_modified_gmt": "2026-11-20T14:07:31",
}  # fmt: skip
SIZE = MUG | {"id": 34, "type": "variation", "parent_id": 12, "sku": "MUG-S"}


def delivery(topic: str, body: bytes, key: str = KEY) -> dict[str, str]:
    signature = base64.b64encode(hmac.new(key.encode(), body, "sha256").digest()).decode()
    resource, _, event = topic.partition(".")
    said = {"topic": topic, "signature": signature, "resource": resource, "event": event, "id": "5"}
    return {"content-type": "application/json", **{f"x-wc-webhook-{name}": text for name, text in said.items()}}


def told(topic: str, row: object) -> Hint:
    body = json.dumps(row).encode()
    hint = OURS.hint(delivery(topic, body), body)
    assert hint
    return hint


# ---------------------------------------------------------------- a real shop


def test_deliveries_of_a_real_shop_are_read() -> None:
    """Signed over the bytes, escaped slashes and all."""
    recorded = json.loads((RECORDED / "48_webhook_deliveries.json").read_text())["deliveries"]
    hints = [
        hint_of({name.lower(): text for name, text in each["headers"].items()}, each["raw_body"].encode(), key=key)
        for each in recorded
        for key in ["test-secret-not-real"]
    ]
    at = datetime(2026, 11, 20, 14, 7, 31, tzinfo=UTC)
    shows = Reading("4725", "", available=8, committed=None, on_hand=8)
    assert hints == [
        Hint("ping", "nothing"),
        Hint("ping", "nothing"),
        Hint("product.updated", "listings", at=at, about="MUG-8A94", shows=shows, sku="MUG-8A94"),
        Hint("order.created", "orders", at=at, about="#4738"),
    ]


# ---------------------------------------------------------------- topics


@pytest.mark.parametrize(
    ("topic", "row", "means", "about"),
    [
        ("order.created", {"id": 7, "number": "1007"}, "orders", "#1007"),
        ("order.updated", {"id": 7}, "orders", "7"),
        ("order.deleted", {"id": 7}, "orders", "7"),
        ("order.restored", {"id": 7, "number": "7"}, "orders", "#7"),
        ("product.created", MUG, "listings", "MUG"),
        ("product.updated", MUG | {"sku": ""}, "listings", "Mug"),
        ("product.deleted", {"id": 12}, "listings", "12"),
        ("product.restored", MUG, "listings", "MUG"),
        ("customer.created", {"id": 1}, "nothing", "1"),
        ("action.woocommerce_thankyou", {"action": "x", "arg": 7}, "nothing", ""),
    ],
)
def test_each_topic_says_what_to_read(topic: str, row: object, means: str, about: str) -> None:
    hint = told(topic, row)
    assert (hint.topic, hint.means, hint.about, hint.id) == (topic, means, about, "")


def test_every_topic_that_is_subscribed_to_means_something() -> None:
    assert {told(topic, {}).means for topic in TOPICS} == {"orders", "listings"}


@pytest.mark.parametrize(
    ("row", "shows"),
    [
        (MUG, ("12", 8)),
        (SIZE, ("12:34", 8)),
        (SIZE | {"manage_stock": "parent"}, ("12:34", 0)),
        (MUG | {"manage_stock": False, "stock_quantity": None}, ("12", 0)),
        (MUG | {"type": "variable"}, ("12", 8)),
        (MUG | {"stock_quantity": "7.5"}, ("12", 7)),
        (MUG | {"stock_quantity": -3}, ("12", -3)),
        (SIZE | {"parent_id": 0}, None),
        (MUG | {"id": "12"}, None),
        (MUG | {"id": True}, None),
        ({"id": 12}, None),
        ({"code": "woocommerce_rest_product_invalid_id", "message": "Invalid ID.", "data": {"status": 404}}, None),
    ],
)
def test_a_product_shows_what_a_list_would(row: dict[str, Any], shows: tuple[str, int] | None) -> None:
    """So that the echo of a write of ours is told from an edit, though both have one topic."""
    hint = told("product.updated", row)
    assert (hint.shows and (hint.shows.ref, hint.shows.available)) == shows
    assert (hint.sku is not None) == (shows is not None)


def test_an_order_shows_no_listing() -> None:
    assert told("order.created", MUG).shows is None


def test_the_date_of_a_product_that_is_to_appear_next_month_is_not_when_it_changed() -> None:
    assert told("product.updated", MUG | {"status": "future", "date_modified_gmt": "2026-12-24T00:00:00"}).at is None
    assert told("product.updated", MUG | {"date_modified_gmt": "soon"}).at is None


# ---------------------------------------------------------------- the key


def test_the_key_holds_nothing_that_html_would_change_and_nothing_of_the_secret() -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", KEY)
    assert re.fullmatch(r"[0-9a-f]{8}", key_mark(SECRET))
    assert len({KEY, webhook_key(f"{SECRET}1"), key_mark(SECRET) + KEY[8:]}) == 3
    assert SECRET not in KEY


def test_it_stays_what_it_is() -> None:
    """A changed label would make every registered webhook a stranger's."""
    assert (webhook_key("cs_1")[:8], key_mark("cs_1")) == ("03e67b92", "c16d9f2e")


def test_the_consumer_secret_itself_signs_nothing() -> None:
    assert OURS.hint(delivery("order.created", b"{}", key=SECRET), b"{}") is None


# ---------------------------------------------------------------- the ping


@pytest.mark.parametrize(
    ("kind", "body"),
    [(FORM["content-type"], b"webhook_id=5"), ("Application/X-WWW-Form-Urlencoded; charset=UTF-8", b"webhook_id=123")],
)
def test_a_ping_means_nothing(kind: str, body: bytes) -> None:
    assert OURS.hint({**FORM, "content-type": kind}, body) == Hint("ping", "nothing")


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b"webhook_id=5"),
        ({"content-type": "application/json"}, b"webhook_id=5"),
        (FORM, b"webhook_id=0"),
        (FORM, b"webhook_id=5&topic=order.created"),
        (FORM, b"webhook_id=5\n"),
        (FORM, b"webhook_id=" + b"9" * 30),
        (FORM, "webhook_id=٥".encode()),
        (FORM, b'{"id": 5}'),
        (FORM, b""),
        (FORM | {"x-wc-webhook-topic": "order.created"}, b"webhook_id=5"),
        (FORM | {"x-wc-webhook-signature": ""}, b"webhook_id=5"),
    ],
)
def test_nothing_else_that_is_not_signed_passes(headers: dict[str, str], body: bytes) -> None:
    assert OURS.hint(headers, body) is None


# ---------------------------------------------------------------- whatever comes

ANYTHING = st.text(max_size=30) | st.sampled_from(("order.created", "product.updated", "application/json"))
NAMES = st.sampled_from((*MUG, "number"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(delivery("", b""))), ANYTHING), VALUES, st.binary(max_size=20))
def test_whatever_is_signed_is_a_hint_and_nothing_raises(headers: dict[str, str], value: object, junk: bytes) -> None:
    for body in (json.dumps(value).encode(), junk):
        signed = delivery("product.updated", body)
        kept = {"x-wc-webhook-signature": signed["x-wc-webhook-signature"]}
        assert OURS.hint(headers | kept, body)
        assert OURS.hint(headers, body) is None


def test_options_have_the_skill() -> None:
    assert isinstance(OURS, SignsWebhooks)
    assert issubclass(Options, SignsWebhooks)
