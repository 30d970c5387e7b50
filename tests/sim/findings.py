"""What `explain` finds, asked in the middle of everything: it adds up, and what it says is so."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from random import Random
from typing import Any

from bridge.core.finding import Finding, FindingCode
from bridge.core.model import Skip, StockKey
from bridge.core.plan import decide
from bridge.ops.explain.discrepancies import Explained, discrepancies
from bridge.state import keys, pack
from bridge.state.record_codec import stored_names
from bridge.state.records import StoreRecord
from bridge.sync.context import SyncContext
from bridge.sync.inputs import load_view

from .engine import Board, ViolationError
from .world import World

Sent = tuple[StockKey, int]

ASKS = 0.3
"""Of all moments that there may be."""

(BREAKER,) = stored_names(StoreRecord, ["breaker"])

PROVES = 30.0
"""Seconds for which a pull and a reading prove an increase at least; a source that is polled seldom, for longer."""

CLOCKS = 10.0
"""Seconds that clocks may differ by."""

FORGETFUL = frozenset({"redis", "undo", "late", "stall"})
"""Exceptions after which the bridge may take a number of its own for somebody else's."""


class Findings:
    """kinds: of exceptions in this seed. said: how often each code was found.

    What the play itself knows: marked: (stock key, number) → the batches with which it was marked as in flight;
    answered: how many such writes were noted as applied. held: stock keys that the guard ever held. broken: stores
    whose breaker ever opened. levels: SKU → every count that the warehouse ever had when somebody looked."""

    def __init__(self, world: World, board: Board, kinds: Collection[str], seed: int) -> None:
        self.world, self.board, self.kinds, self.dice = world, board, frozenset(kinds), Random(f"{seed} findings")
        self.said: Counter[FindingCode] = Counter()
        self.marked, self.answered = defaultdict[Sent, set[str]](set), Counter[Sent]()
        self.held, self.broken = set[StockKey](), set[str]()
        self.levels = dict[str, set[tuple[tuple[str, int], ...]]]()
        board.commits = self._committed
        self.is_so: Mapping[FindingCode, Callable[[Explained, Finding], bool]] = {
            FindingCode.IN_FLIGHT: self._is_in_flight, FindingCode.EDITED: self._was_edited,
            FindingCode.CHANGED_BESIDE: self._was_written, FindingCode.NOT_LANDED: self._was_written,
            FindingCode.NOT_APPLIED: self._was_written, FindingCode.MOVED: self._has_moved,
            FindingCode.REFUSED: self._was_written, FindingCode.LEVEL: self._levels_moved,
            FindingCode.ORDERS: self._orders_moved, FindingCode.FIRST: self._is_first,
            FindingCode.HELD: lambda x, _: x.decision.stock_key in self.held,
            FindingCode.RULES: lambda x, _: x.decision.stock_key in self.held,
            FindingCode.REJECTED: lambda x, _: x.decision.stock_key in self.held,
            FindingCode.DOWN_ONLY: lambda *_: False, FindingCode.EXCLUDED: lambda *_: False,
            FindingCode.DUPLICATE: lambda *_: False,
            FindingCode.PAUSED: lambda *_: "undo" in self.kinds,
            FindingCode.RESTING: lambda x, _: x.decision.stock_key.store in self.broken,
            FindingCode.NO_PROOF: self._is_unproven,
            FindingCode.NOT_BELIEVED: lambda x, _: not self.world.doubted.isdisjoint(_parts(x)),
            FindingCode.SILENT_TILL: lambda *_: bool(self.world.shelf),
            FindingCode.UNVERIFIED: lambda x, _: x.decision.stock_key.store in self.world.unread,
            FindingCode.REBUILDING: lambda *_: "redis" in self.kinds or not self.world.known,
            FindingCode.NOT_EXPLAINED: lambda *_: False,
        }  # fmt: skip

    def _committed(self, puts: Sequence[tuple[str, str, str]], notes: Sequence[Mapping[str, Any]]) -> None:
        for store in self.world.harness.stores:
            for key, name, raw in puts:
                self._put(store, key, name, raw)
        for note in notes:
            if note["what"] == "write":
                self.answered[StockKey(note["store"], note["ref"], note["location"]), note["to"]] += 1

    def _put(self, store: str, key: str, name: str, raw: str) -> None:
        if key == keys.of_store(store, "flight") and raw:
            for ref, at, number, *_ in json.loads(raw)["sent"]:
                self.marked[StockKey(store, ref, at), number].add(name)
        if key == keys.of_store(store, "held") and raw:
            self.held.add(pack.read_stock_key(store, name))
        if (key, name) == (keys.of_store(store, "info"), BREAKER) and raw != "null":
            self.broken.add(store)  # whoever opened it may be killed before it says so

    def look(self) -> None:
        """Remember what the warehouse says now."""
        for sku in self.world.products:
            units = {} if sku in self.world.gone else self.world.harness.warehouse.known(sku).units
            self.levels.setdefault(sku, set()).add(tuple(sorted((w, n) for w, n in units.items() if n)))

    def maybe_ask(self) -> None:
        self.look()
        if self.dice.random() < ASKS:
            self.ask()

    def ask(self) -> None:
        """Every listing of every store. Raises ViolationError."""
        context: SyncContext = self.world.harness.context
        for store in context.stores:
            refs = sorted(x.ref for x in context.state.every_listing(store))
            should = self._should_show(context, store, refs)
            for x in discrepancies(context, store, refs):
                self._adds_up(x, should)
                for found in x.discrepancy.findings:
                    self.said[found.code] += 1
                    if found.code in self.is_so and not self.is_so[found.code](x, found):
                        raise ViolationError(f"{x.decision.stock_key}: not so: {found}; {x.around}; {x.item.inputs}")

    def _should_show(self, context: SyncContext, store: str, refs: list[str]) -> dict[StockKey, int | None]:
        """Stock key → the number that would be written if nothing was held."""
        view, can = load_view(context, store, refs, proof_since=None, held={}), context.capabilities(store)
        every = (d for x in view.inputs.values() for d in decide(x, view.pools, context.rules(store), can))
        return {d.stock_key: d.quantity for d in every}

    def _adds_up(self, x: Explained, should: Mapping[StockKey, int | None]) -> None:
        found, where, shown = x.discrepancy, x.decision.stock_key, x.decision.shown
        if x.decision.target is not None and shown is not None:
            off = shown - (should[where] or 0)
            if found.difference != off:
                raise ViolationError(f"{where} is off by {off}, and explained by {found.difference}: {found}")
        units = [one.units for one in found.findings]
        if found.difference is None:
            if not units or any(n is not None for n in units):
                raise ViolationError(f"{where}: it is not known by how much it is off, and {found}")
        elif None in units or sum(n or 0 for n in units) != found.difference:
            raise ViolationError(f"{where} is off by {found.difference}, and that is not what is found: {found}")

    # -- whether what is said is so ------------------------------------------------------------------------

    def _is_in_flight(self, x: Explained, _: Finding) -> bool:
        """Marked by some process as often as not all of it was answered."""
        where, number = x.decision.stock_key, max(x.around.sent, key=lambda sent: sent.at).quantity
        batches = len(self.marked[where, number])
        return batches > (0 if "redis" in self.kinds else self.answered[where, number])

    def _was_written(self, x: Explained, _: Finding) -> bool:
        return any(stock_key == x.decision.stock_key for stock_key, _ in self.marked)

    def _has_moved(self, x: Explained, found: Finding) -> bool:
        """By a write that was not answered, or by orders of its own."""
        own = [sent for sent in self.marked if sent[0] == x.decision.stock_key]
        unanswered = any(len(self.marked[sent]) > self.answered[sent] for sent in own)
        return unanswered or self._orders_moved(x, found, (x.decision.stock_key.store,)) or bool(FORGETFUL & self.kinds)

    def _was_edited(self, x: Explained, found: Finding) -> bool:
        if FORGETFUL & self.kinds:
            return True
        store, sku, place = x.decision.stock_key.store, x.item.inputs.listing.sku, x.decision.stock_key.location
        named = {at: name for name, at in getattr(self.world.harness[store], "places", {}).items()}
        where = (store, sku, *([named[place]] if place in named else []))
        edits = [edit for name, made in self.world.edited.items() if name in (where, where[:2]) for edit in made]
        return bool(edits) and (len(edits) > 1 or self._has_other_name(x) or found.units == edits[0])

    def _has_other_name(self, x: Explained) -> bool:
        """Whether it may have been another listing, or none to be sold, at some time."""
        name = (x.decision.stock_key.store, x.item.inputs.listing.sku)
        return name in self.world.made or name in self.world.renamed or name in self.world.away

    def _levels_moved(self, x: Explained, _: Finding) -> bool:
        """What a till counts, and what stands in a row that cannot be right, is not looked at here. What was held
        rested on a stock that would make what the shop showed."""
        moves = any(len(self.levels.get(sku, ())) != 1 for sku in _parts(x)) or x.decision.stock_key in self.held
        return moves or bool(self.world.shelf) or not self.world.doubted.isdisjoint(_parts(x))

    def _orders_moved(self, x: Explained, _: Finding, stores: Sequence[str] = ()) -> bool:
        stores = stores or tuple(self.world.harness.stores)
        return any((store, sku) in self.world.ordered for store in stores for sku in _parts(x))

    def _is_first(self, x: Explained, _: Finding) -> bool:
        """No write to it was ever noted as applied."""
        if FORGETFUL & self.kinds or self._has_other_name(x):
            return True
        return not any(stock_key == x.decision.stock_key for stock_key, _ in self.answered)

    def _is_unproven(self, x: Explained, found: Finding) -> bool:
        """The warehouse, or a store that shares its stock, was not read lately; or something of it is hidden."""
        reasons = [why for why in x.around.reasons if " last at " not in why]
        sharing = x.item.sharing - self.world.unread
        oldest = min([self.board.pulled, *(self.board.looked.get(store, float("-inf")) for store in sharing)])
        is_old = self.world.now - oldest > PROVES - CLOCKS
        return bool(x.around.reasons) and (bool(reasons) or is_old or "redis" in self.kinds)


def _parts(x: Explained) -> Collection[str]:
    return () if isinstance(x.item.inputs.parts, Skip) else x.item.inputs.parts.keys()
