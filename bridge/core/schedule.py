"""What is due at this moment: how often to ask the source, and which stores to session."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.core.hints import may_answer_hint

SHARE = 0.4
"""Of the source's request budget this much is ours; the rest belongs to the merchant's other programs."""

LONG_SHARE = 0.9
"""Of a window a pull that is longer than it may take so much; polls for changes keep the rest."""

FASTEST = timedelta(seconds=5)
SLOWEST = timedelta(minutes=5)
UNKNOWN = timedelta(seconds=30)
"""How often to poll while the source has not said what its budget is."""


@dataclass(frozen=True, slots=True)
class RateStatus:
    """The budget as the last answer told it (X-RateLimit-*, Error Handling page); None where silent.

    limit, remaining: requests per window. reset_at: when the window ends; now: the answer's Date. Both
    are by the source's clock, so their difference needs none of ours.
    """

    limit: int | None
    remaining: int | None
    reset_at: datetime | None
    now: datetime | None


@dataclass(frozen=True, slots=True)
class RequestBudget:
    """limit, remaining: requests in the source's window. ends: when it is renewed, by our clock."""

    limit: int
    remaining: int
    ends: datetime


def poll_interval(setting: timedelta | None, budget: RequestBudget | None, cost: int, now: datetime) -> timedelta:
    """Time between two pulls. setting None is "auto": spread what is left of our share over what is left of
    the window. cost: requests of the last pull; an idle one costs 1."""
    if setting is not None:
        return setting
    if budget is None or budget.ends <= now:
        return UNKNOWN if budget is None else FASTEST
    ours = SHARE * budget.limit - (budget.limit - budget.remaining)
    if ours < 1:
        return SLOWEST
    return min(SLOWEST, max(FASTEST, (budget.ends - now) * max(1, min(cost, 10)) / ours))


def long_requests_left(budget: RequestBudget, now: datetime) -> int:
    """Requests that a long pull may still make before the window ends; those of a new one when it has ended."""
    remaining = budget.limit if budget.ends <= now else budget.remaining
    return max(0, remaining - (budget.limit - int(LONG_SHARE * budget.limit)))


def long_pull_interval(setting: timedelta | None, budget: RequestBudget | None, cost: int, now: datetime) -> timedelta:
    """Time between two goes at a long pull. While it may go on, soon; else whatever is left of the window is spread
    over polls for changes, each of `cost` requests."""
    if budget is None or long_requests_left(budget, now):
        return FASTEST
    if setting is not None:
        return setting
    polls = budget.remaining / max(1, min(cost, 10))
    return SLOWEST if polls < 1 else min(SLOWEST, max(FASTEST, (budget.ends - now) / polls))


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """pulled_at: when the last pull that ended well began. tried_at: when the last one began at all. retry_at: the
    source asked not to be asked before then."""

    pulled_at: datetime | None
    tried_at: datetime | None
    interval: timedelta
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """read_at: when it was last read. retry_at: not before then, because its circuit breaker is open. hinted: a webhook
    told of something that no session has read since. hints_read_at, idle: see `may_answer_hint`."""

    read_at: datetime | None
    retry_at: datetime | None
    due: int
    hinted: bool = False
    hints_read_at: datetime | None = None
    idle: int = 0


JITTER = timedelta(milliseconds=250)
"""Looks come at even intervals and work begins a moment after its look: without some grace, whatever should
be done at every fifth look would be done at every sixth."""


def pull_is_due(source: SourceFacts, now: datetime) -> bool:
    if source.retry_at is not None and now < source.retry_at:
        return False
    last = max(filter(None, (source.pulled_at, source.tried_at)), default=None)
    return last is None or now - last >= source.interval - JITTER


def is_recovering(store: StoreFacts, now: datetime) -> bool:
    return store.retry_at is not None and now < store.retry_at


def stores_due(stores: Mapping[str, StoreFacts], source: SourceFacts, now: datetime) -> Iterator[str]:
    """A store is visited once per poll, sooner when something is due there, and at once after a hint; never while it
    recovers."""
    for store, facts in stores.items():
        if is_recovering(facts, now):
            continue
        pause = min(source.interval, FASTEST) if facts.due else source.interval
        is_time = facts.read_at is None or now - facts.read_at >= pause - JITTER
        if is_time or (facts.hinted and may_answer_hint(facts.hints_read_at, facts.idle, now + JITTER)):
            yield store


def stores_moved(stores: Mapping[str, StoreFacts], now: datetime) -> Iterator[str]:
    """After a pull: stores in which it made something due, and those that waited for the first one."""
    for store, facts in stores.items():
        if (facts.due or facts.read_at is None) and not is_recovering(facts, now):
            yield store


def reading_counts(stale_after: timedelta, interval: timedelta) -> timedelta:
    """How long the last reading of a store that cannot be read still counts: never less than two polls."""
    return max(stale_after, 2 * interval)


def proof_window(interval: timedelta) -> timedelta:
    """How old a pull and a reading may be to prove an increase: this cycle's or the one before, so that a
    slow store does not starve those that share its stock."""
    return max(2 * interval, timedelta(seconds=30))
