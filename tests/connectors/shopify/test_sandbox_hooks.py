"""The sandbox delivers as Shopify does: signed, tried again, merged, dropped, and given up."""

import base64
import hmac
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.base import send_once
from connectors.shopify import webhooks
from connectors.shopify.sandbox import Sandbox, Shop, auth, serve
from connectors.testing.client import SandboxClient
from connectors.testing.courier import Mishaps
from connectors.testing.harness import batch, update
from connectors.testing.http import Request, Response
from connectors.testing.server import SandboxServer
from connectors.testing.webhooks import Mailbox

from .harness import SECRET, ShopifyHarness

HALF_AN_HOUR = 1800.0


@pytest.fixture
def box() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    with SandboxServer(mailbox) as server:
        mailbox.url = server.url
        yield mailbox


@pytest.fixture
def harness(box: Mailbox) -> Iterator[ShopifyHarness]:
    harness = ShopifyHarness()
    harness.add("A", 50)
    harness.connect(send_once).register_webhooks(box.url)
    yield harness
    harness.sandbox.hooks.courier.close()


def topics(box: Mailbox) -> list[str]:
    return [request.headers["x-shopify-topic"] for request in box.got]


def sell(harness: ShopifyHarness, units: int = 1) -> None:
    harness.wait(1)
    harness.shop.place_order({"A": units})


def test_a_delivery_is_signed_over_its_bytes_and_says_where_it_comes_from(
    harness: ShopifyHarness, box: Mailbox
) -> None:
    sell(harness)
    harness.deliver()
    assert sorted(topics(box)) == ["inventory_levels/update", "orders/create", "orders/updated"]
    for request in box.got:
        digest = hmac.new(SECRET.encode(), request.body, "sha256").digest()
        said = {name.removeprefix("x-shopify-"): text for name, text in request.headers.items()}
        assert said["hmac-sha256"] == base64.b64encode(digest).decode()
        assert (said["shop-domain"], said["name"].startswith("stockbridge-")) == ("acme.myshopify.com", True)
        assert said["triggered-at"] == "2026-11-20T12:00:01.000000789Z"
        assert set(json.loads(request.body)) == set(webhooks.FIELDS[said["topic"]])


def test_our_own_writes_come_back(harness: ShopifyHarness, box: Mailbox) -> None:
    (ref,) = harness.shop.items
    harness.connect(send_once).push(batch(update(harness, ref, 7, was=50)))
    harness.deliver()
    assert [hint and hint.shows and hint.shows.available for hint in box.hints(harness.signing())] == [7]


def test_a_failed_delivery_is_tried_again_with_the_same_body_and_id(harness: ShopifyHarness, box: Mailbox) -> None:
    box.status = 503
    sell(harness)
    for _ in range(3):
        harness.deliver()
        harness.wait(HALF_AN_HOUR)
    box.status = 200
    harness.deliver()
    tries = [request for request in box.got if request.headers["x-shopify-topic"] == "orders/create"]
    assert len(tries) == 4
    same = {(each.headers["x-shopify-webhook-id"], each.headers["x-shopify-triggered-at"], each.body) for each in tries}
    assert len(same) == 1
    harness.wait(HALF_AN_HOUR)
    harness.deliver()
    assert len(box.got) == 12, "what was taken is not sent again"


@pytest.mark.parametrize("status", [302, 404, 500])
def test_after_eight_failures_in_a_row_the_subscription_is_gone(
    harness: ShopifyHarness, box: Mailbox, status: int
) -> None:
    box.status = status
    harness.sandbox.hooks.spacing = 0.0
    sell(harness)
    harness.deliver()
    assert {topic: topics(box).count(topic) for topic in set(topics(box))} == dict.fromkeys(topics(box), 8)
    left = {topic for topic, _ in harness.subscribed()}
    assert left == set(webhooks.TOPICS) - set(topics(box))
    assert harness.sandbox.hooks.courier.counts["unsubscribed"] == 3


