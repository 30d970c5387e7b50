"""A warehouse and a shop with the same SKUs, served on loopback by a process of its own."""

import argparse
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from bridge.threeplguys import sandbox as threepl
from connectors.shopify.sandbox import Sandbox, Shop, serve

SOURCE_TOKEN = "3pl_bench"  # noqa: S105  (a stand-in's)
SHOP_TOKEN = "shpat_bench"  # noqa: S105


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skus", type=int, required=True)
    parser.add_argument("--latency", type=float, default=0.0)
    wanted = parser.parse_args()
    switches = threepl.Sandbox().switches.__class__(rate_limit=10_000_000, latency=wanted.latency)
    source = threepl.Sandbox(threepl.Warehouse(), switches, tokens={SOURCE_TOKEN: frozenset({"inventory"})})
    shop = Shop()
    shop.add_location("Warehouse")
    for n in range(wanted.skus):
        source.world.add(f"SKU-{n:06d}", 100 + n % 50)
        shop.add_variant(f"SKU-{n:06d}", on_hand=90 + n % 50)
    store = Sandbox(shop, token=SHOP_TOKEN, plan=(1_000_000, 100_000))
    with threepl.serve(threepl.control(source)) as one, serve(store, latency=wanted.latency) as other:
        sys.stdout.write(json.dumps({"source": one.url, "shop": other.url}) + "\n")
        sys.stdout.flush()
        threading.Event().wait()


@contextmanager
def running(skus: int, latency: float) -> Iterator[dict[str, str]]:
    """The addresses of a fresh world; it ends with the block."""
    command = [sys.executable, "-m", "bench.world", "--skus", str(skus), "--latency", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  (our own module)
        try:
            yield json.loads(process.stdout.readline() if process.stdout else "{}")
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
