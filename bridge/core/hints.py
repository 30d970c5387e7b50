"""Webhooks as hints: which are news, and how soon a store is asked what became of one. No number of theirs is kept."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal, get_args

from msgspec import Struct

from bridge.core.backoff import backoff
from bridge.core.in_flight import Sent
from bridge.core.model import StoreStock
from connectors.base import Capabilities, Listing
from connectors.skills import Hint

Verdict = Literal["read at once", "gone", "echo", "double", "of no use", "not understood", "bad signature"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

ASKS: tuple[Verdict, ...] = ("read at once", "gone")
"""With these the store is read at once. That the store took the key back is found out by asking with it: what says so
may be a repeated body under another topic, which signatures of some platforms do not cover."""

REST = timedelta(seconds=1)
LONGEST_REST = timedelta(seconds=30)
"""How long a store rests at least after it was asked because of a hint: twice as long with each such session in a row
that found nothing, from the second on, for a session under way may have found what the first was told of. By the
longest a poll comes anyway."""


class HintsRead(Struct, frozen=True, array_like=True):
    """The last session that read a store because of a hint: the newest hint that stood when it began, when it had read,
    and how many such sessions in a row found nothing."""

    upto: int = 0
    at: datetime | None = None
    idle: int = 0


def verdict_of(
    hint: Hint, listing: Listing | None, shown: Mapping[str, StoreStock], sent: Iterable[Sent], can: Capabilities
) -> Verdict:
    """What becomes of a delivery that nobody has seen before. listing, shown: what is known of the one that it shows:
    location → what is believed there. sent: writes to it that are not answered yet."""
    if hint.means == "nothing":
        return "of no use"
    if hint.means == "gone":
        return "gone"
    if hint.shows is None or hint.means == "orders" or not shown:
        return "read at once"
    if hint.means == "listings" and (listing is None or hint.sku != listing.sku):
        return "read at once"
    if (known := shown.get(hint.shows.location)) is None:
        return "of no use"  # a location that is not in use
    committed = known.committed if can.writes == "on_hand" else 0
    ours = (x.quantity - committed for x in sent if x.location == hint.shows.location)
    return "echo" if hint.shows.available in {known.available, *ours} else "read at once"


def may_answer_hint(read_at: datetime | None, idle: int, now: datetime) -> bool:
    """Whether a store may be asked because of a hint. read_at: when one was last answered so; None: never. idle: how
    many such sessions in a row found nothing."""
    return read_at is None or now - read_at >= backoff(REST, idle, LONGEST_REST)