def test_a_delivery_that_is_taken_ends_the_row(harness: ShopifyHarness, box: Mailbox) -> None:
    harness.sandbox.hooks.spacing = 0.0
    answers = iter([500] * 7 + [200] + [500] * 7 + [200])
    box.status = 200
    (only,) = [each for each in harness.sandbox.hooks.subscriptions.values() if each.spelled == "orders/create"]
    harness.sandbox.hooks.subscriptions = {only.id: only}

    def answer(request: Request) -> Response:
        box.got.append(request)
        return Response(next(answers))

    with SandboxServer(answer) as server:
        only.uri = server.url
        for _ in range(2):
            sell(harness)
            harness.deliver()
    assert (len(box.got), only.failures, harness.subscribed()) == (16, 0, [("orders/create", server.url)])


def test_who_does_not_answer_in_time_has_not_answered(harness: ShopifyHarness, box: Mailbox) -> None:
    harness.sandbox.hooks.courier.seconds = 0.2
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for each in harness.sandbox.hooks.subscriptions.values():
            each.uri = f"http://127.0.0.1:{silent.getsockname()[1]}"
        harness.edit(next(iter(harness.shop.items)), 3)
        harness.deliver()
    assert harness.sandbox.hooks.courier.counts["unanswered"] == 1
    assert [each.failures for each in harness.sandbox.hooks.subscriptions.values() if each.failures] == [1]
    assert box.got == []


def test_a_burst_about_one_thing_is_one_delivery_of_the_newest(harness: ShopifyHarness, box: Mailbox) -> None:
    harness.sandbox.hooks.courier.is_resting = True
    for units in (9, 8, 7):
        harness.wait(1)
        harness.edit(next(iter(harness.shop.items)), units)
    harness.sandbox.hooks.courier.is_resting = False
    harness.deliver()
    assert [json.loads(request.body)["available"] for request in box.got] == [7]
    assert harness.sandbox.hooks.courier.counts["merged"] == 2


def test_a_body_like_the_one_before_is_not_sent_again(harness: ShopifyHarness, box: Mailbox) -> None:
    """So a field that always changes has to be among those that are asked for."""
    for each in harness.sandbox.hooks.subscriptions.values():
        each.include_fields = ["inventory_item_id"]
    for units in (9, 8):
        harness.wait(1)
        harness.edit(next(iter(harness.shop.items)), units)
        harness.deliver()
    assert len(box.got) == 1
    assert harness.sandbox.hooks.courier.counts["equal"] == 1


def test_after_a_rotation_the_old_secret_signs_for_an_hour(harness: ShopifyHarness, box: Mailbox) -> None:
    harness.sandbox.hooks.rotate(harness.sandbox.app, "shpss_new")
    ours = harness.signing()
    for wait, known in ((0.0, True), (3597.0, True), (2.0, False)):
        box.got.clear()
        harness.wait(wait)
        sell(harness)
        harness.deliver()
        assert [hint is not None for hint in box.hints(ours)] == [known] * 3


def test_an_app_that_is_removed_is_told_so_and_its_token_ends(harness: ShopifyHarness, box: Mailbox) -> None:
    harness.sandbox.uninstall()
    harness.deliver()
    assert [hint and hint.means for hint in box.hints(harness.signing())] == ["gone"]
    assert harness.subscribed() == []
    assert harness.sandbox.ask("{ shop { name } }") == {
        "errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"
    }


def test_an_app_sees_and_removes_its_own_subscriptions_only(harness: ShopifyHarness, box: Mailbox) -> None:
    """A name is taken for the whole shop all the same."""
    harness.sandbox.tokens.install("another", "shpss_another", auth.SCOPES, "another-token")
    given: dict[str, Any] = {"uri": box.url, "name": "stockbridge-orders-create"}

    def create() -> list[Any]:
        asked = harness.sandbox.ask(webhooks.CREATE.text, token="another-token", topic="ORDERS_CREATE", webhook=given)
        errors: list[Any] = asked["data"]["webhookSubscriptionCreate"]["userErrors"]
        return [error["message"] for error in errors]

    assert create() == ["Name has already been taken"]
    given["name"] = "erp"
    assert create() == []
    connector = harness.connect(send_once)
    assert len(connector.webhooks()) == connector.remove_webhooks() == len(webhooks.TOPICS)
    assert harness.subscribed() == [("orders/create", box.url)]


