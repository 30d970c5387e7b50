"""A Shopify connector before a host that lies."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from connectors.base import Sender, send_once
from connectors.shopify import ShopifyConnector
from connectors.shopify.client import ShopifyBugError

Edge = tuple[ShopifyConnector, Callable[[], object]]
KEYS = {"access_token": "shpat_f/g+h=i%j"}
PLACE = {"shop": "acme.myshopify.com"}
SWALLOWED: frozenset[tuple[str, str]] = frozenset()
BUGS = (ShopifyBugError,)


@contextmanager
def checking(url: str, send: Sender = send_once) -> Iterator[Edge]:
    options = ShopifyConnector.Options(**PLACE, **KEYS, base_url=url)
    connector = ShopifyConnector.open(options, locations=["gid://shopify/Location/1"], send=send)
    yield connector, connector.check
    connector.close()


EDGES = {"shopify": checking}
