"""Webhooks as hints: which are news, and how soon a store is asked what became of one. No number in them is believed."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, get_args

from bridge.core.backoff import backoff
from bridge.core.in_flight import Sent
from bridge.core.model import StoreStock
from connectors.base import Capabilities
from connectors.skills import Hint

Verdict = Literal["read at once", "gone", "echo", "double", "of no use", "not understood", "bad signature"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

ASKS: tuple[Verdict, ...] = ("read at once", "gone")
"""With these the store is read at once. That the store took the key back is found out by asking with it: what says so
may be a repeated body under another topic, which signatures of some platforms do not cover."""

REST = timedelta(seconds=1)
LONGEST_REST = timedelta(seconds=30)
"""How long a store rests at least after it was asked because of a hint: twice as long with each such session in a row
that found nothing. By then a poll comes anyway."""


def verdict_of(hint: Hint, known: StoreStock | None, sent: Iterable[Sent], can: Capabilities) -> Verdict:
    """What becomes of a delivery that nobody has seen before. known: what is believed at the stock key that it shows.
    sent: writes to it that are not answered yet."""
    if hint.means == "nothing":
        return "of no use"
    if hint.means == "gone":
        return "gone"
    if hint.means == "stock" and hint.shows is not None and known is not None:
        committed = known.committed if can.writes == "on_hand" else 0
        ours = {known.available, *(x.quantity - committed for x in sent)}
        return "echo" if hint.shows.available in ours else "read at once"
    return "read at once"


def may_answer_hint(read_at: datetime | None, idle: int, now: datetime) -> bool:
    """Whether a store may be asked because of a hint. read_at: when one was last answered so; None: never. idle: how
    many such sessions in a row found nothing."""
    return read_at is None or now - read_at >= backoff(REST, idle + 1, LONGEST_REST)
