"""`python -m connectors.inventory_api.sandbox`: the sandbox as a process of its own, until it is stopped."""

import contextlib
import json
import signal
import sys
import tempfile
from pathlib import Path

from connectors.inventory_api.options import PATH
from connectors.inventory_api.sandbox import TOKEN, Sandbox, Shop, seed_catalogue, serve
from connectors.testing.server import announce, options


def curl(url: str, shop: Shop) -> str:
    """A report of its first product."""
    named = next((product.item.identity() for product in shop.products.values()), {"upc": "849632048260"})
    body = json.dumps({**named, "store": next(iter(shop.stores)), "quantity": 12})
    head = f'-H "Authorization: Bearer {TOKEN}" -H "Content-Type: application/json"'
    return f"curl {head} -d '{body}' {url}{PATH}"


def main() -> None:
    """Prints one JSON line once it listens: the address and the options of a store, with the merchant's items file,
    which goes away with the process."""
    parser = options(__doc__)
    parser.add_argument("--skus", type=int, default=0, help="products to begin with")
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # so that the file goes
    with contextlib.suppress(KeyboardInterrupt), tempfile.TemporaryDirectory(prefix="stockbridge-items-") as folder:
        shop = Shop(items_file=Path(folder, "items.csv"))
        seed_catalogue(shop, wanted.skus, seed=wanted.seed)
        with serve(Sandbox(shop), port=wanted.port, latency=wanted.latency) as served:
            announce({"url": served.url, "token": TOKEN, "items": str(shop.items_file), "curl": curl(served.url, shop)})


if __name__ == "__main__":
    main()
