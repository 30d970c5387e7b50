"""The whole bridge and all that it talks to, every part a process of its own; and what people do meanwhile in the
warehouse and in the shops."""

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis as redis_package

from bridge.config import installed, toml
from bridge.process.supervisor import BEAT, SOFTLY, Member, ProcessGroup, processes, worker
from connectors import registry
from connectors.testing.catalogue import numbered
from connectors.testing.client import SandboxClient
from connectors.testing.storefront import Catalogue, Good, Offer, SellingStorefront
from connectors.testing.troubles import Troubles
from tests.harness.tables import referring

from .host import PASSWORD, Door, RedisHost, children, kill

WORKERS = 2
CHILDREN = 2
GIVEN = 30.0
"""Seconds in which a process that was told to end is let."""

WAREHOUSE, MAIN, OUTLET = "warehouse", "main", "outlet"
SHOPS = dict(zip((MAIN, OUTLET), registry.pair("sandbox.storefront"), strict=True))
"""Store → its connector."""

PLACES = ("1", "2")
"""Warehouses behind the locations of a shop that has some. Only the first holds goods."""

RELEASE = 1.0
"""Seconds: `release_after`. What a loss of Redis leaves half told is let go after it (docs/delivery.md)."""

CONFIG = """
[source]
base_url = "{url}"
token = "${{A_TOKEN}}"
poll = "5s"

[ledger]
release_after = "1s"

[guard]  # has tests of its own, and a person to let go what it holds
max_zeroed = "100%"
max_cut = "100%"
"""


@dataclass
class SandboxProcess:
    """A sandbox in a process of its own, and the door before it."""

    said: dict[str, Any]
    pid: int
    door: Door
    client: SandboxClient


class World:
    """secrets: name → value of what nobody may see. overdue: how many had to be killed although they were told to
    end."""

    def __init__(self, folder: Path, members: ProcessGroup, redis: RedisHost) -> None:
        self.folder, self.members, self.redis = folder, members, redis
        self.sandboxes = {WAREHOUSE: self._stand(WAREHOUSE, "bridge.threeplguys.sandbox", "--rate-limit=1000000")}
        modules = installed.sandboxes()
        self.sandboxes |= {store: self._stand(store, modules[connector]) for store, connector in SHOPS.items()}
        self.troubles: dict[str, Troubles] = {
            store: registry.load_beside(connector, "sandbox.troubles").TROUBLES for store, connector in SHOPS.items()
        }
        self.fronts = self.storefronts()
        self.keys = {"A_TOKEN": self.sandboxes[WAREHOUSE].said["token"]}
        self.sections = [self._section(store) for store in SHOPS]
        self.secrets = {**self.keys, "the password of Redis": PASSWORD}
        self.env = self._environment()
        self.started, self.workers, self.leaving = 0, list[Member](), list[tuple[Member, float]]()
        self.beat: Member | None = None
        self.overdue = 0

    def close(self) -> None:
        for sandbox in self.sandboxes.values():
            sandbox.client.close()
            sandbox.door.shut()
        for front in self.fronts.values():
            front.client.close()

    def storefronts(self) -> dict[str, SellingStorefront]:
        """Each shop as its people see it, on connections of its own: for one thread."""
        modules = {store: registry.load_beside(connector, "sandbox.storefront") for store, connector in SHOPS.items()}
        return {store: made.Storefront(self.sandboxes[store].said, PLACES) for store, made in modules.items()}

    def _stand(self, name: str, *command: str) -> SandboxProcess:
        said = self.members.introduced(name, command)
        process = self.members.members[-1].process
        if process.stdout:
            process.stdout.close()
        return SandboxProcess(said, process.pid, Door(said["url"]), SandboxClient(said["url"]))

    def _section(self, store: str) -> str:
        """Its table, with the door's address for its own, and names of variables for its keys, which are noted."""
        said, door = self.sandboxes[store].said, self.sandboxes[store].door
        settings, keys = referring(installed.settings_of(SHOPS[store], said), store)
        self.keys |= keys
        settings |= {key: door.url for key, text in settings.items() if text == said["url"]}
        places = {place: at for place, at in self.fronts[store].locations.items() if place == PLACES[0]}
        return toml.table(f"stores.{store}", {**settings, **({"locations": places} if places else {})})

    def _environment(self) -> dict[str, str]:
        config = CONFIG.format(url=self.sandboxes[WAREHOUSE].door.url) + "\n".join(self.sections)
        ours = {"STOCKBRIDGE_CONFIG_TOML": config, "REDIS_URL": self.redis.url, **SOFTLY, **self.keys}
        return {name: text for name, text in os.environ.items() if not name.startswith("STOCKBRIDGE_")} | ours

    # -- what a host does ----------------------------------------------------------------------------

    def tend(self) -> None:
        """Start anew what has died, and kill what did not end within the time it was given."""
        self.workers = [member for member in self.workers if not self._has_ended(member)]
        while len(self.workers) < WORKERS:
            self.workers.append(self._start("worker", worker(CHILDREN)))
        if self.beat is None or self._has_ended(self.beat):
            self.beat = self._start("beat", BEAT)
        for member, ends in self.leaving:
            if time.monotonic() > ends and member.process.poll() is None:
                kill(member.process.pid)
                self.overdue += 1
        self.leaving = [each for each in self.leaving if not self._has_ended(each[0])]

    def _has_ended(self, member: Member) -> bool:
        if member.process.poll() is None:
            return False
        self.members.forget_dead(member)
        return True

    def tell_to_end(self, member: Member) -> None:
        """As a host that restarts it: another one takes its place at once, and it is given 30 s."""
        self.workers.remove(member)
        self.leaving.append((member, time.monotonic() + GIVEN))
        member.tell()

    def _start(self, name: str, arguments: tuple[str, ...]) -> Member:
        self.started += 1
        return self.members.start(f"{name}-{self.started}", arguments, self.env)

    def pool(self) -> list[int]:
        """The children of all workers that have begun to work."""
        return [pid for member in self.workers for pid in children(member.process.pid)]

    def knows_orders(self) -> bool:
        """The state has begun, and has read every order there is."""
        try:
            notes = [self.redis.client.hget(f"stockbridge:store:{s}:info", "reconciled_at") for s in SHOPS]
        except redis_package.RedisError:
            return False
        return all(note not in (None, b"null") for note in notes)