def test_the_next_family_of_headers_is_known_as_well(harness: ShopifyHarness, box: Mailbox) -> None:
    harness.sandbox.hooks.family = "Shopify-"
    sell(harness)
    harness.deliver()
    assert {hint and hint.means for hint in box.hints(harness.signing())} == {"orders", "stock"}


def test_what_is_for_another_machine_stays_here(harness: ShopifyHarness, box: Mailbox) -> None:
    for each in harness.sandbox.hooks.subscriptions.values():
        each.uri = "https://stock.example.com/webhooks/main"
    sell(harness)
    harness.deliver()
    assert {status for _, status in harness.sandbox.hooks.courier.log} == {None}
    assert box.got == []


# ---------------------------------------------------------------- mishaps


@pytest.mark.parametrize(
    ("mishaps", "arrived"),
    [({"drop": 1.0}, 0), ({"double": 1.0}, 2), ({"late": 1.0}, 0), ({"shuffle": 1.0}, 1), ({}, 1)],
    ids=str,
)
def test_what_goes_wrong_goes_wrong_by_its_share(
    harness: ShopifyHarness, box: Mailbox, mishaps: dict[str, Any], arrived: int
) -> None:
    harness.sandbox.hooks.courier.mishaps = Mishaps(**mishaps)
    harness.edit(next(iter(harness.shop.items)), 3)
    harness.deliver()
    assert len(box.got) == arrived
    harness.wait(3600)
    harness.deliver()
    assert len(box.got) == (1 if mishaps.get("late") else arrived)


def test_the_same_seed_strikes_the_same_deliveries() -> None:
    def struck(seed: int) -> list[bool]:
        mishaps = Mishaps(drop=0.2, seed=seed)
        return [mishaps.strikes("drop") for _ in range(200)]

    assert struck(7) == struck(7) != struck(8)
    assert 20 < sum(struck(7)) < 60


def test_a_shuffled_delivery_is_overtaken(harness: ShopifyHarness, box: Mailbox) -> None:
    courier = harness.sandbox.hooks.courier
    courier.is_resting, courier.mishaps = True, Mishaps(shuffle=0.5, seed=1)
    refs = [harness.add(f"S{number}", 5) for number in range(20)]
    box.got.clear()
    for number, ref in enumerate(refs):
        harness.edit(ref, number)
    courier.is_resting = False
    harness.deliver()
    came = [json.loads(request.body) for request in box.got]
    numbers = [row["available"] for row in came if "available" in row]
    assert sorted(numbers) == list(range(20))
    assert numbers != sorted(numbers)


# ---------------------------------------------------------------- from another process


def test_other_processes_arrange_it_all(box: Mailbox) -> None:
    sandbox = Sandbox(Shop())
    sandbox.shop.add_location("Warehouse")
    with serve(sandbox) as address:
        client = SandboxClient(address.url)
        given: dict[str, Any] = {"uri": box.url, "name": "stockbridge-orders-create"}
        sandbox.ask(webhooks.CREATE.text, topic="ORDERS_CREATE", webhook=given)
        client.do("variant", sku="A", on_hand=5)
        client.do("mishaps", double=1.0, seed=3)
        client.do("rotate", secret="new", seconds=0)
        client.do("spacing", seconds=0)
        client.do("order", lines={"A": 1})
        client.do("deliver")
        assert client.see("sent")["counts"] == {"doubled": 1, "tries": 2}
        assert [(row["topic"], row["uri"], row["failures"]) for row in client.see("webhooks")] == [
            ("orders/create", box.url, 0)
        ]
        client.do("unsubscribe", topic="orders/create")
        assert client.see("webhooks") == []
        client.do("uninstall")
        client.close()
    assert topics(box) == ["orders/create"] * 2
