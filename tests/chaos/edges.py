"""The three that hold a key and speak with strangers, each asked for one thing."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pydantic import SecretStr

from bridge.threeplguys.client import SourceClient
from connectors.base import Sender, send_once
from connectors.shopify import ShopifyConnector
from connectors.woocommerce import WooCommerceConnector

TOKEN, SHOPIFY_TOKEN = "3pl_a/b+c=d%e", "shpat_f/g+h=i%j"
KEY, SECRET = "ck_k/l+m=n%o", "cs_p/q+r=s%t"
SECRETS: Mapping[str, tuple[str, ...]] = {
    "source": (TOKEN,), "shopify": (SHOPIFY_TOKEN,), "woocommerce": (KEY, SECRET), "woocommerce, writing": (KEY, SECRET)
}  # fmt: skip


@contextmanager
def source(url: str, send: Sender = send_once) -> Iterator[tuple[SourceClient, Callable[[], object]]]:
    client = SourceClient(url, SecretStr(TOKEN), send=send)
    yield client, client.check
    client.close()


@contextmanager
def shopify(url: str, send: Sender = send_once) -> Iterator[tuple[ShopifyConnector, Callable[[], object]]]:
    options = ShopifyConnector.Options(shop="acme.myshopify.com", access_token=SHOPIFY_TOKEN, base_url=url)
    connector = ShopifyConnector.open(options, locations=["gid://shopify/Location/1"], send=send)
    yield connector, connector.check
    connector.close()


@contextmanager
def woo(url: str, send: Sender = send_once) -> Iterator[tuple[WooCommerceConnector, Callable[[], object]]]:
    options = WooCommerceConnector.Options(url=url, consumer_key=KEY, consumer_secret=SECRET)
    connector = WooCommerceConnector.open(options, locations=(), send=send)
    yield connector, lambda: list(connector.read(["1"]))
    connector.close()


@contextmanager
def woo_writing(url: str, send: Sender = send_once) -> Iterator[tuple[WooCommerceConnector, Callable[[], object]]]:
    with woo(url, send) as (connector, _):
        yield connector, lambda: connector._client.post("products/batch", {"update": []})


EDGES: Mapping[str, Callable[[str], Any]] = {
    "source": source, "shopify": shopify, "woocommerce": woo, "woocommerce, writing": woo_writing
}  # fmt: skip
