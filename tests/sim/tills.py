"""A till, in some seeds: people buy at its counter and bring things back, and it reports what lies on its shelf, which
is one more warehouse of the pool. Its reports come late, twice, in another order than they began and of products that
its items file does not list; now and then it falls silent, or nobody takes a report."""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from bridge.core.shelf import Report, read_report
from bridge.errors import StateError
from bridge.state.change import ConflictError
from bridge.sync.reports import take
from connectors.items import ref_of_upc

from .engine import ViolationError, alone
from .shelf import CODE, NAME, REPORTS, SHELF, upc_of, write_items
from .world import World


class Tills:
    """What happens at the counter; nothing, where the seed has no till. Dice of its own leave those of the others as
    they fall. listed: SKUs in the items file. counted: SKU → the number of the newest report that was taken. fresh: SKU
    → when it was listed, until somebody has looked. broken: it reports nothing."""

    def __init__(self, play: Any) -> None:
        self.play, self.world, self.harness = play, play.world, play.harness
        self.dice = Random(f"{play.seed} counter")
        self.listed, self.fresh, self.counted = set[str](), dict[str, float](), dict[str, int]()
        self.broken = False
        self.acts: dict[Callable[[], str | None], int] = {self.trade: 6, self.report: 3, self.list: 1, self.breaks: 2}
        if "skew" not in play.kinds:  # by a clock that was set back nobody can tell which report began later
            self.acts |= {self.cross: 2}

    def fill(self) -> None:
        if not self.world.shelf:
            return
        self.web = self.play.start()
        self.listed = {sku for sku in self.world.products if self.dice.random() < 0.8}
        write_items(self.listed)
        for sku in self.world.products:
            self._lie(sku, self.dice.randint(0, 8))
            if self.dice.random() < 0.8:
                self._report(sku)

    def act(self, world: World) -> str | None:
        del world
        return self.dice.choices(list(self.acts), list(self.acts.values()))[0]()

    # -- at the counter --------------------------------------------------------------------------------

    def _lie(self, sku: str, units: int) -> None:
        """So many are there now, of which nobody was told."""
        self.world.shelves[sku, SHELF] = units
        self.world.unreported.add(sku)

    def _move(self) -> tuple[str, int]:
        """Somebody buys, or brings something → its SKU, and how many were there."""
        sku = self.dice.choice(self.world.products)
        before = self.world.shelves[sku, SHELF]
        self._lie(sku, max(0, before + self.dice.randint(-3, 2)))
        return sku, before

    def trade(self) -> str:
        sku, _ = self._move()
        told = self.dice.random() < 0.6 and self._report(sku)
        return f"{self.world.shelves[sku, SHELF]} {sku} lie on the shelf{', which is reported' if told else ''}"

    def report(self) -> str:
        """Of anything; now and then the same once more, as by a till that heard no answer."""
        sku = self.dice.choice([*sorted(self.world.unreported), *self.world.products])
        told = [self._report(sku) for _ in range(self.dice.choice((1, 1, 2)))]
        return f"the till reports {self.world.shelves[sku, SHELF]} {sku}: {told}"

    def cross(self) -> str:
        """A report takes long, and a later one of the same product overtakes it."""
        self.harness.clock.advance(1)
        sku, late = self._move()
        if self._report(sku) and self._send(sku, late, 1.0):
            self._stands(sku)
        return f"{self.world.shelves[sku, SHELF]} {sku} are reported, and {late}, which began before, after that"

    def list(self) -> str | None:
        """The merchant adds a product to the items file."""
        if not (unlisted := sorted({*self.world.products} - self.listed)):
            return None
        sku = self.dice.choice(unlisted)
        self.listed.add(sku)
        write_items(self.listed)
        self.world.unreported.add(sku)
        self.fresh[sku] = self.world.now
        self.world.count_shelf(sku, self.counted.get(sku, 0))
        return f"the items file lists {sku}"

    def breaks(self) -> str:
        self.broken = not self.broken
        return f"the till {'falls silent' if self.broken else 'reports again'}"

    # -- reports ---------------------------------------------------------------------------------------

    def _report(self, sku: str) -> bool:
        """What lies there → whether it was taken."""
        units = self.world.shelves[sku, SHELF]
        if self.broken:
            return False
        if not self._send(sku, units, 0.0):
            if sku in self.listed:  # it may have been taken, and only the answer is lost
                known = self.world.supply.get((sku, SHELF))
                self.world.count_shelf(sku, max(units, known.now if known else 0))
            return False
        self.counted[sku] = units
        self._stands(sku)
        self.followed(self.world.now)
        if sku in self.listed:
            self.world.reported.add(sku)
            self.world.count_shelf(sku, units)
        return True

    def _send(self, sku: str, units: int, seconds_ago: float) -> bool:
        """A report that began so long ago → whether it was taken."""
        report = read_report({"upc": upc_of(sku), "store": CODE, "quantity": units})
        assert isinstance(report, Report), report
        try:
            with alone(self.harness.board, self.web):
                took = timedelta(seconds=seconds_ago)
                take(self.web.context, NAME, report, self.web.context.now() - took)
        except (StateError, ConflictError):
            return False
        finally:
            self.world.heard = self.world.now
        return True

    def _stands(self, sku: str) -> None:
        """What was taken is what counts. Raises Violation."""
        state, ref = self.harness.context.state, ref_of_upc(upc_of(sku))
        if sku in self.listed:
            found = state.shelf_counts(NAME, [sku])[sku][1].get(CODE, {}).get(ref)
        else:
            found = state.unknown(NAME, CODE, ref)[1]
        if found is None or found.units != self.counted[sku]:
            raise ViolationError(f"the till reported {self.counted[sku]} {sku}, and {found} counts")

    def followed(self, when: float) -> None:
        """Somebody has looked at the items file since then: what was counted before counts for what it is."""
        told = [sku for sku, at in self.fresh.items() if at < when]
        for sku in (*told, *self.counted.keys() - self.fresh.keys()):
            self.fresh.pop(sku, None)
            if sku in self.listed and self.counted.get(sku) == self.world.shelves[sku, SHELF]:
                self.world.unreported.discard(sku)

    def passes(self) -> bool:
        """Time went by. A till that works reports now and then → whether it did."""
        due = bool(self.world.shelf) and not self.broken and self.world.now - self.world.heard >= REPORTS
        if due:
            self._report_news()
        return due

    def end(self) -> None:
        """Everything is listed, and reported from now on."""
        if self.world.shelf:
            self.broken = False
            while self.list():
                pass
            if "redis" in self.play.kinds:  # and what was lost with it counts again once it is reported
                self.world.unreported |= {*self.world.products}
                self.fresh.clear()
            self._report_news()

    def _report_news(self) -> None:
        """And one thing in any case. What was counted before it was listed is not counted again."""
        known = {sku for sku in self.fresh if self.counted.get(sku) == self.world.shelves[sku, SHELF]}
        other = [sku for sku in self.world.products if sku not in known] or self.world.products
        for sku in sorted(self.world.unreported - known) or [self.dice.choice(other)]:
            self._report(sku)
