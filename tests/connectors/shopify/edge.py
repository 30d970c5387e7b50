"""A Shopify connector before a host that lies."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO

from connectors.base import Sender, send_once
from connectors.http import build_client
from connectors.shopify.bulk import Bulk
from connectors.shopify.client import ShopifyBugError
from connectors.shopify.store import ShopifyStore

Edge = tuple[ShopifyStore, Callable[[], object]]
KEYS = {"access_token": "shpat_f/g+h=i%j"}
PLACE = {"shop": "acme.myshopify.com"}
SWALLOWED: frozenset[tuple[str, str]] = frozenset()
BUGS = (ShopifyBugError,)


@contextmanager
def checking(url: str, send: Sender = send_once) -> Iterator[Edge]:
    options = ShopifyStore.Options(**PLACE, **KEYS, base_url=url)
    connector = ShopifyStore.open(options, locations=["gid://shopify/Location/1"], send=send)
    yield connector, connector.check
    connector.close()


EDGES = {"shopify": checking}


def listing(address: str) -> None:
    options = ShopifyStore.Options(**PLACE, **KEYS, base_url=f"http://{address}")
    connector = ShopifyStore.open(options, locations=(), send=send_once)
    try:
        list(connector.listings())
    finally:
        connector.close()


def bulk_file(address: str) -> None:
    with build_client() as client:
        bulk = Bulk(None, client, send=send_once, what="the store", loopback=True)  # type: ignore[arg-type]
        bulk._download(f"http://{address}/file", BytesIO(), 0)


ASKED = (listing, bulk_file)
DEADLINES = ("connectors.shopify.bulk.DEADLINE",)
