"""A warehouse whose list is read page by page while its rows move, by requests in any order."""

import random
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from bridge.core.cursor import Cursor, Window, advance, window
from bridge.core.model import Level
from bridge.threeplguys.page import Page
from bridge.threeplguys.paging import Pull
from bridge.threeplguys.parse import BadRow, parse_level
from bridge.threeplguys.sandbox import Clock, Order, Warehouse
from bridge.threeplguys.sandbox.rows import Switches, level_row

START = datetime(2026, 3, 7, 12, 0, 0, 250_000, UTC)
ORDERS = [Order.CREATED_ASC, Order.CREATED_DESC, Order.UPDATED_ASC, Order.UPDATED_DESC, Order.ID]
NO_OVERLAP = timedelta(0)


class Shuffled(Executor):
    """Runs what was submitted only when somebody waits, in an order drawn from a seed: pages in flight
    are read late, early and crosswise, and the same again on the next run."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._waiting: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future = _Lazy(self)
        self._waiting.append((future, lambda: fn(*args, **kwargs)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._waiting.clear()

    def run_until(self, wanted: Future[Any]) -> None:
        while not wanted.done():
            future, run = self._waiting.pop(self._random.randrange(len(self._waiting)))
            if not future.cancelled():
                future.set_result(run())


class _Lazy(Future[Any]):
    def __init__(self, owner: Shuffled) -> None:
        super().__init__()
        self._owner = owner

    def result(self, timeout: float | None = None) -> Any:
        self._owner.run_until(self)
        return super().result(0)


@dataclass
class PagedList:
    """A warehouse, and a reader that keeps what it was told."""

    order: Order
    size: int = 4
    since: datetime | None = None
    script: list[list[tuple[str, int]]] = field(default_factory=list)
    tick: timedelta = timedelta(milliseconds=1)
    switches: Switches = field(default_factory=Switches)

    def __post_init__(self) -> None:
        self.clock = Clock(START)
        self.world = Warehouse(clock=self.clock)
        self.kept: dict[str, Level] = {}
        self.asked: list[int] = []
        self.between: Callable[[], None] = self._play

    def fill(self, rows: int) -> None:
        for number in range(rows):
            self.clock.move(timedelta(minutes=number % 3))  # some rows share their instant
            self.world.add(f"SKU-{number}", number)
        self.clock.move(timedelta(hours=1))

    def _play(self) -> None:
        """What happens between two requests: time passes, and rows move."""
        self.clock.move(timedelta(milliseconds=130))
        for deed, number in self.script.pop(0) if self.script else []:
            self.clock.move(self.tick)
            self._do(deed, number)

    def _do(self, deed: str, number: int) -> None:
        items = list(self.world._items.values())
        item = items[number % len(items)] if items else None
        if deed == "create" or item is None:
            self.world.add(f"NEW-{len(items)}", number)
        elif deed == "stock" and item.deleted_at is None:
            self.world.set_stock(item.id, number)
        elif deed == "delete" and item.deleted_at is None:
            item.units = {}
            self.world.delete(item.id)
        elif deed == "restore" and item.deleted_at and self.world.find(item.sku) is None:
            self.world.restore(item.id)
        elif deed == "recreate" and item.deleted_at is None:
            self.world.recreate(item.id, number)

    def fetch(self, skip: int, take: int) -> Page:
        self.asked.append(skip)
        self.between()
        items = self.world.listing(self.order, self.since, deleted=True)[skip : skip + min(take, self.size)]
        rows = [level_row(item, self.world, self.switches) for item in items]
        return Page(rows, self.clock().replace(microsecond=0))

    def pull(self, **options: Any) -> Pull[Level | BadRow]:
        return Pull(self.fetch, parse_level, **({"parallel": 1} | options))

    def read(self, pull: Pull[Level | BadRow]) -> Pull[Level | BadRow]:
        """Keep the newest level of each product."""
        for page in pull:
            for level in page:
                assert isinstance(level, Level)
                before = self.kept.get(level.product)
                if before is None or before.updated_at <= level.updated_at:
                    self.kept[level.product] = level
        return pull

    def sync(self, cursor: Cursor, **options: Any) -> Cursor:
        """One whole pull from a cursor, without any overlap: paging has to stand alone."""
        asked: Window = window(cursor, NO_OVERLAP)
        self.since = asked.since
        pull = self.read(self.pull(**options))
        return advance(cursor, asked, began=pull.began, greatest=pull.greatest, took=timedelta(0), ours=self.clock())

    def truth(self) -> dict[str, Level | BadRow]:
        return {
            item.id: parse_level(level_row(item, self.world, self.switches))
            for item in self.world.listing(deleted=True)
        }


DEEDS = st.tuples(
    st.sampled_from(["stock", "stock", "stock", "create", "delete", "restore", "recreate"]), st.integers(0, 40)
)
SCRIPTS = st.lists(st.lists(DEEDS, max_size=4), max_size=14)
