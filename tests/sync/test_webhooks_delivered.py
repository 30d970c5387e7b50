"""What a platform's sandbox delivers, as its connector reads it, and what comes of it: an echo of our own writes is no
news, whatever the platform tells of them, and a sale or an edit is."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis as redis_package

from bridge.looks import due
from bridge.state.deliveries import Rest
from bridge.sync.webhooks import Delivery, take
from connectors.base import send_once
from connectors.testing.courier import Mishaps
from connectors.testing.local import two_platforms
from connectors.testing.server import SandboxServer
from connectors.testing.webhooks import Mailbox
from tests.harness.installation import Installation
from tests.harness.shops import harnesses


class Delivered:
    """One shop that was read and written a moment ago, and what it delivers."""

    def __init__(self, harness: Installation, box: Mailbox) -> None:
        self.harness, self.box, self.shop = harness, box, harness.main
        self.courier: Any = getattr(self.shop.sandbox, "hooks").courier  # noqa: B009  (of those that deliver)

    def come(self) -> list[str]:
        """What is under way comes, and is taken in → the verdicts, without pings."""
        self.harness.later(seconds=1)
        before = len(self.harness.state.deliveries("main"))
        self.courier.deliver()
        options: Any = self.harness.context.settings.stores["main"].options
        hints = self.box.hints(options)
        assert None not in hints
        self.box.got.clear()
        take(self.harness.context, "main", [Delivery(self.harness.clock(), x) for x in hints if x], Rest())
        told = self.harness.state.deliveries("main")
        return [x.verdict for x in told[: len(told) - before] if x.topic != "ping"]

    def asks(self) -> bool:
        return ("push", "main") in [(what, store) for what, store in due(self.harness.context)]


@pytest.fixture(params=two_platforms(), ids=lambda kind: kind.platform)
def delivered(request: pytest.FixtureRequest, redis_url: str, redis: redis_package.Redis) -> Iterator[Delivered]:
    box, kind = Mailbox(), request.param
    with harnesses(redis_url, (kind, kind)) as build, SandboxServer(box) as server:
        harness = build(kind.signing, only="main", source_lines='poll = "5m"')
        harness.add("A", 10)
        harness.warehouse.add("TEE-S", 10)
        harness.main.add_sizes("TEE", {"TEE-S": 10})
        for minutes in (0, 3):
            harness.later(minutes=minutes)
            assert harness.cycle().code == 0
        connector: Any = harness.context.open_store("main", send_once)
        connector.register_webhooks(server.url)
        connector.close()
        yield Delivered(harness, box)
        getattr(harness.main.sandbox, "hooks").courier.close()  # noqa: B009  (as above)


@pytest.mark.parametrize("sku", ["A", "TEE-S"])
def test_the_echo_of_our_own_write_causes_nothing(delivered: Delivered, sku: str) -> None:
    harness = delivered.harness
    harness.warehouse.set_stock(sku, 7)
    harness.later(minutes=5)
    assert harness.cycle().code == 0
    assert harness.shows(sku) == {"main": 7}
    verdicts = delivered.come()
    assert verdicts
    assert set(verdicts) == {"echo"}
    assert not delivered.asks()


@pytest.mark.parametrize("sku", ["A", "TEE-S"])
def test_a_sale_is_read_at_once(delivered: Delivered, sku: str) -> None:
    delivered.shop.sell(sku, 2)
    assert "read at once" in delivered.come()
    assert delivered.asks()
    delivered.harness.session("main")
    assert delivered.harness.shows(sku) == {"main": 8}
    assert not delivered.asks()


def test_an_edited_sku_is_mapped_at_once(delivered: Delivered) -> None:
    harness = delivered.harness
    harness.warehouse.add("B", 4)
    harness.later(minutes=5)
    harness.cycle()
    delivered.come()
    delivered.shop.rename("A", "B")
    assert "read at once" in delivered.come()
    harness.session("main")
    assert harness.shows("B") == {"main": 4}


def test_what_is_lost_doubled_late_and_shuffled_leaves_the_numbers_right(delivered: Delivered) -> None:
    harness = delivered.harness
    delivered.courier.mishaps = Mishaps(drop=0.3, double=0.3, late=0.3, shuffle=0.3, seconds=600, seed=5)
    for units in (1, 2, 1, 3):
        delivered.shop.sell("A", units)
        delivered.come()
        if delivered.asks():
            harness.session("main")
    harness.later(minutes=11)
    delivered.come()
    harness.cycle()
    assert harness.shows("A") == {"main": 3}
    assert not harness.due()
