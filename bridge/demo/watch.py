"""What the bridge has done, read from its state as the commands read it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bridge.demo.causes import Causes
from bridge.demo.shops import Shop
from bridge.state import keys
from bridge.sync.context import SyncContext


@dataclass
class Watch:
    """Each look tells what is new since the last one."""

    context: SyncContext
    shops: Mapping[str, Shop]
    causes: Causes
    _last: str | None = None
    _met: dict[str, str] = field(default_factory=dict)

    def skip(self) -> None:
        """Everything so far is old."""
        self._last = self.context.state.newest_entry() or self._last

    def written(self) -> Iterator[str]:
        """One line per number that the bridge wrote, or that a shop refused."""
        for entry, note in self.context.state.entries_after(self._last):
            self._last = entry
            if note["what"] not in ("write", "refused"):
                continue
            store, ref, location = stock_key = note["store"], note["ref"], note["location"]
            listing = self.context.state.listings(store, [ref]).get(ref)
            shop, sku = self.shops[store], listing.sku if listing else str(ref)
            place = shop.place_of(location)
            where = f"{sku} in {store} at {place}" if place else f"{sku} in {store}"
            if note["what"] == "refused":
                yield f"{where} was refused: {note['why']}"
                continue
            moment = int(entry.partition("-")[0]) / 1000
            why = self.causes.of(stock_key, shop.made.parts_of(sku), moment)
            yield f"{where}: {note['from']} → {note['to']} ({why or 'set right'})"

    def progress(self) -> Iterator[str]:
        """Steps of the first sync, each told once."""
        pulled = self.context.state.source_record().pull
        if pulled and self._new("pull", str(bool(pulled))):
            yield f"pulled {pulled.rows} products from the warehouse in {pulled.requests} requests"
        for store in self.shops:
            mapped = self.context.state.store_record(store).mapped_at
            if mapped and self._new(f"map {store}", str(mapped)):
                yield f"mapped {self.context.state.counts(store)['mapped']} listings of {store}"
        for store, written in self.applied().items():
            if written and self._new(f"push {store}", str(written)):
                yield f"wrote {written} numbers in {store} so far"

    def complaints(self) -> Iterator[str]:
        """What the bridge complains of, each sentence once."""
        breakers = {"the warehouse": self.context.state.source_record().breaker}
        breakers |= {store: self.context.state.store_record(store).breaker for store in self.shops}
        for name, breaker in breakers.items():
            why = breaker.why if breaker else ""
            if self._new(name, why) and why:
                yield f"{name}: {why}"
        if self._new("held", self.held()) and self.held():
            yield self.held()

    def _new(self, what: str, text: str) -> bool:
        known, self._met[what] = self._met.get(what, ""), text
        return known != text

    def held(self) -> str:
        """What the guard holds back, in a sentence."""
        count = sum(self.context.state.counts(store)["held"] for store in self.shops)
        return f"the guard holds {count} lowerings that it finds too drastic" if count > 0 else ""

    def applied(self) -> Counter[str]:
        """Store → numbers written there."""
        found: Counter[str] = Counter()
        for run in self.context.state.runs(keys.KEPT_RUNS):
            found.update({store: report["applied"] for store, report in run["stores"].items()})
        return found
