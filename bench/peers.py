"""The ways people push stock today beside Stockbridge: the same changes, the same 429s and refused items, the same
sales at the worst moment.

    python -m bench.peers [--changes 1000] [--latency 0.05] [--item-seconds 0.025]

Every way meets shops of its own, in other processes. Two write calls are answered 429 (the second and the fifth), one
SKU in fifty is refused for good, by what does that on the platform, and of one SKU in a hundred three units are sold
just before its write arrives. Everybody has three intervals; what a way does not take for done it is given again.
"wrong" counts SKUs that can be written and show, at the end, something else than the warehouse holds less what is sold
and not shipped; "false claims", those taken for done that still show the number of the beginning. "busy": the share of
the time in which the sandboxes used their processor.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial

import httpx

from bench.peers_ways import way_of
from bench.report import report
from bench.server import fresh_redis
from bench.world import SOURCE_TOKEN, BaseSandbox, configuration, sandbox_process
from bridge.config import parse
from bridge.ops.cycle import run_cycle
from bridge.sync.context import SyncContext
from bridge.wiring import build
from connectors import registry
from connectors.testing.client import SandboxClient
from connectors.testing.peer import Peer

INTERVALS = 3
SELL_EVERY, REFUSE_EVERY = 100, 50
THROTTLED = (1, 3)
"""Write calls that go well before each 429; a refused call does not count for the next."""

Done = tuple[set[str], int, int]
"""SKUs taken for done, calls to the shop, calls to the warehouse."""


@dataclass(frozen=True)
class Setup:
    """program: written for that shop. before, wanted: SKU → units, old and new, of what changes."""

    source: BaseSandbox
    shop: BaseSandbox
    program: Peer
    before: Mapping[str, int]
    wanted: Mapping[str, int]
    refused: frozenset[str]
    since: str

    def shown(self) -> dict[str, int]:
        return {row.sku: row.shows - row.sold for row in self.shop.front().rows() if row.shows is not None}

    def wrong(self) -> int:
        shown, sold = self.shown(), self.program.sold()
        good = self.wanted.keys() - self.refused
        return sum(shown[sku] != self.wanted[sku] - sold.get(sku, 0) for sku in good)

    def unapplied(self, claimed: set[str]) -> int:
        """Claimed, and nothing moved the number but sales."""
        shown, sold = self.shown(), self.program.sold()
        return sum(shown.get(sku, self.before[sku]) == self.before[sku] - sold.get(sku, 0) for sku in claimed)

    # -- what goes wrong -------------------------------------------------------------------------------

    def change(self) -> None:
        for sku, units in self.wanted.items():
            self.source.do("set_stock", product=sku, units=units)

    def add_faults(self) -> None:
        """429s for writes, and SKUs that nobody can write any more."""
        for skip in THROTTLED:
            self.shop.do("fault", **self.program.throttled, skip=skip, seconds=1)
        for sku in self.refused:
            self.program.spoil(sku)


@contextmanager
def staged(platform: str, changes: int, **speed: float) -> Iterator[Setup]:
    """A warehouse and a shop that agree, of which nothing has changed yet."""
    with ExitStack() as stack:
        source = stack.enter_context(sandbox_process("source", changes, latency=speed["latency"]))
        shop = stack.enter_context(sandbox_process(platform, changes, sell_every=SELL_EVERY, **speed))
        before = {sku: sum(units.values()) for sku, units in source.see("stock").items()}
        wanted = {sku: units + (-1) ** n * (5 + n % 20) for n, (sku, units) in enumerate(sorted(before.items()))}
        refused = frozenset(sku for n, sku in enumerate(sorted(before)) if n % REFUSE_EVERY == 7)
        kind: type[Peer] = registry.load_beside(platform, "sandbox.peer").Peer
        program = kind(shop.said[0], stack.enter_context(closing(SandboxClient(shop.url))))
        stack.callback(program.close)
        yield Setup(source, shop, program, before, wanted, refused, source.see("state")["now"])


# -- everybody's turn ----------------------------------------------------------------------------------

Work = Callable[[], Done]


@contextmanager
def peer(setup: Setup, kind: str, size: int) -> Iterator[Work]:
    """A program that knows every address; what it is given comes from its own books, or it asks for it itself."""
    bearer = {"Authorization": f"Bearer {SOURCE_TOKEN}"}
    with httpx.Client(base_url=setup.source.url, headers=bearer, timeout=60) as source:
        go = way_of(kind, size, source, setup.since)

        def work() -> Done:
            claimed: set[str] = set()
            for _ in range(INTERVALS):
                claimed |= go(setup.program, {sku: n for sku, n in setup.wanted.items() if sku not in claimed})
            return claimed, setup.program.calls, getattr(go, "reads", 0)

        yield work


@contextmanager
def stockbridge(setup: Setup) -> Iterator[Work]:
    """Whole rounds of `stockbridge sync`, after a first one, which found nothing to write where it could read."""
    text = configuration(setup.source.url, [setup.shop.section("main")])
    with fresh_redis() as url:
        context = build(parse(text, {}), url, emit=lambda *_, **__: None)
        run_cycle(context)
        yield partial(_cycles, context)


def _cycles(context: SyncContext) -> Done:
    done = [run_cycle(context) for _ in range(INTERVALS)]
    runs = {x.run for x in done}
    claimed = {sku for sku, note in context.state.every_note() if note["what"] == "write" and note["run"] in runs}
    return claimed, sum(x.stores["main"].requests for x in done), sum(x.source.requests for x in done)


def ways() -> Iterator[tuple[str, str, Callable[[Setup], AbstractContextManager[Work]]]]:
    """(platform, name, way) of each that is usual there, and ours."""
    for platform in registry.beside("sandbox.peer"):
        usual = registry.load_beside(platform, "sandbox.peer").Peer.ways
        yield from ((platform, name, partial(peer, kind=kind, size=size)) for name, (kind, size) in usual.items())
        yield platform, "Stockbridge", stockbridge


def measured(
    platform: str, name: str, way: Callable[[Setup], AbstractContextManager[Work]], changes: int, **speed: float
) -> dict[str, object]:
    """One way on fresh sandboxes → its row."""
    with staged(platform, changes, **speed) as setup, way(setup) as work:
        setup.change()
        setup.add_faults()
        busy, began = setup.shop.cpu() + setup.source.cpu(), time.perf_counter()
        claimed, calls, reads = work()
        seconds = time.perf_counter() - began
        busy = setup.shop.cpu() + setup.source.cpu() - busy
        return {
            "shop": platform, "way": name, "calls": calls, "warehouse calls": reads, "seconds": round(seconds, 1),
            "wrong": setup.wrong(), "claimed": len(claimed), "false claims": setup.unapplied(claimed),
            "busy": round(busy / seconds, 2),
        }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changes", type=int, default=1_000)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds before each answer")
    parser.add_argument("--item-seconds", type=float, default=0.025, help="seconds per item written one by one")
    wanted = parser.parse_args(arguments)
    speed = {"latency": wanted.latency, "item_seconds": wanted.item_seconds}
    rows = [measured(*each, wanted.changes, **speed) for each in ways()]
    title = f"{wanted.changes:,} changes, {INTERVALS} intervals, {wanted.latency * 1000:g} ms latency"
    report("peers", title, rows, writable=wanted.changes - len(range(7, wanted.changes, REFUSE_EVERY)))


if __name__ == "__main__":
    main()
