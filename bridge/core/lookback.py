"""How far back the next look at a store's orders reaches: pure, by the store's clock where nothing else is said.

A store may show an order some minutes after it was stamped, so every order is looked for twice: soon, and once more by
a whole look. Were each look a whole one, a busy shop would be read again and again for what moved once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

OVERLAP = timedelta(minutes=5)
"""So late may an order show up and still be met."""

GLANCE = timedelta(seconds=10)
"""What the other looks reach back: changes of one instant, and those that were being saved."""

BUSY = 50
"""After a look that met more orders than these the whole look waits: what moved is to be sent first."""

LONGEST = timedelta(minutes=30)
"""It waits no longer than this."""


@dataclass(frozen=True, slots=True)
class OrderLooks:
    """The looks so far. at: the newest change met. whole: what `at` was when the last whole look had ended. whole_at:
    when that look began, by our clock. met: how many orders the last look of any kind met."""

    at: datetime
    whole: datetime
    whole_at: datetime
    met: int = 0


def is_whole(last: OrderLooks | None, now: datetime, *, wanted: bool = False) -> bool:
    """Whether the next look is a whole one; the first is. wanted: something unexplained asks for one."""
    if last is None:
        return True
    waited = now - last.whole_at
    return waited >= LONGEST or (last.met <= BUSY and (wanted or waited >= OVERLAP))


def since(last: OrderLooks | None, *, whole: bool) -> datetime | None:
    """From where on the next look asks; None: from the beginning."""
    if last is None:
        return None
    return min(last.at, last.whole) - OVERLAP if whole else last.at - GLANCE


DAY = timedelta(days=1)
"""While a store tells neither its time nor an order, the look back is longer than its clock can be behind ours."""


def read_to(
    before: datetime | None, newest: datetime | None, *, store_clock: datetime | None, began: datetime
) -> datetime:
    """Up to when everything has been read, as of a look that began at `began` by our clock.

    before: the answer of the look before it. newest: the newest change it met. store_clock: the store's own time at its
    first answer. A row may be dated in the future, so what it says never moves the answer past the moment at which the
    look began; an answer that stands in the future is drawn back.
    """
    if store_clock is not None:
        return store_clock
    before = before or began - DAY
    return min(max(before, newest or before), began)


def with_look(last: OrderLooks | None, at: datetime, met: int, now: datetime, *, whole: bool) -> OrderLooks:
    """The looks at the orders after one more, which began at `now` and came to its end."""
    if last is None or whole:
        return OrderLooks(at, at, now, met)
    return OrderLooks(at, last.whole, last.whole_at, met)
