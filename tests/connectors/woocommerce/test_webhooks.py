"""How webhooks are registered, known again, and put right."""

from collections.abc import Callable

import pytest

from connectors.base import OperatorStoreError, RetryableStoreError, send_once
from connectors.skills import ReceivesWebhooks
from connectors.testing.harness import DeliversWebhooks
from connectors.testing.server import SandboxServer
from connectors.testing.webhooks import Mailbox
from connectors.woocommerce.hints import webhook_key
from connectors.woocommerce.sandbox import SECRET, Key
from connectors.woocommerce.sandbox.hooks import Webhook
from connectors.woocommerce.webhooks import DISABLED, OLD_KEY, PAUSED, TOPICS

from .harness import WooHarness
from .scripted import Connect, Script, options

ADDRESS = "https://stock.example.com/webhooks/outlet"


def kept(harness: WooHarness) -> list[Webhook]:
    return list(harness.sandbox.hooks.webhooks.values())


def test_each_signs_with_a_key_made_of_the_consumer_secret_and_says_whose_it_is(harness: WooHarness) -> None:
    harness.connect().register_webhooks(ADDRESS)
    assert {each.secret for each in kept(harness)} == {webhook_key(SECRET)}
    assert sorted(each.topic for each in kept(harness)) == sorted(TOPICS)
    assert all(each.name.startswith(f"Stockbridge {each.topic} (") for each in kept(harness))
    assert not any(SECRET in f"{each}" for each in kept(harness))


def test_registering_twice_asks_once_more_and_changes_nothing(harness: WooHarness) -> None:
    connector = harness.connect()
    connector.register_webhooks(ADDRESS)
    calls = harness.sandbox.calls.total()
    connector.register_webhooks(ADDRESS)
    assert harness.sandbox.calls.total() == calls + 1
    assert harness.calls("POST webhooks") == len(TOPICS)


@pytest.mark.parametrize(("status", "why"), [("disabled", DISABLED), ("paused", PAUSED)])
def test_what_rests_says_why_and_is_active_again(harness: WooHarness, status: str, why: str) -> None:
    connector = harness.connect()
    connector.register_webhooks(ADDRESS)
    kept(harness)[3].status = status
    assert [each.why for each in connector.webhooks() if not each.is_active] == [why]
    connector.register_webhooks(ADDRESS)
    assert {each.status for each in kept(harness)} == {"active"}
    assert len(kept(harness)) == len(TOPICS)


def test_after_a_new_consumer_secret_they_sign_with_the_new_key(harness: WooHarness) -> None:
    """The shop does not show with what they sign: the name says it."""
    harness.connect().register_webhooks(ADDRESS)
    key = harness.sandbox.key[0]
    harness.sandbox.keys.known[key] = Key(key, "cs_new")
    connector = harness.connect(consumer_secret="cs_new")
    assert {(each.is_active, each.why) for each in connector.webhooks()} == {(False, OLD_KEY)}
    connector.register_webhooks(ADDRESS)
    assert {each.secret for each in kept(harness)} == {webhook_key("cs_new")}
    assert len(kept(harness)) == len(TOPICS)


def test_what_a_person_named_alike_is_not_ours(harness: WooHarness) -> None:
    for name in ("Stockbridge", "Stockbridge order.created", "My Stockbridge order.created (0123abcd)", ""):
        body = {"name": name, "topic": "order.created", "delivery_url": ADDRESS}
        harness.sandbox.ask("POST", "webhooks", body)
    assert harness.connect().webhooks() == []


def test_among_more_than_a_page_of_others_ours_are_found(harness: WooHarness) -> None:
    """The list heeds `page` and forgets `offset`."""
    harness.connect().register_webhooks(ADDRESS)
    ours = kept(harness)
    for number in range(250):
        made = Webhook(100 + number, "ERP", "order.created", ADDRESS, "secret", ours[0].created, ours[0].created)
        harness.sandbox.hooks.webhooks[made.id] = made
    for each in ours:  # one on the first page, the rest behind everything else
        each.id += 1000 if each is not ours[0] else 0
    harness.sandbox.hooks.webhooks = {each.id: each for each in kept(harness)}
    assert sorted(each.topic for each in harness.connect().webhooks()) == sorted(TOPICS)


def test_a_key_that_may_only_read_is_named(harness: WooHarness) -> None:
    harness.sandbox.keys.known[harness.sandbox.key[0]].permissions = "read"
    with pytest.raises(OperatorStoreError, match="the key may only read; create a Read/Write key"):
        harness.connect().register_webhooks(ADDRESS)
    assert kept(harness) == []


def test_a_user_who_does_not_manage_the_shop_is_named(harness: WooHarness) -> None:
    harness.sandbox.keys.known[harness.sandbox.key[0]].manages_shop = False
    with pytest.raises(OperatorStoreError, match="create a Read/Write key for a shop manager"):
        harness.connect().register_webhooks(ADDRESS)


def test_where_the_ping_decides_an_address_that_is_not_reached_is_named(harness: WooHarness) -> None:
    harness.sandbox.hooks.pings_decide = True
    with SandboxServer(Mailbox(status=404)) as server:
        for address in (server.url, "http://127.0.0.1:9"):
            with pytest.raises(OperatorStoreError, match="could not reach the address that webhooks are to go to"):
                harness.connect().register_webhooks(address)
    assert kept(harness) == []


def test_a_shop_that_does_not_keep_what_it_is_told_is_not_asked_for_ever(harness: WooHarness) -> None:
    harness.sandbox.after_apply(lambda _: harness.sandbox.hooks.webhooks.clear(), on="POST webhooks", times=-1)
    with pytest.raises(RetryableStoreError, match="does not keep its webhooks"):
        harness.connect().register_webhooks(ADDRESS)
    assert harness.calls("POST webhooks") == 3 * len(TOPICS)


def test_one_that_is_gone_meanwhile_is_made_anew_or_is_gone(harness: WooHarness) -> None:
    connector, hooks = harness.connect(), harness.sandbox.hooks
    connector.register_webhooks("https://old.example.com")
    harness.sandbox.before_request(lambda _: hooks.webhooks.pop(3, None), on="POST webhooks/<id>")
    assert len(connector.register_webhooks(ADDRESS)) == len(TOPICS)
    harness.sandbox.before_request(lambda _: hooks.webhooks.clear(), on="DELETE webhooks/<id>")
    assert connector.remove_webhooks() == len(TOPICS)


@pytest.mark.parametrize("answer", [{}, [1], [{"id": "x"}], None])
def test_a_list_that_is_none_is_no_empty_one(connect: Connect, answer: object) -> None:
    with pytest.raises(RetryableStoreError):
        connect(Script(answer)).webhooks()


def test_odd_rows_are_nobodys(connect: Connect) -> None:
    odd = [
        {"id": 1},
        {"id": 2, "name": None},
        {"id": 3, "name": ["x"]},
        {"id": 4, "name": "Stockbridge a.b (zz)"},
    ]
    assert connect(Script(odd)).webhooks() == []


def test_the_suite_tries_the_skill(harness: WooHarness, make_harness: Callable[..., WooHarness]) -> None:
    """It leaves out what a connector, or its harness, cannot do."""
    assert isinstance(harness.connect(send_once), ReceivesWebhooks)
    assert isinstance(make_harness("9.9.5"), DeliversWebhooks)
    assert options().hint({}, b"") is None
