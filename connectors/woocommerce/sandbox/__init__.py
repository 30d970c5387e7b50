"""A local sandbox of a WooCommerce shop's REST API (wc/v3). It answers what WooCommerce 10.5.0 (or 9.9.5)
answers, refuses what it refuses, lies where it lies, and fails when told to.

    shop = Shop(clock=clock)
    shop.add_product("MUG-1", 10)                                    # units None: Woo does not manage it
    shop.add_variable("TEE", {"S": 5, "M": 8})                       # variations TEE-S and TEE-M
    shop.add_variable("SOCK", {"red": None, "blue": None}, pool=30)  # they share their parent's stock
    sandbox = Sandbox(shop, sleep=clock.advance)
    session.mount("https://", sandbox.adapter())                     # `requests`, in process, virtual time
    with serve(sandbox) as url: ...                                  # on loopback

    order = shop.place_order({"MUG-1": 2})                           what people do
    shop.ship(order)
    sandbox.faults.add("drop", on="products/batch", after=True)      what goes wrong
    sandbox.before_save(lambda call: shop.place_order({"MUG-1": 3})) and when
    sandbox.faults.add("late", on="write", items=30)                 30 applied when the client gives up,
    sandbox.land()                                                   the rest now
    sandbox.hooks.courier.mishaps = Mishaps(drop=0.2, double=0.2)    to webhooks

From another process: `python -m connectors.woocommerce.sandbox --port 9002 --skus 1000`, then `/_control/…`.
"""

from connectors.testing.clock import ManualClock
from connectors.testing.http import DroppedError, Response
from connectors.woocommerce.sandbox.adapter import SandboxAdapter
from connectors.woocommerce.sandbox.app import KEY, SECRET, Sandbox
from connectors.woocommerce.sandbox.auth import Key
from connectors.woocommerce.sandbox.catalogue import Seeded, seed_catalogue
from connectors.woocommerce.sandbox.faults import Fault
from connectors.woocommerce.sandbox.goods import Product
from connectors.woocommerce.sandbox.http import Call
from connectors.woocommerce.sandbox.orders import Shop
from connectors.woocommerce.sandbox.sales import Order, Refund, SoldLine
from connectors.woocommerce.sandbox.server import serve

__all__ = [
    "KEY",
    "SECRET",
    "Call",
    "DroppedError",
    "Fault",
    "Key",
    "ManualClock",
    "Order",
    "Product",
    "Refund",
    "Response",
    "Sandbox",
    "SandboxAdapter",
    "Seeded",
    "Shop",
    "SoldLine",
    "seed_catalogue",
    "serve",
]
