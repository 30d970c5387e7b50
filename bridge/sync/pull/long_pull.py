"""One pull that keeps its place: page by page, through as many windows and processes as it takes.

What a whole pull meets is kept apart until the list was read to its end and judged; what a pull for changes meets
counts at once. Changes are polled for meanwhile, from the moment the pull began: they count at once as well, and what
they say of a product wins over an older row of the whole pull.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from bridge.core.cursor import FULL, GLANCE, Cursor, Window, advance, window
from bridge.core.model import Level
from bridge.core.unfinished import Unfinished, after_endless_poll
from bridge.errors import RetryableSourceError, WindowSpentError
from bridge.state import keys, pack, pulled
from bridge.state.change import Change
from bridge.state.records import PullRecord
from bridge.sync.context import SyncContext
from bridge.sync.pull import broken_rows
from bridge.sync.pull.doubts import Row, name_of, note_of
from bridge.sync.pull.run import Run
from bridge.threeplguys import MAX_ROWS, ListLostError, Pull, Walked, mark
from bridge.transport.rate_budget import account

POLL_EVERY = timedelta(seconds=30)
"""How often changes are polled for while a long pull is at work; between two goes at it the timetable says."""

POLL_PART, MOST_PAGES = 50, 20
"""A poll for changes that needs more than so small a part of a window, or so many pages where nobody knows, is left off
and waits, for the long pull would starve otherwise."""

WORTH, BISECTIONS = 200, 4
"""How many requests a window must have for a look at where the list ends, and how exact that look is: to 1/16."""

OTHERS = "it goes on where it is, with the next pull"
BUDGET = "it goes on when the request budget is renewed"


def begin(context: SyncContext, *, full: bool, confirm: bool) -> Unfinished:
    """The record of a pull that asked nothing yet: a whole one at first, daily and on demand, else one for changes."""
    now, record, source = context.now(), context.state.source_record(), context.settings.source
    first, cursor = record.full_at is None, record.cursor
    due = record.full_at is None or now - record.full_at >= source.full_pull_every or record.asks_for_whole
    due = due or (record.whole_after is not None and now >= record.whole_after)
    asked = FULL if full or due else window(cursor, source.overlap)
    behind = first or cursor.at is None or not asked.whole
    return Unfinished(
        account(source), asked.since, now, now, first=first, behind=behind, looks_back=asked.whole,
        confirmed=confirm, polled=Cursor() if behind else cursor,
    )  # fmt: skip


def walk(run: Run, pull: Unfinished, ends: timedelta | None) -> Unfinished:
    """Read on to the end of the list, or as far as the budget goes, or until `ends` is over; each page is kept with its
    place."""
    began, resumed = run.context.now(), pull.was_kept
    met = pulled.every_met(run.context.state) if pull.was_kept else ()
    known = {product: m for product, found in met if (m := _walked(found)) is not None}  # the others hold no seam
    size, after = run.context.state.source_record().size, Walked(pull.place, known)
    pages = run.source.client.levels(pull.since, size=size, after=after, tries=run.source.tries(run.source.long))
    try:
        for rows in pages:
            pull = _take_in(run, pull, pages, rows)
            run.context.emit("pulling", rows=pages.rows)
            if pages.ended:
                break
            if pull.is_whole or resumed:
                pull = poll_if_due(run, pull)
            if ends is not None and run.context.now() - began >= ends:
                return run.save(replace(pull, waits=OTHERS))
    except WindowSpentError:
        return run.save(replace(pull, waits=BUDGET))
    except ListLostError:
        drop(run)
        raise
    if not pull.is_whole:
        run.changed += _store_broken(run, pages, pull.since)
    return replace(pull, ended=True, place=pages.place, waits="")


def _store_broken(run: Run, pages: Pull[Row], since: datetime | None, *, met_by_pull: bool = False) -> int:
    """→ how many levels are doubted anew, because a pull for changes could not be shown their rows. met_by_pull: what
    the long pull met of them before is doubted as well."""
    rows = broken_rows.of_changes(run.context, run.source, holes=pages.holes, since=since, met=pages.products)
    if rows and met_by_pull:
        run.context.state.commit(broken_rows.doubted(run.context, rows), run.lease)
    return run.rows.store(rows) if rows else 0


def _walked(found: pulled.Met) -> int | str | None:
    """The mark by which a row that the pull itself met is known again. None: only a poll met it, and it holds
    no seam."""
    if isinstance(found, Level):
        return mark(found)
    if isinstance(found, pulled.Stored):
        return found.mark if found.walked else None
    return found["mark"] if found["product"] is not None else None


def _take_in(run: Run, pull: Unfinished, pages: Pull[Row], rows: Sequence[Row]) -> Unfinished:
    """One page, and the place behind it. A pull for changes that ends with its first page needs no place. Pages in
    flight may be older than a poll that overtook them: its word stands. A row without an instant is newer only than
    another such one."""
    run.met += len(rows)
    stored = {} if not pull.was_kept else pulled.met(run.context.state, [name_of(row) for row in rows])
    news = []
    for row in rows:
        now, last = mark(row), stored.get(name_of(row))
        if not isinstance(last, pulled.Stored) or last.mark <= (now if isinstance(now, int) else 0):
            news.append(row)
    if not pull.is_whole:
        run.changed += run.rows.store(news)
        if pages.ended and not pull.was_kept:
            return pull
    else:
        run.rows.learn_names(rows)
    pull, change = _kept_from_now(run, pull), Change()
    for row in news:
        now, last = mark(row), stored.get(name_of(row))
        kept = pack.level(row) if isinstance(row, Level) else pack.dumps({**note_of(row), "mark": now})
        if isinstance(last, pulled.Stored) and now == last.mark:
            kept = pulled.Stored(last.mark, walked=True).packed
        change.put(keys.PULLED, name_of(row), kept)
    doubtful = pull.doubtful + sum(bool(note_of(row)) for row in rows)
    return run.save(replace(pull, place=pages.place, doubtful=doubtful, waits=""), more=change)


def _kept_from_now(run: Run, pull: Unfinished) -> Unfinished:
    """Before the first thing is kept, what an earlier pull may have left behind is forgotten."""
    if not pull.was_kept:
        pulled.forget_met(run.context.state)
    return replace(pull, was_kept=True)


def drop(run: Run) -> None:
    """It is begun anew."""
    change = Change()
    pulled.put(change, None)
    run.context.state.commit(change, run.lease)
    pulled.forget_met(run.context.state)


def estimate(run: Run, pull: Unfinished) -> int | None:
    """About how many rows there are. Of a later whole pull: as many as levels are known; else a few requests look for
    the end of the list, where the budget is no small one."""
    known = run.context.state.levels_known()
    if pull.is_whole and not pull.first:
        return max(known, pull.place.rows)
    budget = run.source.rate_budget.budget
    if budget is None or budget.limit < WORTH or not pull.place.rows or run.source.rate_budget.is_empty():
        return None
    low, high = pull.place.next, 2 * pull.place.next
    while _reaches(run, pull, high):
        low, high = high, 2 * high
    for _ in range(BISECTIONS):
        middle = (low + high) // 2
        low, high = (middle, high) if _reaches(run, pull, middle) else (low, middle)
    return high


def _reaches(run: Run, pull: Unfinished, skip: int) -> bool:
    return bool(run.source.client.breakdown_page(skip, 1, pull.since).rows) and skip < MAX_ROWS


# -- changes, meanwhile ----------------------------------------------------------------------------------


def poll_if_due(run: Run, pull: Unfinished) -> Unfinished:
    last = max(pull.began, pull.polled_at or pull.began)
    return poll(run, pull) if run.context.now() - last >= POLL_EVERY else pull


def poll(run: Run, pull: Unfinished) -> Unfinished:
    """What changed since the pull began, or since the last such poll. None of them looks back: the first poll after the
    long pull looks back behind all of them, and a bulk edit would be read again and again."""
    cursor, began = pull.meanwhile, run.context.now()
    if cursor is None or (pull.polls_wait and run.source.rate_budget.has_room()):
        return pull
    pull = _kept_from_now(run, pull)
    asked = Window(cursor.at if pull.behind or cursor.at is None else cursor.at - GLANCE, whole=False)
    size = run.context.state.source_record().size or pull.place.most
    pages = run.source.client.levels(asked.since, size=size, tries=run.source.tries(run.source.sender))
    try:
        changed = _read_changes(run, pages, asked.since)
    except RetryableSourceError:
        pull = run.save(after_endless_poll(pull, pages.requests))
        if not run.source.rate_budget.is_empty():
            raise
        return pull
    change, took = Change(), run.context.now() - began
    change.note_source(breaker=None)
    if not pages.ended:
        if pull.behind:
            return run.save(after_endless_poll(pull, pages.requests), more=change)
        # too much changed before the long pull began: from here on only what it does not meet
        return run.save(replace(pull, polled=pull.start or Cursor(), behind=True), more=change)
    cursor = advance(cursor, asked, began=pages.began, greatest=pages.greatest, took=took, ours=began)
    if not pull.behind and not run.context.state.source_record().asks_for_whole:
        change.note_source(pull=PullRecord(began, run.context.now(), pages.rows, changed, pages.requests))
    return run.save(replace(pull, polled=cursor, polled_at=began), more=change)


def _read_changes(run: Run, pages: Pull[Row], since: datetime | None) -> int:
    """Store what a poll meets, as far as it may go → how many levels changed. A page is marked before it is stored: a
    kill in between leaves a row to the next poll, and no older one in its place. A row that the pull itself met before,
    and that is unchanged, goes on holding a seam."""
    budget, before = run.source.rate_budget.budget, run.changed
    for rows in islice(pages, max(3, budget.limit // POLL_PART) if budget else MOST_PAGES):
        change, met = Change(), pulled.met(run.context.state, [name_of(row) for row in rows])
        for row in rows:
            now, name = mark(row), name_of(row)
            walked = name in met and _walked(met[name]) == now
            change.put(keys.PULLED, name, pulled.Stored(now if isinstance(now, int) else 0, walked=walked).packed)
        run.context.state.commit(change, run.lease)
        run.changed += run.rows.store(rows)
    run.changed += _store_broken(run, pages, since, met_by_pull=True)
    run.met, run.polled = run.met + pages.rows, pages.requests
    return run.changed - before
