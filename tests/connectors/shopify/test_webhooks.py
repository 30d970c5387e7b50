"""How webhooks are registered, and what Shopify refuses of them."""

import pytest

from connectors.base import OperatorStoreError, RetryableStoreError, send_once
from connectors.shopify import webhooks
from connectors.skills import ReceivesWebhooks
from connectors.testing.harness import DeliversWebhooks

from .harness import ShopifyHarness
from .scripted import TOKEN, Connect, Script

ADDRESS = "https://stock.example.com/webhooks/main"
PAGE = {"hasNextPage": False, "endCursor": None}


def listed(*rows: object) -> dict[str, object]:
    return {"webhookSubscriptions": {"nodes": rows, "pageInfo": PAGE}}


def names(harness: ShopifyHarness) -> dict[str, str | None]:
    return {each.spelled: each.name for each in harness.sandbox.hooks.subscriptions.values()}


def test_each_is_named_so_that_it_is_found_again_and_carries_what_changes(harness: ShopifyHarness) -> None:
    harness.connect(send_once).register_webhooks(ADDRESS)
    assert names(harness) == {topic: f"stockbridge-{topic.replace('/', '-')}" for topic in webhooks.TOPICS}
    assert all(len(name or "") <= 50 for name in names(harness).values())
    for each in harness.sandbox.hooks.subscriptions.values():
        assert each.include_fields == list(webhooks.FIELDS[each.spelled])


def test_registering_twice_asks_once_more_and_changes_nothing(harness: ShopifyHarness) -> None:
    connector = harness.connect(send_once)
    connector.register_webhooks(ADDRESS)
    calls = harness.sandbox.calls.total()
    connector.register_webhooks(ADDRESS)
    assert harness.sandbox.calls.total() == calls + 1
    assert harness.sandbox.calls["WebhookCreate"] == len(webhooks.TOPICS)


def test_one_without_our_name_that_delivers_to_our_address_is_taken_over(harness: ShopifyHarness) -> None:
    """A second one of the same topic and address would be refused."""
    harness.subscribe_another(ADDRESS)
    found = harness.connect(send_once).register_webhooks(ADDRESS)
    assert sorted(each.topic for each in found) == sorted(webhooks.TOPICS)
    assert names(harness)["orders/create"] == "stockbridge-orders-create"


def test_ours_that_went_elsewhere_gives_way_to_one_that_is_there_already(harness: ShopifyHarness) -> None:
    connector = harness.connect(send_once)
    connector.register_webhooks("https://old.example.com/webhooks/main")
    harness.subscribe_another(ADDRESS)
    found = connector.register_webhooks(ADDRESS)
    assert {each.address for each in found} == {ADDRESS}
    assert len(harness.subscribed()) == len(found) == len(webhooks.TOPICS)


def test_a_topic_of_an_older_version_of_ours_is_removed(harness: ShopifyHarness) -> None:
    given = {"uri": ADDRESS, "name": "stockbridge-carts-update"}
    harness.sandbox.ask(webhooks.CREATE.text, token=TOKEN, topic="CARTS_UPDATE", webhook=given)
    harness.connect(send_once).register_webhooks(ADDRESS)
    assert "carts/update" not in names(harness)


def test_without_a_key_that_signs_nothing_is_registered(connect: Connect) -> None:
    shop = Script()
    with pytest.raises(OperatorStoreError, match="set `webhook_secret` to the API secret key of the app"):
        connect(shop).register_webhooks(ADDRESS)
    assert shop.requests == []


def test_a_topic_that_the_app_may_not_have_is_named(harness: ShopifyHarness) -> None:
    harness.sandbox.app.scopes = frozenset({"read_products", "write_inventory", "read_locations"})
    with pytest.raises(OperatorStoreError) as caught:
        harness.connect(send_once).register_webhooks(ADDRESS)
    assert str(caught.value) == (
        "the Shopify store acme.myshopify.com refuses the webhook orders/create: You do not have permission to create "
        "or update webhooks with orders/create topic. This topic contains protected customer data; see which scopes "
        "and which access to orders the app needs (connectors/shopify/README.md, Webhooks)."
    )
    assert "inventory_levels/update" in names(harness), "what is allowed is registered all the same"


def test_a_foreign_sentence_is_bounded_and_printable(connect: Connect) -> None:
    errors = [{"field": None, "message": "no\x1b[31m\n" * 500}]
    refusal = {"webhookSubscriptionCreate": {"webhookSubscription": None, "userErrors": errors}}
    shop = Script(listed(), *[refusal] * len(webhooks.TOPICS), listed())
    with pytest.raises(OperatorStoreError) as caught:
        connect(shop, webhook_secret="key").register_webhooks(ADDRESS)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    "answer", [{"webhookSubscriptionCreate": None}, {}, {"webhookSubscriptionCreate": {"userErrors": 1}}]
)
def test_an_answer_that_does_not_say_what_became_of_it_is_asked_again(connect: Connect, answer: object) -> None:
    with pytest.raises(RetryableStoreError, match="did not say what became of a webhook"):
        connect(Script(listed(), answer), webhook_secret="key").register_webhooks(ADDRESS)


def test_rows_that_cannot_be_read_are_nobodys(connect: Connect) -> None:
    odd = [None, {}, {"id": 1, "name": 2, "topic": 3, "uri": 4}, {"name": "stockbridge-orders-create"}]
    (found,) = connect(Script(listed(*odd))).webhooks()
    assert (found.id, found.topic, found.address) == ("", "", "")


def test_removing_what_is_gone_already_is_no_error(harness: ShopifyHarness) -> None:
    connector = harness.connect(send_once)
    connector.register_webhooks(ADDRESS)
    harness.sandbox.before_request(lambda _: harness.sandbox.hooks.subscriptions.clear(), on="WebhookDelete")
    assert connector.remove_webhooks() == len(webhooks.TOPICS)


def test_the_suite_tries_the_skill(harness: ShopifyHarness) -> None:
    """It leaves out what a connector, or its harness, cannot do."""
    assert isinstance(harness.connect(send_once), ReceivesWebhooks)
    assert isinstance(harness, DeliversWebhooks)
