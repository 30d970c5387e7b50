"""What a store's orders say, made whole: lines that left an order, and orders that left the store."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence, Set
from datetime import timedelta
from functools import cached_property
from itertools import groupby
from typing import Any

from bridge.core.owed import units_of
from bridge.state import pack
from bridge.sync.shell import Shell
from connectors.base import Movement, StoreConnector
from connectors.skills import Revisits

REVISIT_EVERY = timedelta(hours=1)


class Orders:
    """One look at the orders of a store. revisited: orders believed open were asked for one by one."""

    def __init__(self, shell: Shell, store: str, connector: StoreConnector, info: Mapping[str, Any]) -> None:
        self._shell, self._store, self._connector = shell, store, connector
        last = info.get("revisited_at")
        due = last is None or shell.now() - pack.at(last) >= REVISIT_EVERY
        self.revisited = due and isinstance(connector, Revisits)

    @cached_property
    def known(self) -> Mapping[str, Mapping[str, int]]:
        """Order → the units it is believed to hold of listings; where the store itself counts open units, of
        listings that are gone."""
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for ref, orders in self._in_question():
            for order, units in orders.items():
                found[order][ref] = units
        return found

    def _in_question(self) -> list[tuple[str, dict[str, int]]]:
        owed = self._shell.state.every_owed(self._store)
        every = [(ref, units) for ref, lines in owed if (units := units_of(lines))]
        if not self._connector.capabilities.reads_open:
            return every
        there = self._there([ref for ref, _ in every])
        return [(ref, orders) for ref, orders in every if ref not in there]

    def _there(self, refs: Sequence[str]) -> Container[str]:
        """Listings the store still has: as it says itself where orders are revisited, else as far as is known."""
        if self.revisited:
            return {reading.ref for reading in self._connector.read(refs)} if refs else ()
        return self._shell.state.shown(self._store, refs)

    def movements(self, moved: Iterable[Movement]) -> Iterator[Movement]:
        """All that the store tells, and what became of what it no longer tells."""
        connector = self._connector
        if not isinstance(connector, Revisits):
            yield from moved
            return
        lost: dict[str, Mapping[str, int]] = {}
        for order, lines in groupby(moved, key=lambda m: m.order):
            told = list(lines)
            yield from told
            lost |= self._no_longer_told(order, {m.ref for m in told})
        if asked := self.known if self.revisited else lost:
            yield from connector.revisited(asked)

    def _no_longer_told(self, order: str, refs: Set[str]) -> Mapping[str, Mapping[str, int]]:
        """An order that is told without a listing it held units of: the line left it, or its product was deleted.
        Only the store knows which."""
        left = {ref: units for ref, units in self.known.get(order, {}).items() if ref not in refs} if order else {}
        return {order: left} if left else {}
