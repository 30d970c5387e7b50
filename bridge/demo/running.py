"""The whole bridge at work: sandboxes, Redis, worker and beat as processes of their own."""

import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from bridge.config import parse
from bridge.demo import catalogue
from bridge.demo.live import Live
from bridge.demo.narrator import Narrator
from bridge.demo.place import write_private
from bridge.demo.sandboxes import BUDGET, POLL, Sandboxes
from bridge.demo.shops import CARTONS, Shop, in_shops
from bridge.demo.shops import opened as opened_shops
from bridge.demo.till import Till
from bridge.demo.truth import Mismatch
from bridge.demo.watch import Watch
from bridge.process.embedded_redis import embedded_server
from bridge.process.supervisor import BEAT, SOFTLY, ProcessGroup, processes, worker
from bridge.wiring import build
from connectors.testing.client import SandboxClient

CHANGES, ORDERS, COUNTER = 50, 20, 15
EARLIER = 8
"""Orders that were open before the bridge came."""

LIVE_SECONDS = 12.0
TIME_LIMIT = 80.0
STEADY = 7.0
"""Seconds for which the numbers must stay right, so that a whole further round has looked at them."""


@dataclass
class Demo:
    """Everything that runs, and what is known of it."""

    sandboxes: Sandboxes
    processes: ProcessGroup
    watch: Watch
    live: Live
    narrator: Narrator

    def first_sync(self) -> tuple[float, list[Mismatch]]:
        began = self.narrator.seconds
        wrong = self.wait_until_right(lambda: self.tell("bridge", self.watch.progress()))
        self.watch.skip()
        return self.narrator.seconds - began, wrong

    def wait_until_right(self, meanwhile: Callable[[], None], time_limit: float = TIME_LIMIT) -> list[Mismatch]:
        """Wait until the shops show what they should → what is still wrong when patience ends."""
        ends = time.monotonic() + time_limit
        while True:
            self.processes.check()
            meanwhile()
            self.tell("trouble", self.watch.complaints())
            wrong = self.sandboxes.mismatches()
            if not wrong or time.monotonic() > ends:
                return wrong
            time.sleep(0.5)

    def stay(self, seconds: float) -> None:
        """Let time pass, telling what happens."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            self.beat()
            time.sleep(0.1)

    def beat(self) -> None:
        self.processes.check()
        self.live.run_until(time.monotonic())
        self.tell("bridge", self.watch.written())
        self.tell("trouble", self.watch.complaints())

    def verdict(self, wrong: list[Mismatch]) -> str:
        if wrong:
            return f"{len(wrong)} numbers differ"
        return f"every number {in_shops([*self.sandboxes.shops])} is what it should be"

    def tell(self, who: str, lines: Iterator[str]) -> None:
        for line in lines:
            self.narrator.tell(who, line)


@contextmanager
def opened(folder: Path, products: int, narrator: Narrator) -> Iterator[Demo]:
    """Everything started; ended again in the opposite order, whatever happens."""
    with embedded_server(folder / "redis", persist=False) as redis_url, processes(folder) as members:
        places = [f"--warehouse={id_}={name}" for id_, name in catalogue.PLACES.items()]
        source = members.serve("warehouse", ["bridge.threeplguys.sandbox", f"--rate-limit={BUDGET}", *places])
        made = catalogue.make(products)
        till = Till(folder, catalogue.on_the_shelf(made))
        sandboxes = Sandboxes(SandboxClient(source), opened_shops(members, made), made, till)
        live = Live(sandboxes, random.Random(1), narrator.tell)  # noqa: S311  (believable events, no secret)
        config = sandboxes.config()
        # The demo only reads the state; the workers log for themselves.
        context = build(parse(config, till.environ), redis_url, emit=lambda *_, **__: None)
        demo = Demo(sandboxes, members, Watch(context, sandboxes.shops, live.causes), live, narrator)
        _introduce(demo)
        # The configuration as a host would give it, and the same for a second terminal.
        write_private(folder / "stockbridge.toml", config)
        write_private(folder / "run", script(redis_url, folder / "stockbridge.toml", till.environ))
        env = {name: text for name, text in os.environ.items() if not name.startswith("STOCKBRIDGE_")}
        env |= {"STOCKBRIDGE_CONFIG_TOML": config, "REDIS_URL": redis_url, **till.environ, **SOFTLY}
        env["TMPDIR"] = str(folder)  # what one leaves that had to be killed goes with the rest
        members.start("worker", worker(2), env)
        members.start("beat", BEAT, env)
        members.start("web", ("bridge", "web"), env)
        yield demo
        context.state.close()


def _introduce(demo: Demo) -> None:
    sandboxes, tell = demo.sandboxes, demo.narrator.tell
    shops = ", ".join(f"{name} ({shop.front.platform})" for name, shop in sandboxes.shops.items())
    tell("demo", f"a warehouse with {len(sandboxes.made.goods):,} products, and the shops {shops}: all sandboxes here")
    for store, odd in sandboxes.fill().items():
        things = "full cartons and pallets of them" if store == CARTONS else "things"
        count = len(sandboxes.shops[store].front.offers)
        tell("demo", f"{store} sells {count:,} {things}{odd and f': {odd}'}")
    # A small shop has few cartons, and the guard would rightly hold what empties them before it was ever synced.
    packed = {part for carton in sandboxes.made.cartons.values() for part in carton.parts}
    for _ in range(EARLIER):
        demo.live.order(time.monotonic(), fate=2, spared=packed)
    demo.live.ordered.clear()
    wrong, numbers = len(sandboxes.mismatches()), sum(len(shop.front.rows()) for shop in sandboxes.shops.values())
    tell("demo", f"{wrong:,} of their {numbers:,} numbers are wrong on purpose; the lowerings among them stay")
    tell("demo", "below what the guard would hold (20 % of a shop's listings to zero, 50 % of its units)")


def script(redis_url: str, config: Path, environ: Mapping[str, str]) -> str:
    """A command of the demo for a second terminal: with this very program, and nothing that stays in its shell."""
    given = {"REDIS_URL": redis_url, "STOCKBRIDGE_CONFIG": str(config), **environ}
    variables = " ".join(f"{name}={quote(text)}" for name, text in given.items())
    return f'unset STOCKBRIDGE_CONFIG_TOML\n{variables} exec {quote(sys.executable)} -m bridge "$@"\n'


# ---------------------------------------------------------------- the two ways to run


def once(demo: Demo) -> int:
    """First sync, 50 changes, 20 orders and 15 events at a till, and a verdict."""
    narrator, live = demo.narrator, demo.live
    first, wrong = demo.first_sync()
    narrator.tell("demo", f"first sync: {demo.verdict(wrong)} after {first:.1f} s")
    open_till(demo)
    play(demo)
    began = narrator.seconds
    wrong = demo.wait_until_right(demo.beat)
    took = narrator.seconds - began
    demo.stay(STEADY)
    wrong = wrong or demo.sandboxes.mismatches()
    sandboxes, shops, till = demo.sandboxes, demo.sandboxes.shops, demo.sandboxes.till
    first_shop = next(iter(shops.values())).front
    calls = first_shop.calls()
    narrator.report(
        {
            "products": len(demo.sandboxes.made.goods), "variants": len(first_shop.offers),
            "changes": live.changes, "orders": live.orders, "writes": demo.watch.applied().total(),
            "write_calls": calls["write_calls"], "shop_calls": calls["calls"],
            "source_calls": sum(demo.sandboxes.warehouse.see("state")["calls"].values()),
            "first_sync_seconds": round(first, 1), "settle_seconds": round(took, 1),
            "seconds": round(narrator.seconds, 1), "held": demo.watch.held(),
            "mismatches": len(wrong), "names": [str(x) for x in wrong[:20]],
            "stores": {store: _facts(demo, shop, wrong) for store, shop in shops.items()},
            "till": {**till.facts(), "shops": sandboxes.beside_the_till()},
        }
    )  # fmt: skip
    return int(bool(wrong))


def open_till(demo: Demo) -> None:
    """A shop with a counter opens; from now on its shelf counts."""
    till = demo.sandboxes.till
    demo.live.causes.note(till.items, "a count of the shelf")
    till.open(demo.processes)
    sellers = [store for store, shop in demo.sandboxes.shops.items() if shop.sells(till.items.keys())]
    units, who = sum(till.shelf.values()), " and ".join(sellers)
    demo.narrator.tell(
        "till", f"open: {units} pieces of {len(till.shelf)} products on its shelf, for sale in {who} too"
    )


def play(demo: Demo) -> None:
    """So many changes, orders and sales at the counter, at random moments of a few seconds, and what becomes of the
    orders."""
    chance, began = demo.live.chance, time.monotonic()
    events = [demo.live.change] * CHANGES + [demo.live.order] * ORDERS
    events += [demo.live.sell_at_the_counter] * COUNTER
    moments = sorted((chance.uniform(0, LIVE_SECONDS), n) for n in range(len(events)))
    for moment, n in moments:
        demo.stay(began + moment - time.monotonic())
        events[n](time.monotonic())
    while demo.live.waiting:
        demo.stay(0.2)


def _facts(demo: Demo, shop: Shop, wrong: list[Mismatch]) -> dict[str, object]:
    return {
        "platform": shop.front.platform, "listings": len(shop.front.offers), "orders": demo.live.ordered[shop.name],
        "writes": demo.watch.applied()[shop.name], **shop.front.calls(),
        "mismatches": sum(x.store == shop.name for x in wrong),
    }  # fmt: skip


def forever(demo: Demo) -> int:
    """First sync, then live changes and orders until somebody ends it."""
    narrator, live = demo.narrator, demo.live
    first, wrong = demo.first_sync()
    narrator.tell(
        "demo",
        f"first sync: {demo.verdict(wrong)} after {first:.1f} s, {demo.watch.applied().total():,} numbers written",
    )
    narrator.tell("demo", f"now live, looking every {POLL}; in another terminal:")
    narrator.tell(
        "demo", f"sh {demo.processes.folder / 'run'} status   (or explain SKU, history SKU); Ctrl-C ends it all"
    )
    live.open_ends = False
    open_till(demo)
    narrator.tell("demo", f"and in a browser of this machine: {demo.sandboxes.till.page}")
    live.order(time.monotonic())  # the first that people see travel
    while True:
        for _ in range(8):
            (event,) = live.chance.choices((live.order, live.change, live.sell_at_the_counter), (35, 50, 15))
            event(time.monotonic())
            demo.stay(live.chance.uniform(0.5, 3.0))
        wrong = demo.sandboxes.mismatches()
        narrator.tell("demo", f"{demo.verdict(wrong)}{', on their way' if wrong else ''}")
