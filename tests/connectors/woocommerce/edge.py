"""A WooCommerce connector before a host that lies."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from connectors.base import Sender, send_once
from connectors.woocommerce.store import WooCommerceStore

Edge = tuple[WooCommerceStore, Callable[[], object]]
KEYS = {"consumer_key": "ck_k/l+m=n%o", "consumer_secret": "cs_p/q+r=s%t"}
PLACE = {"url": "https://shop.example.com"}
SWALLOWED = frozenset(("woocommerce, writing", way) for way in ("echo 200", "echoed page"))  # JSON is JSON
BUGS: tuple[type[Exception], ...] = ()


@contextmanager
def reading(url: str, send: Sender = send_once) -> Iterator[Edge]:
    connector = WooCommerceStore.open(WooCommerceStore.Options(url=url, **KEYS), locations=(), send=send)
    yield connector, lambda: list(connector.read(["1"]))
    connector.close()


@contextmanager
def writing(url: str, send: Sender = send_once) -> Iterator[Edge]:
    with reading(url, send) as (connector, _):
        yield connector, lambda: connector._client.post("products/batch", {"update": []})


EDGES = {"woocommerce": reading, "woocommerce, writing": writing}


def changes(address: str) -> None:
    with reading(f"http://{address}") as (connector, _):
        list(connector.changes(datetime(2026, 11, 20, tzinfo=UTC)))


ASKED = (changes,)
DEADLINES = ("connectors.woocommerce.client.DEADLINE",)
