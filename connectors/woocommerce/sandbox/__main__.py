"""`python -m connectors.woocommerce.sandbox`: the sandbox as a process of its own, until it is stopped."""

from connectors.testing.server import announce, options
from connectors.woocommerce.sandbox import KEY, SECRET, Sandbox, seed_catalogue, serve


def main() -> None:
    """Prints one JSON line once it listens: the address and keys as a store's options, and a request to try."""
    parser = options(__doc__)
    parser.add_argument("--skus", type=int, default=0, help="things to sell to begin with")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--version", default="10.5.0", help="which WooCommerce, such as 9.9.5")
    parser.add_argument("--item-seconds", type=float, default=0.0, help="seconds per item written; a real shop: 0.025")
    wanted = parser.parse_args()
    sandbox = Sandbox(version=wanted.version)
    sandbox.item_seconds = wanted.item_seconds
    seed_catalogue(sandbox.shop, wanted.skus, seed=wanted.seed)
    with serve(sandbox, port=wanted.port, latency=wanted.latency) as url:
        sandbox.shop.url = url
        curl = f"curl -u {KEY}:{SECRET} '{url}/wp-json/wc/v3/products?per_page=2'"
        announce({"url": url, "consumer_key": KEY, "consumer_secret": SECRET, "curl": curl})


if __name__ == "__main__":
    main()
