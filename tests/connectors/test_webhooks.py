"""What all webhooks have in common: who signed, what is to be changed, and where a delivery may go."""

import base64
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import OperatorStoreError
from connectors.skills import Subscription
from connectors.webhooks import changes_of, delivery_address, is_signed

ADDRESS, OLD = "https://stock.example.com/webhooks/main", "https://old.example.com/webhooks/main"
TOPICS = ("orders", "stock", "listings")


def signed(body: bytes, key: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), body, "sha256").digest()).decode()


@given(st.binary(max_size=50), st.lists(st.text(max_size=5), max_size=3), st.text(max_size=50))
def test_only_one_of_the_keys_signs(body: bytes, keys: list[str], junk: str) -> None:
    assert all(is_signed(body, signed(body, key), keys) for key in keys if key)
    assert not is_signed(body, signed(body, "another key"), keys)
    assert not is_signed(body, junk, keys)


def test_an_empty_key_signs_nothing() -> None:
    assert not is_signed(b"{}", signed(b"{}", ""), ["", "key"])
    assert not is_signed(b"{}", "", [])


SUBSCRIPTIONS = st.builds(
    Subscription,
    id=st.uuids().map(str),
    topic=st.sampled_from((*TOPICS, "carts")),
    address=st.sampled_from((ADDRESS, OLD)),
    is_active=st.booleans(),
)


@given(st.lists(SUBSCRIPTIONS, max_size=8))
def test_each_topic_is_delivered_once_and_then_nothing_is_left_to_change(found: list[Subscription]) -> None:
    changes = changes_of(found, TOPICS, ADDRESS)
    touched = {each.id for each in (*changes.mend, *changes.remove)}
    right = [each for each in found if each.id not in touched]
    assert all(each.address == ADDRESS and each.is_active and each.topic in TOPICS for each in right)
    new = [Subscription(topic, topic, ADDRESS) for topic in changes.create]
    after = [*right, *(Subscription(each.id, each.topic, ADDRESS) for each in changes.mend), *new]
    assert sorted(each.topic for each in after) == sorted(TOPICS)
    assert not changes_of(after, TOPICS, ADDRESS)


def test_of_several_the_one_that_is_right_stays() -> None:
    wrong, right, double = (
        Subscription("1", "orders", OLD), Subscription("2", "orders", ADDRESS), Subscription("3", "orders", ADDRESS)
    )  # fmt: skip
    changes = changes_of([wrong, right, double], ["orders"], ADDRESS)
    assert (changes.create, changes.mend, changes.remove) == ((), (), (wrong, double))


@pytest.mark.parametrize(
    "address",
    [
        "https://stock.example.com/webhooks/main",
        "http://127.0.0.1:8321/webhooks/main",
        "http://[::1]:1/x",
        "http://localhost",
    ],
)
def test_a_delivery_may_go_over_https_or_within_this_machine(address: str) -> None:
    assert delivery_address(address, "the store") == address


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://stock.example.com/webhooks/main", "https only"),
        ("http://10.0.0.1/webhooks/main", "https only"),
        ("ftp://stock.example.com", "https only"),
        ("//stock.example.com", "https only"),
        ("https://ops:secret@stock.example.com", "whole address"),
        ("https://stock.example.com/#x", "whole address"),
        ("stock.example.com", "whole address"),
        ("https://[", "whole address"),
        ("", "whole address"),
    ],
)
def test_it_may_go_nowhere_else(address: str, why: str) -> None:
    with pytest.raises(OperatorStoreError, match=why) as caught:
        delivery_address(address, "the store")
    assert "secret" not in str(caught.value)
