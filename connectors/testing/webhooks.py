"""WebhooksContract: the skills SignsWebhooks and ReceivesWebhooks, tried where a connector has them. A part of
ConnectorContract. See connectors.skills for what each promises."""

# ruff: noqa: S101  (a suite of tests that lives in the package)

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from connectors.base import OperatorStoreError, StoreConnector
from connectors.skills import Hint, ReceivesWebhooks, SignsWebhooks
from connectors.testing.harness import DeliversWebhooks, RetryingSender, StoreHarness, shows_secret
from connectors.testing.http import Request, Response
from connectors.testing.server import SandboxServer
from connectors.testing.skills import skilled

UNREADABLE = (
    b"",
    b"\x00",
    b"\xff\xfe{}",
    b"[1]",
    b'"x"',
    b"{",
    b'{"id":1e999}',
    b'{"id":' + b"9" * 5000 + b"}",
    b"[" * 20_000,
)
"""Bodies that a store may sign, and that say nothing."""

ODD_TEXTS = ("", " ", "é", "\ud800", "\x00", "=" * 5000, "a\r\nb")
"""What a header may hold where text is due."""


@dataclass(slots=True)
class Mailbox:
    """Where webhooks arrive. status: what it answers."""

    url: str = ""
    status: int = 200
    got: list[Request] = field(default_factory=list)

    def __call__(self, request: Request) -> Response:
        self.got.append(request)
        return Response(self.status)

    def hints(self, options: SignsWebhooks) -> list[Hint | None]:
        return [options.hint(request.headers, request.body) for request in self.got]


