"""The sandbox delivers as WooCommerce does: once, from a queue, and disables what does not answer."""

import json
from collections.abc import Iterator

import pytest

from connectors.skills import Hint
from connectors.testing.client import SandboxClient
from connectors.testing.courier import Mishaps
from connectors.testing.http import Request
from connectors.testing.server import SandboxServer
from connectors.testing.webhooks import Mailbox
from connectors.woocommerce.sandbox import ManualClock, Sandbox, Shop, serve
from connectors.woocommerce.sandbox.hooks import signature

from .harness import WooHarness, push
from .scripted import RECORDED
from .test_sandbox_recorded import at, comparable, story_shop

PINGS = 8


@pytest.fixture
def box() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    with SandboxServer(mailbox) as server:
        mailbox.url = server.url
        yield mailbox


@pytest.fixture
def registered(harness: WooHarness, box: Mailbox) -> WooHarness:
    harness.add("A", 50)
    harness.connect().register_webhooks(box.url)
    return harness


def arrived(box: Mailbox) -> list[Request]:
    """Without the pings."""
    return [request for request in box.got if "x-wc-webhook-topic" in request.headers]


def topics(box: Mailbox) -> list[str]:
    return sorted(request.headers["x-wc-webhook-topic"] for request in arrived(box))


def meant(harness: WooHarness, box: Mailbox) -> list[Hint | None]:
    return [harness.signing().hint(request.headers, request.body) for request in arrived(box)]


def sell(harness: WooHarness, box: Mailbox, units: int = 1) -> list[str]:
    harness.wait(1)
    box.got.clear()
    harness.shop.place_order({"A": units})
    harness.deliver()
    return topics(box)


# ---------------------------------------------------------------- what is sent


def test_a_ping_is_sent_for_each_that_is_made_and_for_each_that_is_moved(registered: WooHarness, box: Mailbox) -> None:
    assert [request.body for request in box.got] == [f"webhook_id={number}".encode() for number in range(1, PINGS + 1)]
    assert {registered.signing().hint(request.headers, request.body) for request in box.got} == {
        Hint("ping", "nothing")
    }
    registered.connect().register_webhooks(f"{box.url}/moved")
    assert len(box.got) == 2 * PINGS
    registered.connect().register_webhooks(f"{box.url}/moved")
    assert len(box.got) == 2 * PINGS


def test_it_sends_what_a_real_shop_sent(box: Mailbox) -> None:
    recorded = json.loads((RECORDED / "48_webhook_deliveries.json").read_text())["deliveries"]
    clock = ManualClock()
    shop = story_shop(clock)
    sandbox = Sandbox(shop)
    shop.home_url = "https://shop.example"
    mug = shop.find("MUG-8A94")
    for topic in ("product.updated", "order.created"):
        body = {"name": "x", "topic": topic, "delivery_url": box.url, "secret": "test-secret-not-real"}
        sandbox.ask("POST", "webhooks", body)
    clock.now = at("14:07:31")
    mug.stock_quantity, mug.total_sales = 9, 5
    shop.place_order({"MUG-8A94": 1})
    sandbox.hooks.courier.deliver()
    sandbox.hooks.courier.close()
    sent = {request.headers["x-wc-webhook-topic"]: request for request in arrived(box)}
    assert len(sent) == 2
    for real in recorded[2:]:
        ours = sent[real["headers"]["X-WC-Webhook-Topic"]]
        assert {name.lower() for name in real["headers"]} <= set(ours.headers)
        constant = ("user-agent", "content-type", "x-wc-webhook-source", "x-wc-webhook-resource", "x-wc-webhook-event")
        said = {name.lower(): text for name, text in real["headers"].items()}
        assert {name: ours.headers[name] for name in constant} == {name: said[name] for name in constant}
        assert ours.headers["x-wc-webhook-signature"] == signature("test-secret-not-real", ours.body)
        body, wanted = comparable(json.loads(ours.body)), comparable(json.loads(real["raw_body"]))
        assert list(body) == list(wanted)
        numbered = ("id", "number", "line_items", "_links") if "line_items" in body else ()
        assert {name: body[name] for name in body if name not in numbered} == {
            name: wanted[name] for name in wanted if name not in numbered
        }
    assert b"\\/" in sent["product.updated"].body, "slashes are escaped, as the bytes are signed"


def test_our_own_writes_come_back(registered: WooHarness, box: Mailbox) -> None:
    box.got.clear()
    push(registered, (next(iter(map(str, registered.shop.products))), 7))
    registered.deliver()
    told = [hint and hint.shows and (hint.sku, hint.shows.available) for hint in meant(registered, box)]
    assert told == [("A", 7)]


