"""Writes that were sent and never answered: when one is over, and what may be written beside it.

Each may still land until the store's own time limit has passed. A store that compares refuses a late write once its
number has moved on; any other takes it, over whatever was written since."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from bridge.core.model import StoreStock
from connectors.base import Reading
from connectors.values import Value, replace


class Sent(Value, frozen=True):
    """One number that was sent to one stock key, in units of the kind that is written.

    at: when the last try of it began. was: the number it was to replace; None where no reading tells any more whether
    it landed. read: whether the store was read since. late: its time for it has passed, and it did not show the
    listing since."""

    ref: str
    location: str
    quantity: int
    at: datetime
    was: int | None = None
    read: bool = False
    late: bool = False


def is_over(sent: Sent, shown: int | None, *, read_at: datetime, limit: timedelta) -> bool:
    """Whether nothing of it can come any more. shown: what was just read there. read_at: when that reading began.
    limit: within what time the store carries out a request."""
    landed = sent.was is not None and shown == sent.quantity
    return landed or read_at - sent.at > limit


def may_land_on(sent: Sent, shown: int, *, compares: bool) -> bool:
    """Whether it may have landed since a number was shown: a store that compares refuses it wherever it shows another
    number than the one that was to be replaced."""
    return not compares or sent.was is None or shown in (sent.was, sent.quantity)


def newest_live(writes: Iterable[Sent], shows: int, on_hand: int, *, compares: bool) -> Sent | None:
    """The last of some writes to one place that may still change what it shows. shows: its number of the kind that is
    written."""
    live = [x for x in writes if not x.late and may_land_on(x, on_hand, compares=compares)]
    newest = max(live, key=lambda x: x.at, default=None)
    return newest if newest and newest.quantity != shows else None


def left_after_reading(
    sent: Sent, shown: int | None, *, was_read: bool, read_at: datetime, limit: timedelta, explains: bool
) -> Sent | None:
    """Returns what is left of it after a reading of the store; None: nothing.

    shown: what is believed of its place; None: its listing was forgotten. was_read: this reading showed the listing.
    explains: the store tells what left by its numbers, so that the next one cannot be understood without this write.
    """
    if was_read or shown is None:
        return None if is_over(sent, shown, read_at=read_at, limit=limit) else replace(sent, read=True)
    if read_at - sent.at > limit:
        return replace(sent, late=True) if explains else None
    return replace(sent, read=True)


def may_send(quantity: int, writes: Iterable[Sent], *, compares: bool) -> bool:
    """Whether a number may be written while these may still land: after they were read, the same number anywhere;
    another one where the store compares, unless a late write would then find the number it waits for. What can come no
    more forbids nothing."""
    return all(x.late or (x.read and (quantity != x.was if compares else quantity == x.quantity)) for x in writes)


def with_landed(
    shown: Mapping[str, StoreStock], readings: Sequence[Reading], sent: Collection[Sent]
) -> Mapping[str, StoreStock]:
    """Returns what was believed, with a write in flight counted as landed where the store shows its number. Where
    it shows yet another one, something left behind the write or without it; the higher number is the safe one,
    because no more can have left than committed units went."""
    if not sent:
        return shown
    now = {r.location: r.on_hand for r in readings}
    found = dict(shown)
    for place, k in shown.items():
        if numbers := {x.quantity for x in sent if x.location == place}:
            on_hand = now[place] if now.get(place) in numbers else max(k.on_hand, *numbers)
            found[place] = replace(k, on_hand=on_hand, available=k.available + on_hand - k.on_hand)
    return found
