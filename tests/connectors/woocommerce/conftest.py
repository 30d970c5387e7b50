"""A shop of the sandbox to act in, and a store that answers as a test tells it to."""

import io
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.response import HTTPResponse

from connectors.base import send_once
from connectors.testing.harness import StoreFault
from connectors.woocommerce import WooCommerceConnector
from connectors.woocommerce.sandbox import KEY, SECRET, ManualClock, Sandbox, Shop

URL = "https://shop.example"
RECORDED = Path(__file__).parent / "recorded"


def options(**given):
    return WooCommerceConnector.Options(**{"url": URL, "consumer_key": KEY, "consumer_secret": SECRET, **given})


# ---------------------------------------------------------------- the sandbox


class WooHarness:
    """A shop of the sandbox, as a StoreHarness describes it. Everything runs on one virtual clock."""

    secrets = (KEY, SECRET)
    location = ""

    def __init__(self, version="10.5.0", **settings):
        self.moment = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.shop = Shop(clock=self.now, **settings)
        self.sandbox = Sandbox(self.shop, version=version, sleep=self.wait)
        self.opened = []

    def connect(self, send=send_once, **given):
        connector = WooCommerceConnector(
            options(**given),
            send=send,
            adapter=self.sandbox.adapter(),
            now=self.now,
            clock=lambda: self.moment.timestamp(),  # noqa: PLW0108  (the moment moves)
        )
        self.opened.append(connector)
        return connector

    def connect_widely(self, send):
        return self.connect(send)

    def now(self):
        return self.moment

    def wait(self, seconds):
        self.moment += timedelta(seconds=seconds)

    def product(self, ref):
        return self.shop.find(int(ref.rpartition(":")[2]))

    def add(self, sku, units):
        return str(self.shop.add_product(sku, units).id)

    def variations(self, sku, units, **settings):
        """A variable product → the refs of its variations, in their order."""
        parent = self.shop.add_variable(sku, units, **settings)
        return [f"{parent.id}:{child.id}" for child in parent.children]

    def units(self, ref):
        return self.shop.quantity(self.product(ref))

    def edit(self, ref, units):
        self.shop.hand_edit(self.product(ref), units)

    def order(self, ref, units, **settings):
        return self.order_several({ref: units}, **settings)

    def order_several(self, units, **settings):
        return str(self.shop.place_order({self.product(ref): sold for ref, sold in units.items()}, **settings).id)

    def ship(self, order):
        self.shop.ship(order)

    def cancel(self, order):
        self.shop.cancel(order)

    def vanish(self, ref):
        self.shop.delete(self.product(ref))

    def poison(self, ref):
        self.shop.refuse(self.product(ref))

    def spoil(self, ref):
        self.shop.break_off(self.product(ref))
        self.shop.touch(self.product(ref))

    def revoke(self):
        self.sandbox.keys.revoke_all()

    def fail(self, fault):
        kind, settings = FAULTS[fault]
        self.sandbox.faults.add(kind, **settings)

    def calls(self, label):
        return self.sandbox.calls[label]


FAULTS = {
    StoreFault.THROTTLED: ("throttled", {}),
    StoreFault.DOWN: ("refuse", {}),
    StoreFault.GARBLED: ("html", {}),
    StoreFault.BROKEN: ("fatal", {"items": 0}),
    StoreFault.LOST_REPLY: ("drop", {"after": True}),
}


@pytest.fixture
def harness():
    harness = WooHarness()
    yield harness
    for connector in harness.opened:
        connector.close()


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def shop(clock):
    return Shop(clock=clock)


@pytest.fixture
def sandbox(shop, clock):
    return Sandbox(shop, sleep=clock.advance)


@pytest.fixture
def mug(shop):
    return shop.add_product("MUG", 10)


@pytest.fixture
def make_harness():
    """Stages of other versions and settings."""
    made = []

    def make(version="10.5.0", **settings):
        made.append(WooHarness(version, **settings))
        return made[-1]

    yield make
    for harness in made:
        for connector in harness.opened:
            connector.close()


# ---------------------------------------------------------------- recorded and scripted answers


class Script(HTTPAdapter):
    """Gives answers in their order and keeps what it was asked. An answer: (status, headers, body), the name of a
    recording, JSON for a 200, or an exception."""

    def __init__(self, *answers):
        super().__init__()
        self.answers, self.requests, self.timeouts = list(answers), [], []

    def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):
        self.requests.append(request)
        self.timeouts.append(timeout)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, headers, body = recorded(answer) if isinstance(answer, str) else whole(answer)
        raw = HTTPResponse(body=io.BytesIO(body), headers=headers, status=status, preload_content=False)
        return self.build_response(request, raw)

    @property
    def asked(self):
        """Without what passes caches by."""
        return [re.sub(r"[?&]_skip_cache=1&_t=\w+", "", f"{one.method} {one.path_url}") for one in self.requests]

    @property
    def bodies(self):
        return [json.loads(request.body) if request.body else None for request in self.requests]


def whole(answer):
    if isinstance(answer, tuple):
        status, headers, body = answer
        return status, headers, body if isinstance(body, bytes) else json.dumps(body).encode()
    return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()


def recorded(number):
    """ "17" → the real answer of that file."""
    (file,) = RECORDED.glob(f"{number}_*.json")
    response = json.loads(file.read_text(encoding="utf-8"))["response"]
    body = json.dumps(response["json"]) if "json" in response else response["text"]
    return response["status"], response["headers"], body.encode()


@pytest.fixture
def answer_of():
    """The JSON of a recording."""
    return lambda number: json.loads(recorded(number)[2])


@pytest.fixture
def script():
    return Script


@pytest.fixture
def connect():
    """A connector on a script: connect(script, option=…)."""
    opened = []

    def build(script, *, send=send_once, clock=lambda: 0.0, **given):
        now = lambda: datetime(2026, 11, 20, 14, 30, tzinfo=UTC)  # noqa: E731
        opened.append(WooCommerceConnector(options(**given), send=send, adapter=script, now=now, clock=clock))
        return opened[-1]

    yield build
    for connector in opened:
        connector.close()


@pytest.fixture
def refused():
    """How urllib3 says that nobody listens."""
    from urllib3.connection import HTTPConnection  # noqa: PLC0415
    from urllib3.exceptions import MaxRetryError, NewConnectionError  # noqa: PLC0415

    cause = NewConnectionError(HTTPConnection("shop.example"), "[Errno 111] Connection refused")
    return requests.ConnectionError(MaxRetryError(None, f"/?oauth_signature={SECRET}", cause))
