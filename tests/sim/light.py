"""What exit code 0 and the green light say (rule 16), asked of the state and of the shops themselves instead of the
judgement that both follow from."""

from collections.abc import Iterable, Iterator

from bridge.core.health import Light as HealthLight
from bridge.core.plan import Decision, decide
from bridge.ops.health import health_of
from bridge.sync import in_flight
from bridge.sync.context import SyncContext
from bridge.sync.inputs import load_view
from bridge.sync.session import REFRESH_EVERY, is_paused

from .engine import ViolationError
from .goods import Listing
from .names import is_right
from .shelf import SILENT
from .world import World

MET = REFRESH_EVERY.total_seconds()
"""Seconds within which a listing that is new in a shop is met."""

CLOCKS = 10.0
"""Seconds that two clocks may differ by."""


class Light:
    """strict: see Judge."""

    def __init__(self, world: World, *, strict: bool) -> None:
        self.world, self.strict = world, strict

    def is_right(self, stores: Iterable[str], *, undisturbed: bool) -> None:
        """Whoever says so has nothing left to do in these stores. undisturbed: nobody did anything while the bridge
        was at it. Raises Violation."""
        context: SyncContext = self.world.harness.context
        sold = [store for store in stores if not is_paused(context, store)]
        wrong = [said for store in sold for said in self._left(context, store)]
        if self.world.shelf and self.world.now - self.world.heard > SILENT + CLOCKS:
            wrong.append("the till is silent")
        if undisturbed:
            wrong += [said for store in sold for said in self._unlike(context, store)]
        if wrong:
            raise ViolationError(f"said that all is well, and: {'; '.join(wrong)}")

    def is_green_rightly(self, touched: float) -> None:
        """What `status` says is so as well. touched: when somebody did anything last. Raises Violation."""
        context, board = self.world.harness.context, self.world.harness.board
        if health_of(context, context.stores).light is HealthLight.GREEN:
            seen = min(board.pulled, *(board.read.get(store, float("-inf")) for store in context.stores))
            self.is_right(context.stores, undisturbed=seen > touched)

    def _left(self, context: SyncContext, store: str) -> Iterator[str]:
        """What waits, and where the bridge itself would write another number."""
        record, state = context.state.store_record(store), context.state
        waits = {
            "due": state.due(store), "in flight": in_flight.by_ref(context, store), "held": state.held(store),
            "quarantined": state.notes(store, "quarantine"), "unreadable": record.unreadable,
            "unapplied": record.unapplied, "trouble": record.breaker,
            "its list is not believed": record.doubted_list, "to be met": record.refresh_requested,
            "its orders are not believed": record.doubted_orders,
        }  # fmt: skip
        yield from (f"{store}, {what}: {some}" for what, some in waits.items() if some)
        for x, d in self._decided(context, store):
            if d is not None and d.quantity != d.shown:
                yield f"{store} shows {d.shown} {x}, and the bridge would write {d.quantity}"

    def _unlike(self, context: SyncContext, store: str) -> Iterator[str]:
        """Where the shop shows what the bridge does not know, or what it should not once everything is told."""
        for x, d in self._decided(context, store):
            shows, name = self.world.shows(x), (store, x.sku)
            new = self.world.now - self.world.made.get(name, 0.0) <= MET or self.world.is_new(x)
            overwritten = store in self.world.overwritten or (store in self.world.unread and not self.strict)
            if name in self.world.away or (d is None and new) or overwritten:
                continue
            if d is None or d.known is None or d.known.available != shows:
                yield f"{store} shows {shows} {x}, and the bridge takes it for {d and d.known and d.known.available}"
            elif self.strict and not new and self.world.is_told(x) and not is_right(self.world, x, has_ended=False):
                yield f"{store} shows {shows} {x} instead of {self.world.want(x)}"

    def _decided(self, context: SyncContext, store: str) -> Iterator[tuple[Listing, Decision | None]]:
        """What the bridge would do from what it knows; None where it knows nothing of the listing."""
        shop, listings = self.world.harness[store], [x for x in self.world.listings if x.store == store]
        refs = {x: shop.ref(x.sku) for x in listings}
        view = load_view(context, store, sorted(set(refs.values())), proof_since=None, held={})
        rules, can = context.rules(store), context.capabilities(store)
        for x in listings:
            case = view.inputs.get(refs[x])
            found = decide(case, view.pools, rules, can) if case else ()
            yield (
                x,
                next(
                    (d for d in found if d.stock_key.location in ("", getattr(shop, "places", {}).get(x.place))), None
                ),
            )