class WebhooksContract:
    """Each test is skipped where the connector has not the skill."""

    @pytest.fixture
    def mailbox(self) -> Iterator[Mailbox]:
        box = Mailbox()
        with SandboxServer(box) as server:
            box.url = f"{server.url}/webhooks/main"
            yield box

    def _registered(self, harness: StoreHarness, connector: StoreConnector, address: str) -> DeliversWebhooks:
        skilled(connector, ReceivesWebhooks).register_webhooks(address)
        harness.wait(5)
        delivering: DeliversWebhooks = skilled(harness, DeliversWebhooks)
        return delivering

    # ------------------------------------------------------------ SignsWebhooks

    def test_an_order_is_told_by_a_delivery(
        self, harness: StoreHarness, connector: StoreConnector, mailbox: Mailbox
    ) -> None:
        ref = harness.add("A", 10)
        shop = self._registered(harness, connector, mailbox.url)
        harness.order(ref, 2)
        shop.deliver()
        hints = mailbox.hints(shop.signing())
        assert hints
        assert None not in hints
        orders = [hint for hint in hints if hint and hint.means == "orders"]
        assert {hint.topic for hint in orders} <= set(skilled(connector, ReceivesWebhooks).topics)
        assert all(hint.at is None or hint.at <= harness.now() for hint in orders)
        assert orders
        assert all(hint.about for hint in orders)

    def test_what_a_delivery_shows_is_what_the_store_shows(
        self, harness: StoreHarness, connector: StoreConnector, mailbox: Mailbox
    ) -> None:
        """Or nobody could tell the echo of a write of our own."""
        ref = harness.add("A", 10)
        shop = self._registered(harness, connector, mailbox.url)
        harness.edit(ref, 7)
        shop.deliver()
        hints = [hint for hint in mailbox.hints(shop.signing()) if hint]
        assert [hint for hint in hints if hint.means in ("stock", "listings")]
        (row,) = connector.read([ref])
        told = {(hint.shows.ref, hint.shows.location, hint.shows.available) for hint in hints if hint.shows}
        assert told <= {(row.ref, row.location, row.available)}
        assert {hint.sku for hint in hints} <= {None, "A"}

    def test_what_this_store_did_not_sign_is_nobodys(
        self, harness: StoreHarness, connector: StoreConnector, mailbox: Mailbox
    ) -> None:
        ref = harness.add("A", 10)
        shop = self._registered(harness, connector, mailbox.url)
        harness.order(ref, 2)
        shop.deliver()
        ours = shop.signing()
        for request in mailbox.got:
            headers, body = request.headers, request.body
            if (hint := ours.hint(headers, body)) is None or hint.means == "nothing":
                continue  # a ping, which nobody signs
            for place in range(0, len(body), 7):
                flipped = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
                assert ours.hint(headers, flipped) is None
            assert ours.hint(headers, body + b"\n") is None
            unsigned = {name: text for name, text in headers.items() if name != shop.signature}
            assert ours.hint(unsigned, body) is None
            for name in ("", "AAAA", headers[shop.signature].lower(), headers[shop.signature][:-2]):
                assert ours.hint({**headers, shop.signature: name}, body) is None
            for other, options in shop.other_stores().items():
                assert options.hint(headers, body) is None, other

    def test_what_is_signed_and_cannot_be_read_is_a_hint_all_the_same(
        self, harness: StoreHarness, connector: StoreConnector
    ) -> None:
        receiver, shop = skilled(connector, ReceivesWebhooks), skilled(harness, DeliversWebhooks)
        for topic in receiver.topics:
            said = {shop.signing().hint(shop.signed(topic, body), body) for body in UNREADABLE}
            assert {(hint.topic, hint.means == "nothing", hint.shows) for hint in said if hint} == {
                (topic, False, None)
            }
            assert None not in said

    def test_nothing_that_arrives_raises(self, harness: StoreHarness, connector: StoreConnector) -> None:
        receiver, shop = skilled(connector, ReceivesWebhooks), skilled(harness, DeliversWebhooks)
        options = shop.signing()
        for body in (b'{"id":1}', *UNREADABLE):
            assert options.hint({}, body) is None
            headers = shop.signed(receiver.topics[0], body)
            for name in headers:
                for text in ODD_TEXTS:
                    options.hint({**headers, name: text}, body)

    # ------------------------------------------------------------ ReceivesWebhooks

    def test_each_topic_is_registered_once_however_often(
        self, harness: StoreHarness, connector: StoreConnector, mailbox: Mailbox
    ) -> None:
        receiver = skilled(connector, ReceivesWebhooks)
        first = receiver.register_webhooks(mailbox.url)
        assert Counter(each.topic for each in first) == Counter(receiver.topics)
        assert {(each.address, each.is_active) for each in first} == {(mailbox.url, True)}
        before = sorted(skilled(harness, DeliversWebhooks).subscribed())
        assert same(receiver.register_webhooks(mailbox.url), first)
        assert same(receiver.webhooks(), first)
        assert sorted(skilled(harness, DeliversWebhooks).subscribed()) == before

    def test_what_the_store_dropped_comes_back(
        self, harness: StoreHarness, connector: StoreConnector, mailbox: Mailbox
    ) -> None:
        receiver, shop = skilled(connector, ReceivesWebhooks), skilled(harness, DeliversWebhooks)
        receiver.register_webhooks(mailbox.url)
        shop.give_up()
        active = [each for each in receiver.webhooks() if each.is_active]
        assert len(active) < len(receiver.topics)
        assert all(each.why for each in receiver.webhooks() if not each.is_active)
        mended = receiver.register_webhooks(mailbox.url)
        assert Counter(each.topic for each in mended if each.is_active) == Counter(receiver.topics)
        ref = harness.add("A", 3)
        harness.order(ref, 1)
        shop.deliver()
        assert "orders" in {hint.means for hint in mailbox.hints(shop.signing()) if hint}

    def test_what_delivers_elsewhere_is_moved(self, connector: StoreConnector, mailbox: Mailbox) -> None:
        receiver = skilled(connector, ReceivesWebhooks)
        receiver.register_webhooks(mailbox.url)
        moved = receiver.register_webhooks(f"{mailbox.url}-2")
        assert Counter(each.topic for each in moved) == Counter(receiver.topics)
        assert {each.address for each in receiver.webhooks()} == {f"{mailbox.url}-2"}

    def test_the_webhooks_of_others_are_left_alone(
        self, harness: StoreHarness, connector: StoreConnector, mailbox: Mailbox
    ) -> None:
        receiver, shop = skilled(connector, ReceivesWebhooks), skilled(harness, DeliversWebhooks)
        shop.subscribe_another(f"{mailbox.url}-of-others")
        receiver.register_webhooks(mailbox.url)
        assert {each.address for each in receiver.webhooks()} == {mailbox.url}
        assert receiver.remove_webhooks() == len(receiver.topics)
        assert list(receiver.webhooks()) == []
        assert receiver.remove_webhooks() == 0
        assert [address for _, address in shop.subscribed()] == [f"{mailbox.url}-of-others"]

    def test_an_answer_that_is_lost_makes_no_double(self, harness: StoreHarness, mailbox: Mailbox) -> None:
        connector = harness.connect(RetryingSender(harness))
        receiver, shop = skilled(connector, ReceivesWebhooks), skilled(harness, DeliversWebhooks)
        shop.lose_answers(3)
        found = receiver.register_webhooks(mailbox.url)
        assert Counter(each.topic for each in found) == Counter(receiver.topics)
        assert Counter(topic for topic, _ in shop.subscribed()) == Counter(receiver.topics)
        connector.close()

    def test_only_an_address_that_nobody_can_listen_in_on_is_registered(
        self, harness: StoreHarness, connector: StoreConnector
    ) -> None:
        receiver = skilled(connector, ReceivesWebhooks)
        for address in ("http://stock.example.com/webhooks/main", "ftp://stock.example.com", "stock", "https://[", ""):
            with pytest.raises(OperatorStoreError):
                receiver.register_webhooks(address)
        assert skilled(harness, DeliversWebhooks).subscribed() == []

    def test_a_refused_key_registers_nothing(
        self, harness: StoreHarness, connector: StoreConnector, mailbox: Mailbox
    ) -> None:
        receiver = skilled(connector, ReceivesWebhooks)
        harness.revoke()
        for ask in (receiver.webhooks, receiver.remove_webhooks, lambda: receiver.register_webhooks(mailbox.url)):
            with pytest.raises(OperatorStoreError) as caught:
                ask()
            assert not shows_secret(harness, caught.value)


def same(one: Sequence[object], other: Sequence[object]) -> bool:
    return Counter(one) == Counter(other)
