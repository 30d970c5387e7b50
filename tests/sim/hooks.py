"""Webhooks in a seed: of what happens in the shops, some is told at once, some twice, late or never, in any order, and
some that nobody signed. Correctness is judged as in every seed; here, that no hint is answered by a session that began
before it came, and that a look finds one."""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, Literal

from bridge.state import keys
from bridge.state.deliveries import Rest
from bridge.state.record_codec import decode
from bridge.state.records import StoreRecord
from bridge.sync.webhooks import Delivery, take
from connectors.base import Reading
from connectors.skills import Hint

from .engine import ViolationError

SHARE = 0.25
"""Of seeds, in which shops deliver."""

DROPPED, DOUBLED, LATE, FORGED = 0.2, 0.2, 0.1, 0.1
HOUR = 3600.0
Means = Literal["orders", "stock", "listings"]
RESTED = 35.0
"""Seconds after which a hint is answered, however many before it were for nothing."""


def are_delivered(seed: int) -> bool:
    return Random(f"{seed} webhooks 6722").random() < SHARE


class Hooks:
    """play: see `Play`. late: (when it comes, store, hint). asked: store → the newest hint that stood when the session
    with it asked for the first time. before: store → the newest hint when the last look began."""

    def __init__(self, play: Any, *, odd: bool) -> None:
        self.play, self.dice, self.number = play, Random(f"{play.seed} deliveries"), 0
        self.is_on = odd and are_delivered(play.seed)
        self.late, self.asked, self.before = list[tuple[float, str, Hint]](), dict[str, int](), dict[str, int]()

    def watch(self) -> None:
        """From now on see when sessions begin, and what they answer."""
        if not self.is_on:
            return
        board, (begins, commits) = self.play.board, (self.play.board.begins, self.play.board.commits)

        def begun(lease: str) -> None:
            begins(lease)
            self.asked.pop(lease.removeprefix("store:"), None)

        def committed(puts: Sequence[tuple[str, str, str]], notes: Sequence[Mapping[str, Any]]) -> None:
            commits(puts, notes)
            for store in self.play.stores:
                self._is_answered_rightly(store, puts)

        board.begins, board.commits = begun, committed
        for name, store in self.play.harness.stores.items():
            store.sandbox.before_request(self._first_request(name), times=-1)

    def _first_request(self, store: str) -> Callable[[Any], None]:
        def asks(_: Any) -> None:
            self.asked.setdefault(store, self._record(store).hint)

        return asks

    def _record(self, store: str) -> StoreRecord:
        found: StoreRecord = self.play.harness.context.state.store_record(store)
        return found

    def _is_answered_rightly(self, store: str, puts: Sequence[tuple[str, str, str]]) -> None:
        info = keys.of_store(store, "info")
        for raw in (raw for key, field, raw in puts if (key, field) == (info, "hints_read")):
            upto = decode(StoreRecord, {"hints_read": raw}).hints_read.upto
            if self.play.judge.whole and upto > self.asked.get(store, upto):
                raise ViolationError(f"a session with {store} answers a hint that came after it began to ask")

    # -- what shops deliver ----------------------------------------------------------------------------

    def happened(self) -> None:
        """Something may have moved in a shop, which delivers; what it delivered before may come now."""
        if not self.is_on:
            return
        for store in self.play.stores:
            if self.dice.random() < 0.6:
                self._deliver(store, self._hint(store))
        self.pass_time()
        if self.dice.random() < 0.5:
            self.play.queue.append(("tick", ()))  # beat looks each second

    def pass_time(self) -> None:
        """What was under way comes, the last first."""
        now = self.play.world.now
        for when, store, hint in sorted(self.late, reverse=True, key=lambda row: row[0]):
            if when <= now:
                self.late.remove((when, store, hint))
                self._take(store, hint)

    def _hint(self, store: str) -> Hint:
        self.number += 1
        means: Means = self.dice.choice(("orders", "orders", "stock", "listings"))
        number = f"d{self.number}" if self.dice.random() < 0.7 else ""
        return Hint(f"{means}/changed", means, number, self.play.harness.clock(), shows=self._shows(store, means))

    def _shows(self, store: str, means: str) -> Reading | None:
        """What the shop shows of one listing at this moment."""
        sold = [x for x in self.play.world.readable if x.store == store and (store, x.sku) not in self.play.world.away]
        if means == "orders" or not sold or self.dice.random() < 0.3:
            return None
        ref = self.play.harness[store].ref(self.dice.choice(sold).sku)
        places = self.play.harness.context.state.store_stock(store, [ref]).get(ref, {})
        if not places:
            return None
        place, units = self.dice.choice(sorted(places)), self.dice.choice([x.available for x in places.values()])
        return Reading(ref, place, units + self.dice.choice((0, 0, -1)), None, 0)

    def _deliver(self, store: str, hint: Hint) -> None:
        fate = self.dice.random()
        if fate < DROPPED:
            return
        wait = self.dice.uniform(1, HOUR) if self.dice.random() < LATE else self.dice.choice((0.0, 0.0, 2.0))
        for _ in range(2 if fate < DROPPED + DOUBLED else 1):
            self.late.append((self.play.world.now + wait, store, hint))
            wait += self.dice.uniform(0, 60)

    def _take(self, store: str, hint: Hint) -> None:
        """A web process answers, on a machine of its own; some of what comes is signed by nobody."""
        context = self.play.harness.context
        forged = Rest(counts={"bad signature": 1} if self.dice.random() < FORGED else {})
        take(context, store, [Delivery(context.now(), hint)], forged)
        self.play.tell(f"{store} delivers {hint.topic} {hint.id}")

    # -- what a look finds -----------------------------------------------------------------------------

    def looks(self) -> None:
        """A look begins: what comes in the middle of it is for the next one."""
        self.before = {store: self._record(store).hint for store in self.play.stores} if self.is_on else {}

    def ticked(self) -> None:
        """Each store that was told of something, and rested long enough, is asked by whoever a message leads there."""
        state = self.play.harness.context.state
        if not self.is_on or not self.play.judge.whole or state.source_record().pull is None:
            return
        for store in self.play.stores:
            record = self._record(store)
            last = record.hints_read.at
            rests = last is not None and abs((self.play.harness.context.now() - last).total_seconds()) < RESTED
            is_sent = state.db.exists(keys.queued(f"push:{store}"))
            was_told = record.is_hinted and record.hint == self.before[store]
            if was_told and record.breaker is None and not rests and not is_sent:
                raise ViolationError(f"{store} told of something, and nobody was sent there")

    def end(self) -> None:
        """Everything that is under way comes."""
        for _, store, hint in self.late:
            self._take(store, hint)
        self.late.clear()

    def are_answered(self) -> None:
        """All hints led to a session that began after them."""
        for store in self.play.stores:
            if self.is_on and self._record(store).is_hinted:
                raise ViolationError(f"{store} told of something, and nobody asked what")
