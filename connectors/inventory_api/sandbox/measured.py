"""A shop with the Inventory Update API for the measurements."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from connectors.inventory_api.options import MOST_PARALLEL
from connectors.inventory_api.sandbox import TOKEN, Sandbox, Shop, serve
from connectors.inventory_api.sandbox.catalogue import named
from connectors.inventory_api.store import InventoryStore
from connectors.testing.catalogue import numbered
from connectors.testing.measured import Load

STORE = InventoryStore


def filled(load: Load, clock: Callable[[], datetime]) -> Shop:  # noqa: ARG001  (its products carry no time)
    """One store, and products with a UPC or with style, size and width."""
    shop = Shop(stores={"1": "Main Street"})
    for number, (sku, units) in enumerate(numbered(load.skus)):
        shop.add(named(sku, number), {"1": units - load.less})
    return shop


def served(stack: ExitStack, shop: Shop, load: Load) -> Mapping[str, Any]:
    """The items file goes away with the stack."""
    shop.items_file = Path(stack.enter_context(TemporaryDirectory(prefix="stockbridge-items-")), "items.csv")
    shop.write_items()
    url = stack.enter_context(serve(Sandbox(shop), latency=load.latency)).url
    items = str(shop.items_file)
    return {"url": url, "token": TOKEN, "items": items, "stores": {"1": "1"}, "parallel": MOST_PARALLEL}
