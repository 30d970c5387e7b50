"""Where the next pull begins: pure, and by the source's own clock.

A cursor says: whatever changed before `at`, and could be seen, has been read. A pull asks from a
little before it, because three things hide behind "changed before":

- `updatedSince` means *after* (Stock Levels reference), so rows that share the last instant need a
  window that begins earlier; the HTTP Date knows whole seconds only; and the machine that writes the
  Date need not be the one that stamps `updatedAt`. Seconds cover all of these: `GLANCE`.
- A row may become visible long after it was stamped (a slow transaction, a queue, a lagging
  replica). Once per `overlap` a pull therefore looks back one whole overlap *beyond the last such
  look*: a row that shows up at most `overlap` late is always met, and every row is read by two such
  looks, not by every poll of a busy hour.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.values import replace

GLANCE = timedelta(seconds=10)
"""What most polls look back: several seconds of clock difference inside the source, and its Date."""

FUTURE = timedelta(minutes=1)
"""So far ahead of the source's own clock a cursor may stand, because several machines write its Date."""

RESOLUTION = timedelta(seconds=1)
"""An HTTP Date is cut, by some servers rounded, to the second (RFC 9110, 5.6.7)."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far the source has been read. Instants are by its clock; Cursor() has read nothing.

    at: whatever changed before this instant, and was visible, has been read.
    looked: when the last whole look began; None before the first.
    known: the greatest `updatedAt` ever seen, kept only while the source sends no Date.
    """

    at: datetime | None = None
    looked: datetime | None = None
    known: datetime | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """What a pull asks for: rows changed after `since`, or every row when it is None.

    whole: this pull looks back at least one overlap.
    """

    since: datetime | None
    whole: bool


FULL = Window(since=None, whole=True)


def window(cursor: Cursor, overlap: timedelta) -> Window:
    """The next pull's window; FULL when nothing has been read. A full pull may be had at any time by
    pulling FULL instead and advancing the same cursor with it."""
    if cursor.at is None or cursor.looked is None:
        return FULL
    if cursor.at - cursor.looked >= overlap:
        return Window(cursor.looked - overlap, whole=True)
    if cursor.at == cursor.known:
        # Without a Date nothing moves the cursor while the source is silent: looking back from here
        # would read the last bulk edit again with every poll, for ever.
        return Window(cursor.at, whole=False)
    return Window(cursor.at - min(GLANCE, overlap), whole=False)


def advance(
    cursor: Cursor,
    window: Window,
    *,
    began: datetime | None,
    greatest: datetime | None,
    took: timedelta,
    ours: datetime,
) -> Cursor:
    """The cursor after a pull of `window` that came to its end and is stored. Never moves `at` backward, unless it
    stands in the source's future: then it is drawn back to where this pull began. Where the window lay in the future as
    well, nobody knows what was read, and the next pull is a whole one.

    began: the source's Date of the first response, None when it sends none.
    greatest: the greatest `updatedAt` the pull met, None when it met no row.
    took: how long the pull lasted.
    ours: our own clock when the pull began. It is a lid on a source without Date, whose rows may be
    dated in the future: it can hold the cursor back, it never pushes it on.
    """
    start = _undated(cursor, greatest, took, ours) if began is None else began - RESOLUTION
    if start is None:
        return cursor
    future = None if began is None else began + FUTURE
    if future and window.since is not None and window.since > future:
        return Cursor()
    return Cursor(
        at=start if future and cursor.at is not None and cursor.at > future else _latest(cursor.at, start),
        # Not max: when the source's clock has jumped back, whole looks follow until it has caught up.
        looked=start if window.whole or cursor.looked is None else min(cursor.looked, start),
        known=_latest(cursor.known, greatest) if began is None else None,
    )


def joined(walked: Cursor, polled: Cursor) -> Cursor:
    """The cursor after a long pull. walked: as that pull alone moves it, polled: how far changes were polled for
    meanwhile."""
    return replace(walked, at=_latest(walked.at, polled.at), known=_latest(walked.known, polled.known))


def _undated(cursor: Cursor, greatest: datetime | None, took: timedelta, ours: datetime) -> datetime | None:
    """A bound, from below, of the source's clock when the pull began; None when nothing was ever seen.

    The newest row was stamped before the pull ended; what was known before it began was stamped before
    that. The second is what lets the cursor come to rest after a bulk edit.
    """
    stamped = None if greatest is None else greatest - took - RESOLUTION
    bound = _latest(cursor.known, stamped)
    return None if bound is None else min(bound, ours)


def _latest(first: datetime | None, second: datetime | None) -> datetime | None:
    """The later of two instants, of which either may be unknown."""
    if first is None or second is None:
        return first or second
    return max(first, second)
