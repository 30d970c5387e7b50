"""A pull that is longer than its budget: what it keeps of itself, and when it will be done. Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from bridge.core.cursor import RESOLUTION, Cursor
from bridge.core.schedule import LONG_SHARE, RequestBudget, long_requests_left
from connectors.values import replace

FORGOTTEN = timedelta(hours=24)
"""A pull that nobody went on with for so long is begun anew."""

HOUR = timedelta(hours=1)
"""How long the source's window lasts: its documents say requests per hour, its headers only when it ends."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk through a list goes on: all it knows apart from the rows it met.

    next: the offset of the next page. most: rows of the fullest page. rows, requests: so far. began: the source's clock
    when it began to answer the first request. greatest: the newest `updatedAt` met. holes: rows that break every page
    that holds them, left out. list: which of the lists that are read one after the other it is in; next and most are of
    that one, all else is of them together. fullest: rows of the fullest page of any.
    """

    next: int = 0
    most: int = 0
    rows: int = 0
    requests: int = 0
    began: datetime | None = None
    greatest: datetime | None = None
    holes: int = 0
    list: int = 0
    fullest: int = 0


@dataclass(frozen=True, slots=True)
class Unfinished:
    """One pull under way. Instants are by our clock, those of `place` and the cursors by the source's.

    account: whose list it is. since: what it asked for, None: everything. began, touched: when it began, and took in
    its last page. first: nothing was ever pulled before. behind: what changed before it began is known only when it
    ends, so that numbers wait for it. looks_back: as in `Window.whole`. was_kept: it stands in the state; token: beside
    what it met there, and lost with it. cartons: it reads the list of carton types as well. doubtful: rows so far that
    are not believed as a whole. ended: the list was read to its end, and what it left out is still to be asked for.
    confirmed: a person said that what is absent may be gone. waits: why nobody goes on at this moment, "" while
    somebody does. total: about so many rows there are in all, None where nobody knows. polled: how far changes were
    read meanwhile, polled_at: when. next_poll: from so many requests of its own on they are polled for again.
    """

    account: str
    since: datetime | None
    began: datetime
    touched: datetime
    first: bool
    behind: bool
    looks_back: bool = True
    place: Place = field(default_factory=Place)
    was_kept: bool = False
    token: str = ""
    cartons: bool = False
    doubtful: int = 0
    ended: bool = False
    confirmed: bool = False
    waits: str = ""
    total: int | None = None
    polled: Cursor = field(default_factory=Cursor)
    polled_at: datetime | None = None
    next_poll: int = 0

    @property
    def is_whole(self) -> bool:
        return self.since is None

    @property
    def meanwhile(self) -> Cursor | None:
        """Where the next poll for changes begins. None: the source sends no Date, so nobody knows."""
        return self.polled if self.polled.at is not None else self.start

    @property
    def polls_wait(self) -> bool:
        return self.place.requests < self.next_poll

    @property
    def start(self) -> Cursor | None:
        """The cursor of a reading that began when this pull did."""
        if self.place.began is None:
            return None
        start = self.place.began - RESOLUTION
        return Cursor(at=start, looked=start)

    def belongs_to(self, account: str, now: datetime) -> bool:
        """Whether somebody may go on with it."""
        return self.account == account and now - self.touched <= FORGOTTEN


def after_endless_poll(pull: Unfinished, requests: int) -> Unfinished:
    """A poll for changes made so many requests and did not come to an end. While the long pull has requests of its own
    the next one waits, or that would never get its turn: such polls take no more of them all than it leaves."""
    return replace(pull, next_poll=pull.place.requests + round(requests * LONG_SHARE / (1 - LONG_SHARE)))


def done_at(pull: Unfinished, budget: RequestBudget | None, now: datetime) -> datetime | None:
    """When the window begins in which the rest fits; now, while it fits in this one. None: nobody knows how much there
    is, or how many requests there are."""
    if pull.total is None or pull.place.most < 2 or budget is None:
        return None
    pages = ceil(max(0, pull.total - pull.place.rows) / (pull.place.most - 1))
    if pages <= long_requests_left(budget, now):
        return now
    rest = pages - long_requests_left(budget, now)
    share = long_requests_left(replace(budget, remaining=budget.limit), now)
    return max(budget.ends, now) + (ceil(rest / max(1, share)) - 1) * HOUR


def progress(pull: Unfinished, budget: RequestBudget | None, now: datetime) -> str:
    """One sentence: how far it is, why it waits, and when it will be done."""
    what = "whole pull of the warehouse" if pull.is_whole else "pull of many changes"
    of = f" of about {pull.total:,}" if pull.total is not None else ""
    done = done_at(pull, budget, now)
    when = f"; it is done at about {done:%H:%M} UTC" if done else ""
    known = "; changes are stored meanwhile" if pull.behind else "; changes reach the stores meanwhile"
    meanwhile = known if pull.meanwhile is not None and not pull.polls_wait else ""
    waits = f"; {pull.waits}" if pull.waits else ""
    return f"The {what} is at {pull.place.rows:,}{of} rows ({pull.place.requests} requests){waits}{when}{meanwhile}."
