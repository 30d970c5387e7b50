"""`python -m bridge.threeplguys.sandbox`: the stand-in as a process of its own, until it is stopped."""

import argparse
import contextlib
import json
import sys
import threading

from bridge.threeplguys.sandbox import TOKEN, Sandbox, Warehouse, control, serve
from bridge.threeplguys.sandbox.rows import Switches


def main() -> None:
    """Prints one JSON line once it listens: the address, the token, and a request to try. An empty account is
    filled through /_control."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--warehouse", action="append", default=[], metavar="ID=NAME")
    parser.add_argument("--rate-limit", type=int, default=Switches().rate_limit, help="requests per hour and token")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    wanted = parser.parse_args()
    named = dict(text.split("=", 1) for text in wanted.warehouse)
    switches = Switches(rate_limit=wanted.rate_limit, latency=wanted.latency)
    sandbox = Sandbox(Warehouse(warehouses=named), switches)
    with serve(control(sandbox), wanted.port) as served, contextlib.suppress(KeyboardInterrupt):
        curl = f'curl -H "Authorization: Bearer {TOKEN}" "{served.url}/v0/inventory/products/breakdown?take=2"'
        sys.stdout.write(json.dumps({"url": served.url, "token": TOKEN, "curl": curl}) + "\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()
