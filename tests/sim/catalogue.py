"""Lists that leave out what was there, and rows of the warehouse that cannot be right."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from copy import copy
from datetime import timedelta
from random import Random
from typing import Any

from bridge.core.owed import units_of
from bridge.status_report import gather
from bridge.sync.session import is_paused

from .engine import ViolationError
from .world import World

NEXT_MONTH = timedelta(days=30)
Message = tuple[str, tuple[Any, ...]]
Act = Callable[[], str | None]


class Catalogue:
    """do: lets the process that runs work at a message. lowers: a number that cannot be may also lower a level, which
    is no shipment."""

    def __init__(self, world: World, dice: Random, do: Callable[[Message], None], *, lowers: bool) -> None:
        self.world, self.dice, self.do, self.lowers = world, dice, do, lowers
        self.harness = world.harness
        self.acts: Mapping[str, Act] = {
            "dated": self.date, "odd row": self.garble, "short source": self.shorten_source,
            "short shop": self.shorten_shop, "blank shop": self.blank_shop, "no orders": self.deny_orders,
        }  # fmt: skip

    # -- rows of the warehouse -------------------------------------------------------------------------

    def _live(self) -> list[str]:
        return [sku for sku in self.world.products if sku not in self.world.gone]

    def date(self) -> str | None:
        """A row is stamped in the future until it changes; now and then by a warehouse that sends no Date."""
        if not (live := self._live()):
            return None
        sku = self.dice.choice(live)
        self.harness.source.switches.date = self.dice.random() < 0.5
        self.harness.warehouse.date(sku, self.harness.clock.now + NEXT_MONTH)
        return f"the row of {sku} is of the next month; Date: {self.harness.source.switches.date}"

    def garble(self) -> str | None:
        """A row's number is text or a fraction, or right again."""
        if not (live := self._live()):
            return None
        sku = self.dice.choice(live)
        if sku in self.world.odd:
            return self._ungarble(sku)
        units = sum(self.harness.warehouse.known(sku).units.values())
        odd = self.dice.choice((str(units), "many", None, units + 0.5, *([-3] if self.lowers else [])))
        self.harness.warehouse.garble(sku, quantity=odd)
        self.world.odd.add(sku)
        self.world.doubted.add(sku)
        self.world.murky |= {sku} & {*self.world.counted, *self.world.came}
        return f"the row of {sku} says {odd!r}"

    def _ungarble(self, sku: str) -> str:
        self.world.odd.discard(sku)
        if any(sku in parcel.skus for parcel in self.world.parcels) and not self._is_known(sku):
            self.world.murky.add(sku)
            self.world.late.add(sku)
        self.harness.warehouse.garble(self.world.product_of(sku))
        return f"the row of {sku} is right again"

    def _is_known(self, sku: str) -> bool:
        product = self.world.product_of(sku)
        return product in self.harness.context.state.levels([product])

    # -- lists ---------------------------------------------------------------------------------------

    def shorten_source(self) -> str | None:
        """Rows, or all, are missing from the source's list; asked for by id they are there."""
        state, warehouse = self.harness.context.state, self.harness.warehouse
        items = [warehouse.known(sku).id for sku in self._live()]
        if not items or not state.is_whole() or len(state.levels(items)) < len(items):
            return None  # of what nobody knows nobody can miss a row
        out = self.dice.sample(items, self.dice.choice((1, len(items))))
        before = {product: (x.units, x.deleted) for product, x in state.levels(out).items()}
        warehouse.left_out = frozenset(out)
        self.world.doubted |= {x.sku for x in state.levels(out).values()}
        self._look("sync", "full")
        warehouse.left_out = frozenset()
        for product, x in state.levels(list(before)).items():
            if x.units != warehouse.known(x.sku).units:
                self.world.unlisted.add(x.sku)
            if (x.units, x.deleted) != before[product]:
                raise ViolationError(f"{x.sku} was left out of a list, and counts as {x.units}")
        return f"{len(out)} rows were left out of the source's list"

    def _has_met_all(self, where: str) -> bool:
        """A state that has lost a part is dropped by whoever comes next, and its map with it."""
        state = self.harness.context.state
        return state.is_whole() and self.harness[where].refs() <= {x.ref for x in state.every_listing(where)}

    def shorten_shop(self) -> str | None:
        """A plugin leaves products out of lists; asked for by id they are there."""
        where = "outlet"
        if not self._has_met_all(where):
            return None
        new = {(x.store, x.sku) for x in self.world.listings if x.store == where and self.world.is_new(x)}
        with self._keeps_its_map(where):
            if not self.harness[where].leave_out(self.dice):
                return None
            self.world.renamed |= dict.fromkeys(new, float("inf"))  # this list does not tell of it either
            self._look("sync", "full")
            self.harness[where].leave_in()
        self.world.renamed |= dict.fromkeys(new, self.world.now)
        return f"{where}: some were left out of the list"

    def blank_shop(self) -> str | None:
        """A shop lists nothing, and knows nothing by id: a wrong site behind the address."""
        where = self.dice.choice(("main", "outlet"))
        sandbox, board = self.harness[where].sandbox, self.harness.board
        process, lists = board.running, board.lists[where]
        if not self._has_met_all(where):
            return None
        shop, sandbox.shop = sandbox.shop, _blank(sandbox.shop)
        with self._keeps_its_map(where):
            self._look("sync", "full")
        believed = self.harness.context.state.store_record(where).doubted_list is None
        listed = {x.ref: x.sku for x in self.harness.context.state.every_listing(where)}
        with nullcontext() if believed else self._keeps_its_map(where):  # of what is written a few may be called gone
            self._look("push", where)
        left = {x.ref for x in self.harness.context.state.every_listing(where)}
        self.world.made |= {(where, sku): self.world.now for ref, sku in listed.items() if ref not in left}
        looked = board.lists[where] > lists and not (process.dead or board.passing.word)
        colours = not is_paused(self.harness.context, where)  # rule 16: a paused store is counted, and no more
        if looked and colours and gather(self.harness.context)["light"] == "green":
            raise ViolationError("green, and a shop lists nothing")
        sandbox.shop = shop
        return f"{where}: nothing was listed for a while"

    def deny_orders(self) -> str | None:
        """A shop knows no order for a while: its database is moved. Where there are several, none of them is let go."""
        where = self.dice.choice(("main", "outlet"))
        context, store = self.harness.context, self.harness[where]
        if context.capabilities(where).reads_committed or not context.state.is_whole():
            return None  # orders tell little there; or what is known is dropped by whoever comes next
        before = self._committed(where)
        if len(before) < 2:
            return None  # a single one may have been deleted
        back = store.lose_orders(len(store.shop.orders))
        for name in ("resync", "push"):
            self._look(name, where)
        back()
        if let_go := before - self._committed(where):
            raise ViolationError(f"{where}: open, and let go: {sorted(let_go)}")
        return f"{where}: no order was known for a while"

    def _committed(self, where: str) -> set[str]:
        """Orders of a shop that hold units."""
        return {order for _, lines in self.harness.context.state.every_owed(where) for order in units_of(lines)}

    def _look(self, name: str, *given: Any) -> None:
        self.do((name, given))

    @contextmanager
    def _keeps_its_map(self, where: str) -> Iterator[None]:
        """Meanwhile no listing is forgotten that is there."""
        state, there = self.harness.context.state, self.harness[where].refs()
        before = {x.ref for x in state.every_listing(where)} & there
        yield
        lost = before - {x.ref for x in state.every_listing(where)}
        if lost:
            raise ViolationError(f"forgotten of {where}: {sorted(lost)}")

    def end(self) -> None:
        for sku in sorted(self.world.odd):
            self._ungarble(sku)


def _blank(shop: Any) -> Any:
    """The same shop without its products."""
    blank = copy(shop)
    for name in ("products", "variants", "items", "_by_sku", "_ordered"):
        if hasattr(blank, name):
            setattr(blank, name, {})
    return blank
