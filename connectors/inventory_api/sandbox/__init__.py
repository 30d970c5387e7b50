"""A local sandbox of a shop with the Inventory Update API. It keeps products, store codes and quantities, refuses what
the document says is refused, and fails when told to. What the document leaves open can be set: which status a refusal
has, and that of a bad token, which both may be 200.

    shop = Shop({"3": "Main Street"})
    shop.add(Product("A", upc="849632048260"))
    sandbox = Sandbox(shop)
    client = httpx.Client(transport=sandbox.transport())   # in process
    with serve(sandbox) as url: ...                        # on loopback

    shop.quantity("A", "3")                                what shoppers may buy there, which no call tells
    sandbox.faults.add("refusal", body="Try again", on="849632048260")

From another process: `python -m connectors.inventory_api.sandbox --port 9003 --skus 1000`, then `/_control/…`. Beside
it stands the items file that a merchant would keep, written anew with each product.
"""

from connectors.inventory_api.sandbox.app import TOKEN, Sandbox
from connectors.inventory_api.sandbox.catalogue import seed_catalogue
from connectors.inventory_api.sandbox.faults import Fault
from connectors.inventory_api.sandbox.server import serve
from connectors.inventory_api.sandbox.world import Product, Shop

__all__ = ["TOKEN", "Fault", "Product", "Sandbox", "Shop", "seed_catalogue", "serve"]
