"""`python -m corner_shop.sandbox`: the sandbox as a process of its own, until it is stopped."""

from connectors.testing.server import SandboxServer, announce, options
from corner_shop.sandbox import CONTROL, KEY, Sandbox


def main() -> None:
    """Prints one JSON line once it listens: the store's options, and a request to try."""
    parser = options(__doc__)
    parser.add_argument("--skus", type=int, default=0, help="products to begin with")
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    sandbox = Sandbox()
    sandbox.shop.seed(wanted.skus, wanted.seed)
    with SandboxServer(CONTROL.beside(sandbox, sandbox.handle), wanted.port, wanted.latency) as served:
        curl = f'curl -H "Authorization: Bearer {KEY}" {served.url}/api/products'
        announce({"url": served.url, "key": KEY, "curl": curl})


if __name__ == "__main__":
    main()
