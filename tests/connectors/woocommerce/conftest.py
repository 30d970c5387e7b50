"""A connector on a store that answers as a test tells it to, and a shop of the sandbox."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import MaxRetryError, NewConnectionError

from connectors.base import Sender, send_once
from connectors.woocommerce.sandbox import SECRET, ManualClock, Product, Sandbox, Shop
from connectors.woocommerce.store import WooCommerceStore

from .harness import WooHarness
from .scripted import Connect, Script, options


@pytest.fixture
def make_harness() -> Iterator[Callable[..., WooHarness]]:
    """Stages of other versions and settings."""
    with ExitStack() as stack:

        def make(version: str = "10.5.0", **settings: Any) -> WooHarness:
            made = WooHarness(version, **settings)
            stack.callback(made.close)
            return made

        yield make


@pytest.fixture
def harness(make_harness: Callable[..., WooHarness]) -> WooHarness:
    return make_harness()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def shop(clock: ManualClock) -> Shop:
    return Shop(clock=clock)


@pytest.fixture
def sandbox(shop: Shop, clock: ManualClock) -> Sandbox:
    return Sandbox(shop, sleep=clock.advance)


@pytest.fixture
def mug(shop: Shop) -> Product:
    return shop.add_product("MUG", 10)


@pytest.fixture
def connect() -> Iterator[Connect]:
    """A connector on a script: connect(script, option=…)."""
    opened: list[WooCommerceStore] = []

    def build(
        script: Script, *, send: Sender = send_once, clock: Callable[[], float] = lambda: 0.0, **given: Any
    ) -> WooCommerceStore:
        now = lambda: datetime(2026, 11, 20, 14, 30, tzinfo=UTC)  # noqa: E731
        opened.append(WooCommerceStore(options(**given), send=send, adapter=script, now=now, clock=clock))
        return opened[-1]

    yield build
    for connector in opened:
        connector.close()


@pytest.fixture
def refused() -> requests.ConnectionError:
    """How urllib3 says that nobody listens."""
    cause = NewConnectionError(HTTPConnection("shop.example"), "[Errno 111] Connection refused")
    return requests.ConnectionError(
        MaxRetryError(HTTPConnectionPool("shop.example"), f"/?oauth_signature={SECRET}", cause)
    )