@contextmanager
def opened(folder: Path) -> Iterator[World]:
    """Everything but workers and beat, which `tend` starts."""
    redis = RedisHost(folder)
    try:
        with processes(folder) as members:
            world = World(folder, members, redis)
            try:
                yield world
            finally:
                world.close()
    finally:
        redis.close()


COUNTED, SOLD = (dict(numbered(24, prefix, units=150)) for prefix in ("COUNTED", "SOLD"))


@dataclass
class Life:
    """Stock-takes, receipts and deletions of some products, and orders for others: a stock-take of what is being
    shipped has a window of its own (docs/delivery.md). Both books of a shipment are told in one go, and only while
    the bridge knows the orders: what is half told when Redis is lost has another."""

    world: World
    dice: random.Random
    levels: dict[str, int] = field(default_factory=dict)
    sold: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SOLD, 0))
    refs: dict[str, dict[str, str]] = field(default_factory=dict)
    orders: list[tuple[str, str, str, int]] = field(default_factory=list)
    shipping: threading.Lock = field(default_factory=threading.Lock)
    shipped_at: float = 0.0
    acts: int = 0
    fault: BaseException | None = None

    def __post_init__(self) -> None:
        self.warehouse, self.fronts = (
            SandboxClient(self.world.sandboxes[WAREHOUSE].said["url"]),
            self.world.storefronts(),
        )
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)
        for sku in (*COUNTED, *SOLD):
            self._add(sku, (COUNTED | SOLD)[sku])
        for store, front in self.fronts.items():
            front.fill(self._catalogue())
            self.refs[store] = {offer.sku: ref for ref, offer in front.offers.items()}

    def _catalogue(self) -> Catalogue:
        """Numbers that the shops begin with and that are wrong, in a shop that does not choose its own."""
        goods = [Good(sku, sku, {PLACES[0]: units}) for sku, units in self.levels.items()]
        offers = [Offer(good.sku, good.name, {PLACES[0]: 300 + n}, {good.sku: 1}) for n, good in enumerate(goods)]
        return Catalogue(goods, offers)

    def __enter__(self) -> "Life":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing happens any more."""
        self._over.set()
        self._thread.join()
        self.warehouse.close()
        for front in self.fronts.values():
            front.client.close()

    def _live(self) -> None:
        ways: list[Callable[[], None]] = [self.count, self.count, self.replace, self.order, self.order, self.ship]
        try:
            while not self._over.wait(self.dice.uniform(0.1, 0.5)):
                self.dice.choice([*ways, self.cancel])()
                self.acts += 1
        except BaseException as fault:  # noqa: BLE001  (told where the test can see it)
            self.fault = fault

    # -- the warehouse -------------------------------------------------------------------------------

    def count(self) -> None:
        sku = self.dice.choice([*COUNTED])
        if sku not in self.levels:
            self._add(sku, self.dice.randint(1, 90))
            return
        self.levels[sku] = self.dice.choice((0, 1, self.levels[sku] + 25, self.dice.randint(0, 200)))
        self.warehouse.do("set_stock", product=sku, units=self.levels[sku])

    def _add(self, sku: str, units: int) -> None:
        self.levels[sku] = units
        self.warehouse.do("add", sku=sku, units=units)

    def replace(self) -> None:
        """A product is deleted, or made anew under another id."""
        sku = self.dice.choice([*COUNTED])
        if self.levels.pop(sku, None) is not None:
            self.warehouse.do("set_stock", product=sku, units=0)
            self.warehouse.do("delete", product=sku)
        if self.dice.random() < 0.5:
            self._add(sku, self.dice.randint(1, 90))

    # -- the shops -----------------------------------------------------------------------------------

    def order(self) -> None:
        sku, shop, units = self.dice.choice([*SOLD]), self.dice.choice([*SHOPS]), self.dice.randint(1, 3)
        if self.levels[sku] - self.sold[sku] < units:
            return
        order = self.fronts[shop].order(self.refs[shop][sku], units, PLACES[0])
        self.sold[sku] += units
        self.orders.append((shop, order, sku, units))

    def ship(self) -> None:
        with self.shipping:
            if not self.orders or not self.world.knows_orders():
                return
            shop, order, sku, units = self._take()
            self.fronts[shop].ship(order)
            self.warehouse.do("forward", product=sku, units=units, warehouse="1")
            self.levels[sku] -= units
            self.shipped_at = time.monotonic()

    def cancel(self) -> None:
        if self.orders:
            shop, order, _, _ = self._take()
            self.fronts[shop].cancel(order)

    def _take(self) -> tuple[str, str, str, int]:
        taken = self.orders.pop(self.dice.randrange(len(self.orders)))
        self.sold[taken[2]] -= taken[3]
        return taken

    @contextmanager
    def nothing_half_told(self) -> Iterator[None]:
        """Nothing is shipped, and what was is older than the bridge looks back after a loss."""
        with self.shipping:
            time.sleep(max(0.0, self.shipped_at + 2 * RELEASE + 1.0 - time.monotonic()))
            yield
