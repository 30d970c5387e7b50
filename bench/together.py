"""What large stores take together: the first sync of several, all in one inline cycle of one process.

    python -m bench.together [--connector NAME] [--stores 4] [--skus 100000]

Each shop has a sandbox of its own, in another process. Prints a table and writes .stockbridge/bench/together.json.
"""

import argparse
import time
from collections.abc import Sequence
from contextlib import ExitStack

from bench.report import report
from bench.server import fresh_redis
from bench.size import peak
from bench.world import configuration, sandbox_process
from bridge.config import parse
from bridge.ops.cycle import run_cycle
from bridge.wiring import build
from connectors import registry


def measure(connector: str, stores: int, skus: int) -> dict[str, object]:
    """One cycle from nothing → its row."""
    with ExitStack() as stack:
        source = stack.enter_context(sandbox_process("source", skus))
        shops = [stack.enter_context(sandbox_process(connector, skus, less=10)) for _ in range(stores)]
        url = stack.enter_context(fresh_redis())
        text = configuration(source.url, [shop.section(f"shop-{n}") for n, shop in enumerate(shops)])
        context = build(parse(text, {}), url, emit=lambda *_, **__: None)
        empty, began = peak(), time.perf_counter()
        done = run_cycle(context)
        seconds = time.perf_counter() - began
    if any(report.applied != skus for report in done.stores.values()):
        raise SystemExit(f"the sync did not do its work: {done.as_dict()}")
    return {"stores": stores, "SKUs": skus, "s": round(seconds, 1), "MiB empty": empty, "MiB": peak()}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--connector", choices=registry.beside("sandbox.measured"), default=registry.pair("sandbox.measured")[0]
    )
    parser.add_argument("--stores", type=int, default=4)
    parser.add_argument("--skus", type=int, default=100_000)
    wanted = parser.parse_args(arguments)
    rows = [measure(wanted.connector, wanted.stores, wanted.skus)]
    report("together", f"{wanted.stores} stores ({wanted.connector}) at once, the peak of memory", rows)


if __name__ == "__main__":
    main()
