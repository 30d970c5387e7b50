"""What a store's webhooks deliver → that it is to be read. Numbers in them are compared with what is believed, so that
our own writes cause nothing, and kept nowhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bridge.core.hints import Verdict, verdict_of
from bridge.state import pack
from bridge.state.deliveries import Delivered, Judged, Rest
from bridge.sync import in_flight
from bridge.sync.context import SyncContext
from connectors.skills import Hint


@dataclass(frozen=True, slots=True)
class Delivery:
    """A hint, and when it came."""

    at: datetime
    hint: Hint


def take(context: SyncContext, store: str, deliveries: Sequence[Delivery], rest: Rest) -> None:
    """Take in what a store's webhooks delivered: once, however often it came and in whatever order. rest: what came
    beside them. Raises StateError, and then it may be done again."""
    verdicts = _verdicts(context, store, [x.hint for x in deliveries])
    judged = [_judged(x, verdict) for x, verdict in zip(deliveries, verdicts, strict=True)]
    context.state.take_deliveries(store, judged, rest, context.now())


def _verdicts(context: SyncContext, store: str, hints: Sequence[Hint]) -> list[Verdict]:
    """What becomes of each, if it is the first of its id."""
    refs = sorted({hint.shows.ref for hint in hints if hint.shows is not None})
    listings, shown = context.state.listings(store, refs), context.state.store_stock(store, refs)
    sent, can = in_flight.by_ref(context, store) if refs else {}, context.capabilities(store)
    named = ((hint, hint.shows.ref if hint.shows else "") for hint in hints)
    return [verdict_of(hint, listings.get(ref), shown.get(ref, {}), sent.get(ref, ()), can) for hint, ref in named]


def _judged(delivery: Delivery, verdict: Verdict) -> Judged:
    at, hint = delivery.at, delivery.hint
    late = None if hint.at is None else round(max(0.0, (at - hint.at).total_seconds()), 1)
    said = Delivered(pack.ms(at), hint.topic, hint.id, hint.about, late)
    return Judged(said, verdict, of_listings=hint.means == "listings")