def test_a_write_to_a_variation_is_told_of_it_and_of_its_product(registered: WooHarness, box: Mailbox) -> None:
    ref = registered.variations("TEE", {"S": 5})[0]
    registered.deliver()
    box.got.clear()
    push(registered, (ref, 3))
    registered.deliver()
    told = {hint.shows.ref: hint.shows.available for hint in meant(registered, box) if hint and hint.shows}
    assert told == {ref: 3, ref.partition(":")[0]: 0}


def test_a_sale_is_told_as_an_order_and_mostly_as_stock(registered: WooHarness, box: Mailbox) -> None:
    assert set(sell(registered, box)) == {"order.created", "order.updated", "product.updated"}
    registered.sandbox.hooks.tells_sales = False
    assert set(sell(registered, box)) == {"order.created", "order.updated"}


def test_what_goes_into_the_trash_is_told_by_its_id_and_what_is_deleted_for_good_is_not_told(
    registered: WooHarness, box: Mailbox
) -> None:
    product, order = registered.shop.find("A"), registered.shop.place_order({"A": 1})
    registered.deliver()
    box.got.clear()
    registered.shop.set_status(product, "trash")
    registered.shop.trash_order(order)
    registered.deliver()
    assert {request.body for request in arrived(box)} == {f'{{"id":{id_}}}'.encode() for id_ in (product.id, order.id)}
    registered.shop.set_status(product, "publish")
    registered.shop.set_order_status(order, "processing")
    registered.deliver()
    assert topics(box) == ["order.deleted", "order.restored", "product.deleted", "product.restored"]
    box.got.clear()
    registered.shop.delete_order(order)
    registered.shop.delete(product)
    registered.deliver()
    assert box.got == []


def test_what_is_gone_by_the_time_it_is_sent_is_a_hint_all_the_same(registered: WooHarness, box: Mailbox) -> None:
    courier = registered.sandbox.hooks.courier
    courier.is_resting = True
    box.got.clear()
    registered.shop.hand_edit("A", 3)
    registered.shop.delete("A")
    courier.is_resting = False
    registered.deliver()
    assert meant(registered, box) == [Hint("product.updated", "listings")]


def test_equal_ones_that_wait_are_one_and_say_what_is_true_when_sent(registered: WooHarness, box: Mailbox) -> None:
    courier = registered.sandbox.hooks.courier
    courier.is_resting = True
    box.got.clear()
    for units in (9, 8, 7):
        registered.shop.hand_edit("A", units)
    courier.is_resting = False
    registered.deliver()
    assert [json.loads(request.body)["stock_quantity"] for request in box.got] == [7]
    assert courier.counts["merged"] == 2


def test_an_order_may_be_told_as_it_was(registered: WooHarness, box: Mailbox) -> None:
    courier = registered.sandbox.hooks.courier
    registered.sandbox.hooks.is_stale = courier.is_resting = True
    order = registered.shop.place_order({"A": 1})
    registered.shop.ship(order)
    courier.is_resting = False
    registered.deliver()
    assert {json.loads(r.body)["status"] for r in arrived(box) if r.headers["x-wc-webhook-resource"] == "order"} == {
        "processing"
    }


def test_two_deliveries_within_a_second_have_one_id(registered: WooHarness, box: Mailbox) -> None:
    """It is made of the second: nothing can be told apart, or known again, by it."""
    registered.sandbox.hooks.courier.mishaps = Mishaps(double=1.0)
    registered.shop.hand_edit("A", 3)
    registered.deliver()
    assert [len(arrived(box)), len({request.headers["x-wc-webhook-delivery-id"] for request in arrived(box)})] == [2, 1]


@pytest.mark.parametrize(
    ("secret", "signs_with"), [("a&amp;b&lt;c&gt;&quot;&#039;", "a&b<c>\"'"), ("0123abcd", "0123abcd"), ("a&b", "a&b")]
)
def test_entities_in_a_secret_are_decoded_before_it_signs(secret: str, signs_with: str) -> None:
    assert signature(secret, b"{}") == signature(signs_with, b"{}")
    assert (signature(secret, b"{}") == signature("another", b"{}")) is False


# ---------------------------------------------------------------- what is not taken


@pytest.mark.parametrize("status", [200, 204, 301, 302])
def test_up_to_302_it_was_taken_and_no_redirect_is_followed(registered: WooHarness, box: Mailbox, status: int) -> None:
    box.status = status
    assert len(sell(registered, box)) == 3
    assert {each.failures for each in registered.sandbox.hooks.webhooks.values()} == {0}


@pytest.mark.parametrize("status", [303, 401, 404, 500])
def test_what_was_not_taken_is_never_sent_again(registered: WooHarness, box: Mailbox, status: int) -> None:
    box.status = status
    assert len(sell(registered, box)) == 3
    registered.wait(86_400)
    registered.deliver()
    assert len(arrived(box)) == 3


