"""A pull that keeps its place in Redis, page by page: it may take several budget windows and several processes.

Rows of a whole pull are kept apart (`state/pulled.py`) until the list was read to its end and judged; rows of a pull
for changes are applied at once. While a long pull is at work, changes since its beginning are polled for and applied at
once as well; for one product they win over an older row of the whole pull."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

from bridge.core.blocks import Blocks
from bridge.core.cursor import FULL, GLANCE, Cursor, Window, advance, window
from bridge.core.model import Level
from bridge.core.unfinished import Unfinished, after_endless_poll
from bridge.errors import RetryableSourceError, WindowSpentError
from bridge.state import keys, pack, pulled, spelling
from bridge.state.change import Change
from bridge.state.records import PullRecord
from bridge.sync.context import SyncContext
from bridge.sync.pull import broken_rows
from bridge.sync.pull.doubts import Row, name_of, note_of
from bridge.sync.pull.run import Run
from bridge.threeplguys import MAX_ROWS, Breakdown, ListLostError, PullInTurn, Walked, mark
from bridge.transport.rate_budget import account
from connectors.values import replace

POLL_EVERY = timedelta(seconds=30)
"""How often changes are polled for inside one call of `pull`; between two calls the timetable decides."""

POLL_PART, MOST_PAGES = 50, 20
"""A poll for changes is left off after a fiftieth of the budget, or after so many pages where no budget is known: the
long pull would starve otherwise."""

WORTH_ESTIMATING, BISECTIONS = 200, 4
"""From which budget on a few requests are spent to find the end of the list, and in how many halvings: to 1/16."""

Pages = PullInTurn[Row]
WAITS_FOR_NEXT_PULL = "it goes on where it is, with the next pull"
WAITS_FOR_BUDGET = "it goes on when the request budget is renewed"


def begin_pull(context: SyncContext, *, full: bool, confirm: bool) -> Unfinished:
    """The record of a pull that asked nothing yet: a whole one at first, daily and on demand, else one for changes."""
    now, record, source = context.now(), context.state.source_record(), context.settings.source
    first, cursor = record.full_at is None, record.cursor
    due = record.full_at is None or now - record.full_at >= source.full_pull_every or record.asks_for_whole
    due = due or (record.whole_after is not None and now >= record.whole_after)
    due = due or (context.sells_cartons and not record.reads_cartons)
    asked = FULL if full or due else window(cursor, source.overlap)
    behind = first or cursor.at is None or not asked.whole
    return Unfinished(
        account(source), asked.since, now, now, first=first, behind=behind, looks_back=asked.whole,
        cartons=context.sells_cartons, confirmed=confirm, polled=Cursor() if behind else cursor,
    )  # fmt: skip


def read_pages(run: Run, pull: Unfinished, time_limit: timedelta | None) -> Unfinished:
    """Read and store pages to the end of the list, or until the budget or `time_limit` is spent → the pull as it is
    then: `ended`, or `waits` with the reason."""
    began, resumed = run.context.now(), pull.was_kept
    size, after = run.context.state.source_record().size, _left_off(run, pull)
    tries = run.source.tries(run.source.long)
    pages = run.source.client.levels(pull.since, size=size, after=after, tries=tries, cartons=pull.cartons)
    try:
        for rows in pages:
            pull = _store_page(run, pull, pages, rows)
            run.context.emit("pulling", rows=pages.rows)
            if pages.ended:
                break
            if pull.is_whole or resumed:
                pull = poll_if_due(run, pull)
            if time_limit is not None and run.context.now() - began >= time_limit:
                return run.save(replace(pull, waits=WAITS_FOR_NEXT_PULL))
    except ListLostError:
        drop_pull(run)
        raise
    except (WindowSpentError, RetryableSourceError) as fault:
        return _wait_for_budget(run, pull, fault)
    return _ended(run, pull, pages)


def _ended(run: Run, pull: Unfinished, pages: Pages) -> Unfinished:
    """The pull whose list was read to its end. For changes it ends with the rows that could not be read."""
    if not pull.is_whole:
        run.changed += _store_broken(run, pull, pages, pull.since)
    if pages.rows > len(pages.products):  # a row that moved was met twice
        run.met = None
    return replace(pull, ended=True, place=pages.place, waits="")


def _left_off(run: Run, pull: Unfinished) -> Walked:
    """Where the pull goes on, and what it has read by then. What one that begins here will meet stays at hand."""
    run.met = None if pull.was_kept else Blocks(pulled.LEVELS)
    met = pulled.every_met(run.context.state) if pull.was_kept else ()
    return Walked(pull.place, {product: m for product, found in met if (m := _mark_if_walked(found)) is not None})


def _wait_for_budget(run: Run, pull: Unfinished, fault: WindowSpentError | RetryableSourceError) -> Unfinished:
    """The pull as it waits for its budget, if that alone broke it off: its share of the window is spent, or, as a whole
    one may learn by a refusal, others used all of it up. Raises any other fault."""
    if isinstance(fault, RetryableSourceError) and not (pull.is_whole and run.source.rate_budget.is_empty()):
        raise fault
    return run.save(replace(pull, waits=WAITS_FOR_BUDGET))


def _store_broken(
    run: Run, pull: Unfinished, pages: Pages, since: datetime | None, *, met_by_pull: bool = False
) -> int:
    """Doubt the levels of rows that break every page and so could not be read → how many moved some stock. met_by_pull:
    also doubt what the long pull keeps of them."""
    met, cartons = pages.products, pull.cartons
    rows = broken_rows.of_changes(run.context, run.source, holes=pages.holes, since=since, met=met, cartons=cartons)
    if rows and met_by_pull:
        run.context.state.commit(broken_rows.doubted(run.context, rows), run.lease)
    return run.row_store.store(rows) if rows else 0


def _mark_if_walked(found: pulled.Met) -> int | str | None:
    """The mark of a row that the pull itself read: the seam between two pages is checked with it. None for a row that
    only a poll read."""
    if isinstance(found, Level):
        return mark(found)
    if isinstance(found, pulled.Stored):
        return found.mark if found.walked else None
    return found["mark"] if found["product"] is not None else None


def _store_page(run: Run, pull: Unfinished, pages: Pages, rows: Sequence[Row]) -> Unfinished:
    """Store one page together with the place behind it → the pull with that place. A row that a poll has stored since
    then, in a newer version, is left out: pages in flight may be older than the poll. A pull for changes that ends with
    its first page is not kept at all."""
    run.rows_read += len(rows)
    stored = _stored(run, rows) if run.met is None else {}
    news = [row for row in rows if name_of(row) not in stored or stored[name_of(row)] <= _moment(row)]
    if not pull.is_whole:
        run.changed += run.row_store.store(news)
        if pages.ended and not pull.was_kept:
            return pull
    else:
        run.row_store.learn_names(rows)
    pull, change = _start_keeping(run, pull), Change()
    for row in news:
        kept = spelling.level(row) if isinstance(row, Level) else pack.dumps({**note_of(row), "mark": mark(row)})
        if name_of(row) in stored and stored[name_of(row)] == mark(row):
            kept = pulled.Stored(_moment(row), walked=True).packed
        change.put(keys.PULLED, name_of(row), kept)
    levels = [row for row in rows if isinstance(row, Level)]
    if len(levels) < len(rows):
        run.met = None
    elif run.met is not None and pull.is_whole:
        run.met.add(levels)
    doubtful = pull.doubtful + sum(bool(note_of(row)) for row in rows)
    return run.save(replace(pull, place=pages.place, doubtful=doubtful, waits=""), more=change)


def _stored(run: Run, rows: Sequence[Row]) -> dict[str, int]:
    """Name → milliseconds, of those of some rows that a poll has stored."""
    met = pulled.met(run.context.state, [name_of(row) for row in rows])
    return {name: found.mark for name, found in met.items() if isinstance(found, pulled.Stored)}


def _moment(row: Row) -> int:
    """Milliseconds of a row's `updatedAt`, 0 where it has none."""
    now = mark(row)
    return now if isinstance(now, int) else 0


