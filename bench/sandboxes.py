"""`python -m bench.sandboxes source|CONNECTOR`: sandboxes as a process of their own, until it is ended or
whoever began it is gone. Prints one JSON line once it listens."""

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from bench.world import SOURCE_TOKEN
from bridge.threeplguys import sandbox as threepl
from bridge.threeplguys.sandbox.rows import Switches
from connectors import registry
from connectors.testing.catalogue import numbered
from connectors.testing.measured import Load

AGE = timedelta(days=2)


@contextmanager
def aged() -> Iterator[threepl.Clock]:
    """A clock that is two days behind within the block: what is made there has not changed lately, as most of a
    catalogue has not, and no look back meets it."""
    clock = threepl.Clock()
    clock.move(-AGE)
    yield clock
    clock.move(AGE)


def source(stack: ExitStack, load: Load) -> Mapping[str, Any]:
    switches = Switches(rate_limit=10_000_000, latency=load.latency)
    with aged() as clock:
        made = threepl.Sandbox(
            threepl.Warehouse(clock=clock), switches, tokens={SOURCE_TOKEN: frozenset({"inventory"})}
        )
        for sku, units in numbered(load.skus):
            made.world.add(sku, units)
    return {"url": stack.enter_context(threepl.serve(made)).url}


def store(connector: str, stack: ExitStack, load: Load) -> Mapping[str, Any]:
    """A shop of that platform → what its sandbox says of itself."""
    measured = registry.load_beside(connector, "sandbox.measured")
    with aged() as clock:
        shop = measured.filled(load, clock)
    said: Mapping[str, Any] = measured.served(stack, shop, load)
    return said


KINDS: Mapping[str, Callable[[ExitStack, Load], Mapping[str, Any]]] = {
    "source": source, **{name: partial(store, name) for name in registry.beside("sandbox.measured")},
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--skus", type=int, required=True)
    parser.add_argument("--count", type=int, default=1, help="so many of them, each at an address of its own")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument(
        "--item-seconds", type=float, default=0.0, help="seconds per item written, where a platform writes one by one"
    )
    parser.add_argument("--less", type=int, default=0, help="units less than the warehouse holds, shown of each SKU")
    parser.add_argument("--sell-every", type=int, default=0, help="sell one of so many SKUs just before its write")
    wanted = parser.parse_args()
    load = Load(wanted.skus, wanted.less, wanted.latency, wanted.item_seconds, wanted.sell_every)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # so that what it made on disk goes
    with ExitStack() as stack:
        said = [dict(KINDS[wanted.kind](stack, load)) for _ in range(wanted.count)]
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
