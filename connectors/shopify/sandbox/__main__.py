"""`python -m connectors.shopify.sandbox`: the sandbox as a process of its own, until it is stopped."""

import json

from connectors.shopify.sandbox import SECRET, TOKEN, Sandbox, seed_catalogue, serve
from connectors.testing.server import announce, options

SHOP = "sandbox.myshopify.com"


def curl(url: str) -> str:
    query = json.dumps({"query": "{ productVariants(first: 2) { nodes { sku inventoryQuantity } } }"})
    head = f'-H "X-Shopify-Access-Token: {TOKEN}" -H "Content-Type: application/json"'
    return f"curl {head} -d '{query}' {url}/admin/api/2026-10/graphql.json"


def main() -> None:
    """Prints one JSON line once it listens: the addresses, the options of a store, and a request to try."""
    parser = options(__doc__)
    parser.add_argument("--files-port", type=int, default=0)
    parser.add_argument("--skus", type=int, default=0, help="variants to begin with")
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    sandbox = Sandbox()
    seed_catalogue(sandbox.shop, wanted.skus, seed=wanted.seed)
    with serve(sandbox, port=wanted.port, files_port=wanted.files_port, latency=wanted.latency) as address:
        store = {"shop": SHOP, "access_token": TOKEN, "webhook_secret": SECRET, "base_url": address.url}
        announce({"url": address.url, "files_url": address.files_url, **store, "curl": curl(address.url)})


if __name__ == "__main__":
    main()