def _start_keeping(run: Run, pull: Unfinished) -> Unfinished:
    """Forget what an earlier pull may have left behind, before the first thing of this one is kept."""
    return pull if pull.was_kept else replace(pull, was_kept=True, token=pulled.begin(run.context.state))


def drop_pull(run: Run) -> None:
    """Forget the unfinished pull; the next one begins anew."""
    change = Change()
    pulled.put(change, None)
    run.context.state.commit(change, run.lease)
    pulled.forget_met(run.context.state)


def estimate(run: Run, pull: Unfinished) -> int | None:
    """About how many rows the list has; None where nobody knows. For any whole pull but the first: as many as levels
    are known. Otherwise the end of the list is searched for with a few requests, if the budget allows it."""
    known = run.context.state.levels_known()
    if pull.is_whole and not pull.first:
        return max(known, pull.place.rows)
    budget = run.source.rate_budget.budget
    if budget is None or budget.limit < WORTH_ESTIMATING or not pull.place.rows or run.source.rate_budget.is_empty():
        return None
    low, high = pull.place.next, max(1, 2 * pull.place.next)
    while _reaches(run, pull, high):
        low, high = high, 2 * high
    for _ in range(BISECTIONS):
        middle = (low + high) // 2
        low, high = (middle, high) if _reaches(run, pull, middle) else (low, middle)
    return pull.place.rows - pull.place.next + high


