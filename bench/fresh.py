"""How fresh the shops are, and what many stores cost each other.

    python -m bench.fresh [--only virtual|webhooks|workers] [--hours 3]
                          [--connector NAME] [--stores 16] [--processes 1 2 4] [--give-up 60]

First, in virtual time (see `bench.fresh_virtual`): a change in the warehouse reaches a shop of each platform, and a
sale in one that tells what it sells the others, with poll = "auto" under 1,000 requests an hour; then the same where
each sale is told by a webhook as it happens (the first is what it is when all of them are lost). Then, in real time
(see `bench.fresh_workers`): one change for many stores on 1, 2 and 4 worker processes, and the same while one store
never answers. The baseline is one process, and the same stores without the one that hangs; "-" is longer than
--give-up seconds.
"""

import argparse
from collections.abc import Sequence
from statistics import median

from bench.fresh_virtual import SALE, freshness
from bench.fresh_workers import measure
from bench.report import Row, quantile, report
from connectors import registry

BAR, TOLD_BAR = 30.0, 3.0
"""Seconds: of what a poll finds, and of a sale that a webhook tells of."""

CALL = 0.2
"""Virtual seconds that each call takes."""


def virtual(skus: int, hours: float, *, webhooks: bool) -> None:
    found = freshness(skus, hours, CALL, webhooks=webhooks)
    rows: list[Row] = [
        {"what": f"{what} → {shop}", "arrivals": len(took), "p50 s": round(median(took), 1),
         "p99 s": round(quantile(took, 0.99), 1), "max s": round(max(took), 1),
         "bar p99 s": TOLD_BAR if webhooks and what == SALE else BAR}
        for (what, shop), took in found.took.items()
    ]  # fmt: skip
    told = ", sales told by webhooks" if webhooks else ""
    title = f"Freshness in virtual time, {hours:g} h, {CALL * 1000:g} ms per call{told}"
    facts = {"never shown": found.missed, "share of the budget": found.share, "bar of the share": found.bar}
    report("fresh-webhooks" if webhooks else "fresh", title, rows, **facts)


def workers(connector: str, stores: int, processes: Sequence[int], latency: float, give_up: float) -> None:
    rows = [measure(connector, stores, count, latency, give_up) for count in processes]
    first = rows[0]["all right s"]
    for row in rows:
        took = row["all right s"]
        row["speedup"] = round(first / took, 2) if isinstance(first, float) and isinstance(took, float) else None
    report("workers", f"{stores} stores ({connector}), {latency * 1000:g} ms latency, one change of everything", rows)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("virtual", "webhooks", "workers"))
    parser.add_argument("--hours", type=float, default=3.0, help="virtual hours; an hour takes some real minutes")
    parser.add_argument("--skus", type=int, default=2_000, help="in virtual time; each is changed or sold once at most")
    parser.add_argument(
        "--connector", default=registry.pair("sandbox.measured")[0], help="of the stores of the workers"
    )
    parser.add_argument("--stores", type=int, default=16)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--latency", type=float, default=0.1, help="seconds before each answer, for the workers")
    parser.add_argument("--give-up", type=float, default=60.0, help="seconds after which a change is given up")
    wanted = parser.parse_args(arguments)
    if wanted.only in (None, "virtual"):
        virtual(wanted.skus, wanted.hours, webhooks=False)
    if wanted.only in (None, "webhooks"):
        virtual(wanted.skus, wanted.hours, webhooks=True)
    if wanted.only in (None, "workers"):
        workers(wanted.connector, wanted.stores, wanted.processes, wanted.latency, wanted.give_up)


if __name__ == "__main__":
    main()
