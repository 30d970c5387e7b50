"""A scripted Shopify: what it is asked is kept, what it answers is given by the test."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from connectors.base import send_once
from connectors.shopify import ShopifyConnector
from connectors.shopify.sandbox import ManualClock, Sandbox, Shop
from connectors.testing.harness import StoreFault

TOKEN = "shpat_0123456789abcdef"
HOME = "gid://shopify/Location/11"
COST = {
    "requestedQueryCost": 10,
    "actualQueryCost": 10,
    "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 1990, "restoreRate": 100.0},
}


class Script:
    """answers: data, or whole responses, in the order of the requests; a function gets the variables."""

    def __init__(self, *answers):
        self.answers, self.requests, self.bodies = list(answers), [], []

    def __call__(self, request):
        self.requests.append(request)
        body = json.loads(request.content) if request.content.startswith(b"{") else {}
        self.bodies.append(body)
        answer = self.answers.pop(0)
        if callable(answer):
            answer = answer(body.get("variables"))
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else ok(answer)

    @property
    def asked(self):
        return [body.get("operationName") for body in self.bodies]

    @property
    def variables(self):
        return [body.get("variables") for body in self.bodies]


def ok(data):
    return httpx.Response(200, json={"data": data, "extensions": {"cost": COST}})


def errors(code, message="no", **cost):
    payload = {"errors": [{"message": message, "extensions": {"code": code}}]}
    return httpx.Response(200, json={**payload, "extensions": {"cost": {**COST, **cost}}})


class Ticks:
    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def ticks():
    return Ticks()


@pytest.fixture
def script():
    return Script


@pytest.fixture
def reply():
    """Builders of answers."""

    class Replies:
        data = staticmethod(ok)
        errors = staticmethod(errors)

    return Replies


@pytest.fixture
def connect(ticks):
    """Build a connector on a scripted Shopify: connect(script, locations=…, option=…)."""
    opened = []

    def build(script, *, locations=(HOME,), send=send_once, **options):
        keys = options if options.keys() & {"access_token", "client_id"} else {"access_token": TOKEN, **options}
        connector = ShopifyConnector(
            ShopifyConnector.Options(shop="acme.myshopify.com", **keys),
            locations=locations,
            send=send,
            transport=httpx.MockTransport(script),
            now=lambda: datetime(2026, 11, 20, 12, tzinfo=UTC),
            clock=ticks,
        )
        opened.append(connector)
        return connector

    yield build
    for connector in opened:
        connector.close()


# ---------------------------------------------------------------- the sandbox


class ShopifyHarness:
    """A shop of the sandbox to act in, as connectors.testing.harness.StoreHarness describes it."""

    secrets = (TOKEN,)

    def __init__(self):
        self.moment = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.shop = Shop(clock=self.now)
        self.sandbox = Sandbox(self.shop, token=TOKEN)
        self.location = self.shop.add_location("Home").id

    def connect(self, send, *, locations=None, **options):
        return ShopifyConnector(
            ShopifyConnector.Options(shop="acme.myshopify.com", access_token=TOKEN, **options),
            locations=[self.location] if locations is None else locations,
            send=send,
            transport=self.sandbox.transport(),
            now=self.now,
            clock=lambda: self.moment.timestamp(),  # noqa: PLW0108  (the moment moves)
        )

    def connect_widely(self, send):
        return self.connect(send, locations=[self.location, self.shop.add_location("Other").id])

    def now(self):
        return self.moment

    def wait(self, seconds):
        self.moment += timedelta(seconds=seconds)

    def variant(self, ref):
        return self.shop.items[ref].variant

    def add(self, sku, units):
        return self.shop.add_variant(sku, on_hand=units).item.id

    def units(self, ref):
        return self.shop.level(self.variant(ref)).on_hand

    def edit(self, ref, units):
        self.shop.hand_edit(self.variant(ref), units)

    def order(self, ref, units):
        return self.order_several({ref: units})

    def order_several(self, units):
        return self.shop.place_order({self.variant(ref): sold for ref, sold in units.items()}).id

    def ship(self, order):
        self.shop.fulfil(order)

    def cancel(self, order):
        self.shop.cancel(order)

    def vanish(self, ref):
        self.shop.delete_variant(self.variant(ref))

    def poison(self, ref):
        self.variant(ref).components = {"gid://shopify/ProductVariant/1": 1}

    def spoil(self, ref):
        self.shop.broken |= {ref}

    def revoke(self):
        self.sandbox.tokens.revoke_all()

    def fail(self, fault):
        faults = {
            StoreFault.THROTTLED: {"kind": "throttled"},
            StoreFault.DOWN: {"kind": "refuse"},
            StoreFault.GARBLED: {"kind": "html"},
            StoreFault.BROKEN: {"kind": "status", "status": 503},
            StoreFault.LOST_REPLY: {"kind": "drop", "after": True},
        }
        self.sandbox.faults.add(**faults[fault])


@pytest.fixture
def harness():
    return ShopifyHarness()


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def shop(clock):
    shop = Shop(clock=clock)
    shop.add_location("Warehouse")
    shop.add_location("Shop floor")
    return shop


@pytest.fixture
def sandbox(shop):
    return Sandbox(shop)


@pytest.fixture
def mug(shop):
    return shop.add_variant("MUG", on_hand=dict.fromkeys(shop.locations, 10))


@pytest.fixture
def two(shop):
    """Two variants to begin with."""
    for sku in ("A", "B"):
        shop.add_variant(sku, on_hand=dict.fromkeys(shop.locations, 5))
