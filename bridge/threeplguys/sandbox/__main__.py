"""`python -m bridge.threeplguys.sandbox`: the sandbox as a process of its own, until it is stopped."""

from bridge.threeplguys.sandbox import CLIENT_ID, CLIENT_SECRET, TOKEN, Sandbox, Warehouse, serve
from bridge.threeplguys.sandbox.rows import Switches
from connectors.testing.server import announce, options


def main() -> None:
    """Prints one JSON line once it listens: the address, the token, an OAuth client, and a request to try. An empty
    account is filled through /_control."""
    parser = options(__doc__)
    parser.add_argument("--warehouse", action="append", default=[], metavar="ID=NAME")
    parser.add_argument("--rate-limit", type=int, default=Switches().rate_limit, help="requests per hour and token")
    wanted = parser.parse_args()
    named = dict(text.split("=", 1) for text in wanted.warehouse)
    switches = Switches(rate_limit=wanted.rate_limit, latency=wanted.latency)
    sandbox = Sandbox(Warehouse(warehouses=named), switches)
    with serve(sandbox, wanted.port) as served:
        curl = f'curl -H "Authorization: Bearer {TOKEN}" "{served.url}/v0/inventory/products/breakdown?take=2"'
        client = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        announce({"url": served.url, "token": TOKEN, **client, "curl": curl})


if __name__ == "__main__":
    main()
