"""What must be true, at every moment and at the end."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from bridge.core.sku import called_sku
from bridge.state import pack
from bridge.sync.context import SyncContext
from bridge.sync.report import COUNTS

from .engine import Board, Process, ViolationError
from .goods import Listing
from .names import is_off_list, is_right
from .shelf import SILENT
from .world import World

PROOF = 60.0
"""Seconds: two polls. So old may be what proves an increase."""

STALE = 300.0
"""Seconds for which the last reading of a store that cannot be read counts."""

OVER = 80.0
"""Seconds in which a write may still land, less what clocks may differ."""

SAID = ("due", *COUNTS, "held", "error")


class Judge:
    """strict: nothing happens in this seed that a promise makes an exception for. whole: Redis loses nothing.

    seen: store → (ref, location, number) that it showed at some moment since somebody won its lease. claims: (run,
    store) → writes it claims. before: what was shown before the newest write. sent: when each write was."""

    def __init__(self, world: World, board: Board, *, strict: bool, whole: bool) -> None:
        self.world, self.board, self.strict, self.whole = world, board, strict, whole
        self.seen: dict[str, set[tuple[str, str, int]]] = {}
        self.claims: Counter[tuple[str, str]] = Counter()
        self.before: dict[Listing, int] = {}
        self.sent: dict[int, float] = {}

    # -- at every moment ---------------------------------------------------------------------------------

    def watch(self) -> None:
        """Look at every write as it comes in, and when it has been applied."""
        stores = self.world.harness.stores
        self.board.begins, self.board.claims = self._begins, self._claimed
        for name, store in stores.items():
            sandbox, on = store.sandbox, store.troubles.write
            sandbox.before_request(lambda call, store=name: self._sent(store, call), on=on, times=-1)
            sandbox.after_apply(lambda _, store=name: self._landed(store), on=on, times=-1)
        # What breaks off in the middle has saved what came before, and nobody was told that a write was applied.
        for name in (name for name, store in stores.items() if store.troubles.partly):
            stores[name].sandbox.before_request(lambda _, store=name: self._look(store), on="read", times=-1)

    def _sent(self, store: str, call: Any) -> None:
        """Whoever lost the lease of a store sends nothing to it, and nobody writes beside a write under way."""
        process = self.board.running
        stopped_here = self._was_stopped_ahead(process, f"before {store} {call.name}")
        if not self.board.is_newest(f"store:{store}") and not stopped_here:
            raise ViolationError(f"a process that lost the lease of {store} wrote to it")
        self.before = {x: self.world.shows(x) for x in self.world.listings}
        self.sent[id(call)] = self.world.now
        if self.whole and not stopped_here:
            self._nothing_beside(store, call)

    def _was_stopped_ahead(self, process: Process, request: str) -> bool:
        """Suspended between the renewal of its lease and the request: nobody can help that."""
        since, process.under_way, last = process.effects - process.stopped, "", process.under_way
        return (last, since) in ((request, 0), ("after EVAL", 1))

    def _nothing_beside(self, store: str, call: Any) -> None:
        """A store that cannot compare gets no other number while an older write of the same listing may still land."""
        for late in self.world.harness[store].late_others(call):
            if self.world.now - self.sent[id(late)] < OVER:
                raise ViolationError("another number was written while the write before it may still land")

    def _landed(self, store: str) -> None:
        self._look(store)
        if not self.strict:
            return
        began = self.board.running.cycle or self.board.since[f"store:{store}"] - PROOF
        began = int(began * 1000) / 1000  # as exact as the state remembers instants
        written = self.world.harness[store].newest()
        for x in self.world.listings:
            if x.store == store and x.stock_key in written:
                self._is_sold_once(x)
                self._is_proven(x, began)

    def _is_sold_once(self, x: Listing) -> None:
        most, shows = self.world.most(x, self.board.running.knew), self.world.shows(x)
        barred = x in self.world.untold or self.world.is_new(x) or (shows <= self.before[x] and self._is_hidden(x))
        barred = barred or bool(self.world.late & x.parts.keys())
        if shows > most and not barred and self._name(x) not in self._visible(self.world.harness.context):
            raise ViolationError(f"{x.store} offers {shows} {x}, and at most {most} can be sold")

    def _is_hidden(self, x: Listing) -> bool:
        """Whether a shop that shares its stock lost its products for a while, and tells orders that name nothing: what
        is lowered meanwhile may not be lowered by enough, and nothing is raised."""
        state = self.world.harness.context.state
        stores = {y.store for y in self.world.listings if y.parts.keys() & x.parts.keys()}
        doubts = (state.store_record(store).doubted_list for store in stores)
        return any(doubt is not None and doubt.hides for doubt in doubts)

    def _is_proven(self, x: Listing, began: float) -> None:
        """Up only after the warehouse and every shop that shares it were read. A shop shares it that lists it, or has
        an open order of it: what lies in the trash is not sold."""
        if self.world.shows(x) <= self.before[x] + self._sold_since_read(x) or self.world.is_new(x):
            return  # it was no increase when it was decided; or it was proven under its old name
        if self._may_be_silent(x) and self.world.heard + SILENT < began:
            raise ViolationError(f"{x.store} raises {x}, and the till is silent")
        shared = [y for y in self.world.listings if y.parts.keys() & x.parts.keys()]
        sharing = {y.store for y in shared if not is_off_list(self.world, y)} - self.world.unread
        knew = self.board.running.knew
        readings = ((s, knew.read.get(s, 0.0) + STALE * (s in knew.unreadable)) for s in sharing)
        for what, when in (("the warehouse", knew.pulled), *readings):
            if when < began:
                raise ViolationError(f"{x.store} raises {x}, and {what} was not read")

    def _may_be_silent(self, x: Listing) -> bool:
        """Whether what was counted on a till's shelf is offered with it."""
        return self.world.shelf in self.world.reach(x) and bool(self.world.reported & x.parts.keys())

    def _sold_since_read(self, x: Listing) -> int:
        """Units that shoppers took in the shop itself after the process read it: over those a lowering is written."""
        read = self.board.running.knew.read.get(x.store, float("-inf"))
        courses = (
            taken.since(read)
            for (sku, store, _), taken in self.world.taken.items()
            if store == x.store and sku in x.parts
        )
        return sum(max(course) - min(course) for course in courses)

    # -- what is claimed ---------------------------------------------------------------------------------

    def _begins(self, lease: str) -> None:
        store = lease.removeprefix("store:")
        if store in self.world.harness.stores:
            self.seen[store] = set()
            self._look(store)

    def look(self) -> None:
        """Somebody may have changed what is shown."""
        for store in self.seen:
            self._look(store)

    def _look(self, store: str) -> None:
        self.seen.setdefault(store, set()).update(self.world.harness[store].numbers())

    def _claimed(self, note: dict[str, Any]) -> None:
        if (note["ref"], note["location"], note["to"]) not in self.seen[note["store"]]:
            raise ViolationError(f"claimed, and never shown by {note['store']}: {note['to']} for {note['ref']}")
        self.claims[note["run"], note["store"]] += 1

    def ran(self, facts: Mapping[str, Any]) -> str:
        """A session ended: it reports as much as it claimed in the history."""
        claims = self.claims.pop((facts["run"], facts["store"]), 0)
        if claims != facts["applied"]:
            raise ViolationError(f"{facts['applied']} reported as applied, and the history knows {claims}")
        if facts["due"] != sum(facts[name] for name in COUNTS):
            raise ViolationError(f"what became of {facts['due']} does not add up: {facts}")
        return " ".join(f"{name}={facts[name]}" for name in SAID if facts[name])

    def heard(self, event: str, facts: Mapping[str, Any]) -> None:
        """The warehouse counts whatever leaves, so nothing that left is ever let go."""
        if event == "shipment expired" and self.strict and facts["sku"] not in map(called_sku, self.world.murky):
            raise ViolationError(f"{facts['pieces']} {facts['sku']} never left")

    def landed(self, context: SyncContext) -> list[Listing]:
        """Of which a write was not answered and is there, as all others are. Were it not, a fall of committed units
        that no order explains might be the rest of it: that is taken for a shipment, on the safe side."""
        landed = set[tuple[str, str]]()
        for name, store in self.world.harness.stores.items():
            sent = [row for flight in context.state.notes(name, "flight").values() for row in flight["sent"]]
            if store.long_ago and all(store.has(ref, place, number) for ref, place, number, *_ in sent):
                landed |= {(name, ref) for ref, *_ in sent}
        return [x for x in self.world.listings if landed and self._name(x) in landed]

    @contextmanager
    def only_looks(self, context: SyncContext) -> Iterator[None]:
        """Whoever only looks, undisturbed, writes to no shop, claims nothing, and leaves due what was due and is still
        there. A store that begins from nothing has everything ahead of it: its first reading makes all of it due."""
        stores, process = self.world.harness.stores, self.board.running
        strike, process.strike = process.strike, None
        writes, claims = {s: stores[s].writes for s in stores}, self.claims.copy()
        due = {(store, ref) for store in stores for ref in context.state.due(store)}
        yield
        process.strike = strike
        begun = {store for store in stores if context.state.store_record(store).mapped_at}
        due &= {name for x in self.world.listings if (name := self._name(x))[0] in begun}
        cleared = due - {(store, ref) for store in stores for ref in context.state.due(store)}
        if cleared or writes != {s: stores[s].writes for s in stores} or claims != self.claims:
            raise ViolationError(f"only looked, and wrote or cleared {sorted(cleared)}")

    # -- at the end --------------------------------------------------------------------------------------

    def _wrong(self, listings: Sequence[Listing]) -> list[str]:
        said = []
        for x in listings:
            if (x.store, x.sku) not in self.world.away and not is_right(self.world, x):
                said.append(f"{x.store} shows {self.world.shows(x)} {x} instead of {self.world.want(x)}")
        return said

    def _clear(self, context: SyncContext) -> list[Listing]:
        """What must come right by itself and soon."""
        seen = self._visible(context)
        hidden = {sku for x in self.world.untold for sku in x.parts} | self.world.unlisted  # read once a day
        hidden |= {bad["sku"] for bad in context.state.bad_rows().values()} - self.world.odd  # named until listed again
        skus = self.world.murky | hidden if self.strict else set(self.world.skus)
        return [x for x in self.world.listings if not skus & x.parts.keys() and self._name(x) not in seen]

    def is_clear(self, context: SyncContext) -> bool:
        return not self._wrong(self._clear(context)) and not any(context.state.counts(s)["due"] for s in context.stores)

    def early(self, context: SyncContext) -> None:
        """Without an exception everything is right as soon as it was looked at again, long before the daily look."""
        if wrong := self._wrong(self._clear(context)):
            raise ViolationError(f"not right by itself: {'; '.join(wrong)}")

    def _name(self, x: Listing) -> tuple[str, str]:
        return x.store, self.world.harness[x.store].ref(x.sku)

    def _visible(self, context: SyncContext) -> set[tuple[str, str]]:
        """Listings that people see waiting for them."""
        found = set()
        for store in context.stores:
            found |= {(store, stock_key.ref) for stock_key in context.state.held(store)}
            found |= {
                (store, pack.read_stock_key(store, name).ref) for name in context.state.notes(store, "quarantine")
            }
        return found

    def is_right(self, context: SyncContext) -> bool:
        counts = [context.state.counts(store) for store in context.stores]
        return not self._wrong(self.world.listings) and not any(c["due"] or c["held"] for c in counts)

    def waits_for_a_person(self, context: SyncContext) -> bool:
        """Whatever is wrong now is something that people see."""
        visible = self._visible(context)
        if wrong := self._wrong([x for x in self.world.listings if self._name(x) not in visible]):
            raise ViolationError(f"wrong, and nobody would see it: {'; '.join(wrong)}")
        return bool(visible)

    def final(self, status: Mapping[str, Any]) -> None:
        if wrong := self._wrong(self.world.listings):
            raise ViolationError(f"wrong at the end: {'; '.join(wrong)}")
        if status["light"] != "green":
            raise ViolationError(f"not green: {status['sentence']}")
        names = ("due", "held", "quarantined", "waiting", "in_flight", "drifting", "trouble", "other_writer")
        left = {f"{s} {n}": x[n] for s, x in status["stores"].items() for n in names if x[n]}
        if left or status["expiring"] or status["source"]["trouble"] or status["source"]["bad_rows"]:
            raise ViolationError(f"something is left: {left or status['expiring'] or status['source']}")