def _reaches(run: Run, pull: Unfinished, skip: int) -> bool:
    of: Breakdown = "cartons" if pull.place.list else "products"
    return bool(run.source.client.breakdown_page(skip, 1, pull.since, of=of).rows) and skip < MAX_ROWS


# -- polling for changes while a long pull is at work ---------------------------------------------------------


def poll_if_due(run: Run, pull: Unfinished) -> Unfinished:
    last = max(pull.began, pull.polled_at or pull.began)
    return poll_changes(run, pull) if run.context.now() - last >= POLL_EVERY else pull


def poll_changes(run: Run, pull: Unfinished) -> Unfinished:
    """Read and apply what changed since the pull began, or since the last such poll → the pull, which says how far
    changes were read. These polls do not look back an overlap, or a bulk edit would be read with each of them; the
    first poll after the long pull does."""
    cursor, began = pull.meanwhile, run.context.now()
    if cursor is None or (pull.polls_wait and run.source.rate_budget.has_room()):
        return pull
    pull = _start_keeping(run, pull)
    asked = Window(cursor.at if pull.behind or cursor.at is None else cursor.at - GLANCE, whole=False)
    size, tries = run.context.state.source_record().size or pull.place.fullest, run.source.tries(run.source.sender)
    pages = run.source.client.levels(asked.since, size=size, tries=tries, cartons=pull.cartons)
    try:
        changed = _store_changes(run, pull, pages, asked.since)
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


def _store_changes(run: Run, pull: Unfinished, pages: Pages, since: datetime | None) -> int:
    """Store the pages of a poll, as many as it may have → how many levels changed. Each page is noted as stored before
    it is: after a kill in between the next poll reads the row again, and no older row of the long pull replaces it."""
    budget, before = run.source.rate_budget.budget, run.changed
    met, run.met = run.met, None  # until it is known that nothing was stored
    for rows in islice(pages, max(3, budget.limit // POLL_PART) if budget else MOST_PAGES):
        change, kept = Change(), pulled.met(run.context.state, [name_of(row) for row in rows])
        for row in rows:
            name = name_of(row)
            walked = name in kept and _mark_if_walked(kept[name]) == mark(row)
            change.put(keys.PULLED, name, pulled.Stored(_moment(row), walked=walked).packed)
        run.context.state.commit(change, run.lease)
        run.changed += run.row_store.store(rows)
    run.changed += _store_broken(run, pull, pages, since, met_by_pull=True)
    run.met = None if pages.rows or pages.holes else met
    run.rows_read, run.polled = run.rows_read + pages.rows, pages.requests
    return run.changed - before