def test_the_seventh_failure_in_a_row_disables_it(registered: WooHarness, box: Mailbox) -> None:
    (created,) = [each for each in registered.sandbox.hooks.webhooks.values() if each.topic == "order.created"]
    box.status = 500
    for number in range(6):
        sell(registered, box)
        assert (created.status, created.failures) == ("active", number + 1)
    sell(registered, box)
    assert (created.status, "order.created" in sell(registered, box)) == ("disabled", False)


def test_enabled_again_it_has_one_more_try_until_a_delivery_is_taken(registered: WooHarness, box: Mailbox) -> None:
    created = next(iter(registered.sandbox.hooks.webhooks.values()))
    created.status, created.failures = "disabled", 6
    registered.connect().register_webhooks(box.url)
    box.status = 500
    sell(registered, box)
    assert created.status == "disabled"
    registered.connect().register_webhooks(box.url)
    box.status = 200
    sell(registered, box)
    assert (created.status, created.failures) == ("active", 0)


def test_one_that_is_disabled_still_sends_what_waited(registered: WooHarness, box: Mailbox) -> None:
    registered.sandbox.hooks.courier.is_resting = True
    box.got.clear()
    registered.shop.hand_edit("A", 3)
    for each in registered.sandbox.hooks.webhooks.values():
        each.status = "disabled"
    registered.sandbox.hooks.courier.is_resting = False
    registered.deliver()
    assert topics(box) == ["product.updated"]


def test_a_shop_elsewhere_does_not_reach_this_machine(registered: WooHarness, box: Mailbox) -> None:
    """wp_safe_remote_request refuses loopback and private addresses: the sandbox allows them unless told otherwise."""
    registered.sandbox.hooks.reaches_this_machine = False
    assert sell(registered, box) == []
    assert {each.failures for each in registered.sandbox.hooks.webhooks.values() if each.failures} == {1}


# ---------------------------------------------------------------- from another process


def test_other_processes_arrange_it_all(box: Mailbox) -> None:
    sandbox = Sandbox(Shop())
    with serve(sandbox) as url:
        sandbox.shop.url = url
        client = SandboxClient(url)
        client.do("product", sku="A", units=5)
        body = {"name": "x", "topic": "order.created", "delivery_url": box.url}
        sandbox.ask("POST", "webhooks", body)
        client.do("mishaps", double=1.0, seed=3)
        client.do("queue", rests=True)
        client.do("order", lines={"A": 1})
        assert arrived(box) == []
        client.do("queue", rests=False)
        client.do("deliver")
        assert client.see("sent")["counts"]["tries"] == len(arrived(box)) == 2
        client.do("switch", pings_decide=True, reaches_this_machine=False, tells_sales=False, is_stale=True)
        assert sandbox.ask("POST", "webhooks", body).json()["code"] == "woocommerce_rest_cannot_create"
        client.do("disable", topic="order.created")
        assert [(row["topic"], row["status"], row["failures"]) for row in client.see("webhooks")] == [
            ("order.created", "disabled", 0)
        ]
        client.close()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"topic": "order.eaten", "delivery_url": "https://x.example"}, "woocommerce_rest_shop_webhook_invalid_topic"),
        ({"topic": "order.created", "delivery_url": "x"}, "woocommerce_rest_shop_webhook_invalid_delivery_url"),
        ({"delivery_url": "https://x.example"}, "woocommerce_rest_shop_webhook_invalid_topic"),
        ({"topic": "order.created"}, "woocommerce_rest_shop_webhook_invalid_delivery_url"),
        ({"topic": "order.created", "delivery_url": "https://x.example", "status": "odd"}, "rest_invalid_param"),
    ],
)
def test_what_the_api_refuses(sandbox: Sandbox, body: dict[str, str], code: str) -> None:
    assert sandbox.ask("POST", "webhooks", body).json()["code"] == code


def test_the_api_never_shows_a_secret_and_deletes_for_good_only(sandbox: Sandbox) -> None:
    body = {"topic": "order.created", "delivery_url": "https://x.example", "secret": "hush"}
    made = sandbox.ask("POST", "webhooks", body)
    assert (made.status, b"hush" in made.body) == (201, False)
    path = f"webhooks/{made.json()['id']}"
    assert sandbox.ask("GET", path).json()["topic"] == "order.created"
    assert sandbox.ask("DELETE", path).json()["code"] == "woocommerce_rest_trash_not_supported"
    assert sandbox.ask("DELETE", path, force="true").status == 200
    assert sandbox.ask("GET", path).status == 404
