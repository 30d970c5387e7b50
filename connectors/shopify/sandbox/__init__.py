"""A local sandbox of Shopify's Admin GraphQL API. It executes requests against Shopify's own schema, refuses
what Shopify refuses, and fails when told to.

    shop = Shop(clock=clock)
    warehouse = shop.add_location("Warehouse")
    shop.add_variant("MUG-1", on_hand=10)
    sandbox = Sandbox(shop)
    httpx.Client(base_url="https://sandbox.myshopify.com", transport=sandbox.transport())   # in process
    with serve(sandbox) as address: ...                                                     # on loopback

    shop.place_order({"MUG-1": 2})                       what people do
    sandbox.faults.add("drop", on="SetQuantities", after=True)                              # what goes wrong
    sandbox.before_request(lambda call: shop.fulfil("#1001"), on="SetQuantities")           # and when
    sandbox.hooks.courier.mishaps = Mishaps(drop=0.2, double=0.2, seed=7)                   # to webhooks

From another process: `python -m connectors.shopify.sandbox --port 9001 --skus 1000`, then `/_control/…`.
"""

from connectors.shopify.sandbox.app import SECRET, TOKEN, Sandbox
from connectors.shopify.sandbox.catalogue import Seeded, seed_catalogue
from connectors.shopify.sandbox.context import App
from connectors.shopify.sandbox.faults import Fault
from connectors.shopify.sandbox.goods import Item, Level, Location, Product, Variant
from connectors.shopify.sandbox.http import Call
from connectors.shopify.sandbox.orders import Shop
from connectors.shopify.sandbox.sales import Order
from connectors.shopify.sandbox.server import Address, serve
from connectors.testing.clock import ManualClock
from connectors.testing.http import DroppedError, Response

__all__ = [
    "SECRET",
    "TOKEN",
    "Address",
    "App",
    "Call",
    "DroppedError",
    "Fault",
    "Item",
    "Level",
    "Location",
    "ManualClock",
    "Order",
    "Product",
    "Response",
    "Sandbox",
    "Seeded",
    "Shop",
    "Variant",
    "seed_catalogue",
    "serve",
]
