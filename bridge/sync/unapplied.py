"""What a store claimed to have written and did not show when a sample was read back: read again with every look, and
counted for a day, until a reading shows the listing right."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bridge.core.model import Known, Spot
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.sync.shell import Shell

DAY = timedelta(hours=24)
KEPT = 100
"""More need not be remembered to see that something is wrong."""

FIELD = "unapplied"  # name of the stock key → when it was claimed last, and how often


def note(shell: Shell, store: str, change: Change, spots: Iterable[Spot]) -> None:
    """These were claimed, and the old number is still there."""
    info = shell.state.notes(store, "info")
    known, now = dict(info.get(FIELD) or {}), pack.ms(shell.now())
    for spot in spots:
        name = pack.spot(spot)
        known[name] = [now, known.get(name, [0, 0])[1] + 1]
    newest = sorted(known.items(), key=lambda entry: entry[1])[-KEPT:]
    change.put(keys.of_store(store, "info"), FIELD, pack.dumps(dict(newest)))


def refs(store: str, info: Mapping[str, Any]) -> list[str]:
    """Listings to read again."""
    return sorted({pack.read_spot(store, name).ref for name in info.get(FIELD) or ()})


def end_read(shell: Shell, store: str, change: Change, info: Mapping[str, Any]) -> None:
    """They were read: forget those that show what they should, that are gone, or that were claimed a day ago."""
    known = info.get(FIELD) or {}
    shown = shell.state.shown(store, refs(store, info))
    left = {}
    for name, said in known.items():
        spot = pack.read_spot(store, name)
        if not _is_right(shown.get(spot.ref, {}).get(spot.location)) and not _is_old(said, shell.now()):
            left[name] = said
    if left != known:
        change.put(keys.of_store(store, "info"), FIELD, pack.dumps(left))


def _is_right(known: Known | None) -> bool:
    return known is None or known.aim is None or known.sellable in (known.aim, max(0, known.aim))


def _is_old(said: list[int], now: datetime) -> bool:
    return now - pack.at(said[0]) > DAY


def count(info: Mapping[str, Any], now: datetime) -> tuple[int, int]:
    """How many there are, and how many of them were claimed more than once."""
    known = [said for said in (info.get(FIELD) or {}).values() if not _is_old(said, now)]
    return len(known), sum(said[1] > 1 for said in known)
