"""Changed items to a shop that takes one a request and shows nothing, against bare httpx that sends the very same
requests with the same parallelism.

    python -m bench.one_by_one [--changes 1000] [--latency 0.05]

The whole incremental run is measured: the changes are pulled, decided, judged, sent and recorded. Prints a table and
writes .stockbridge/bench/one_by_one.json.
"""

import argparse
from collections.abc import Sequence

from bench.floor import Cost, Sent, World, at_once, floor, measured, recording
from bench.report import report
from bench.server import fresh_redis
from bench.world import configuration, running
from bridge.config import parse
from bridge.ops.cycle import run_cycle
from bridge.sync.context import SyncContext
from bridge.wiring import build
from connectors import registry

STORE = "main"


def platform() -> str | None:
    """The first connector whose stores cannot be read, and that the measurements know."""
    for connector in registry.beside("sandbox.measured"):
        if not registry.load_connector(connector).capabilities.readable:
            return connector
    return None


def incremental_run(world: World, changes: int, log: list[Sent]) -> Cost:
    """Everything was sent once, then so many levels change → what it costs to send these."""
    text = configuration(world[0].url, [world[1].section(STORE)])
    with fresh_redis() as url:
        context = recording(build(parse(text, {}), url, emit=lambda *_, **__: None), log)
        run(context, changes)
        for number in range(changes):
            world[0].do("set_stock", product=f"SKU-{number:06d}", units=number % 20)
        log.clear()

        def work() -> int:
            run(context, changes)
            return len(log)

        return measured(work)


def run(context: SyncContext, changes: int) -> None:
    """One cycle, which must send so many."""
    done = run_cycle(context)
    if done.stores[STORE].applied != changes:
        raise SystemExit(f"the run did not do its work: {done.as_dict()}")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changes", type=int, default=1_000)
    parser.add_argument("--latency", type=float, default=0.05)
    wanted = parser.parse_args(arguments)
    if (connector := platform()) is None:
        raise SystemExit("no connector that is installed has stores that cannot be read: there is nothing to measure")
    log: list[Sent] = []
    with running(wanted.changes, wanted.latency, connector) as world:
        run = incremental_run(world, wanted.changes, log)
        parallel = at_once(world[1])
        bare = floor(world, log, parallel)
    rows = [
        {"who": who, "wall s": round(cost.wall, 2), "CPU s": round(cost.cpu, 2), "requests": cost.requests}
        for who, cost in (("incremental run", run), ("bare httpx", bare))
    ]
    title = f"{wanted.changes:,} changed items, one a request, {parallel} at a time"
    report("one_by_one", title, rows, ratio=round(run.wall / bare.wall, 3))


if __name__ == "__main__":
    main()
