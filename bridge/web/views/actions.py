"""What a button does, in words, and which rows it takes: exactly those that the page shows, counted first."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.web.views.lists import Column, Row, matching, shown_columns
from bridge.web.written import plural

MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class Act:
    """button: its name. thing: what it counts. says: what it does, before it is done. done: what was done. takes: the
    list whose rows it takes, "" where it is of the store as a whole. open_to: decisions that it may still change.
    danger: it leaves wrong numbers on offer, or takes them off."""

    button: str
    thing: str
    says: str
    done: str
    takes: str = ""
    open_to: Sequence[str | None] = (None,)
    danger: bool = False


ACTS: Mapping[str, Act] = {
    "release": Act(
        "Release", "lowering",
        "The next cycle sends them, and the store offers the lower numbers.",
        "released; the next cycle sends them", "held", (None, "reject"),
    ),
    "reject": Act(
        "Reject", "lowering",
        "They stay on offer as they are until the warehouse speaks again. What the warehouse does not have may be sold"
        " meanwhile. They may still be released later.",
        "rejected; they stay on offer", "held", danger=True,
    ),
    "retry": Act(
        "Retry", "number",
        "They leave the quarantine, are read again, and sent with the next cycle. A store that was resting is tried at"
        " once.",
        "asked for again", "quarantine",
    ),
    "pause": Act(
        "Pause", "",
        "Nothing is written to this store until somebody resumes it. It is still read, and its open orders still"
        " reserve stock. A lasting pause belongs into the configuration (`paused = true`): this one goes with Redis.",
        "paused", danger=True,
    ),
    "resume": Act(
        "Resume", "",
        "It is written again with the next cycle. An open circuit breaker is closed, so that the store is tried at"
        " once.",
        "goes on with the next cycle",
    ),
    "resync": Act(
        "Resync", "",
        "A worker reads what moved and sends what is due, as soon as one is free. What is in quarantine is tried"
        " again.",
        "resync asked for",
    ),
    "full-resync": Act(
        "Full resync", "",
        "A worker reads everything that the store shows, and decides on every listing. That takes the store's requests"
        " and some minutes.",
        "full resync asked for",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose: of a list what a filter leaves, or one row of it."""

    search: str = ""
    ref: str = ""
    location: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Choice":
        return cls(query.get("search", ""), query.get("ref", ""), query.get("location", ""))


@dataclass(frozen=True, slots=True)
class Confirm:
    """A question before something is done. seen: a mark of the rows, so that nothing is done with others."""

    name: str
    act: Act
    store: str
    title: str
    button: str
    count: int
    rows: Sequence[Row]
    columns: Sequence[Column]
    more: int
    sums: Sequence[str]
    seen: str
    choice: Choice
    changed: bool = False


def taken(act: Act, rows: Sequence[Row], choice: Choice) -> list[Row]:
    """Rows of its list that an act takes."""
    found = [row for row in rows if row.get("decision") in act.open_to]
    if choice.ref:
        return [row for row in found if (row["ref"], row["location"]) == (choice.ref, choice.location)]
    return matching(found, choice.search)


def mark_of(rows: Sequence[Row]) -> str:
    """The same for the same stock keys with the same decisions, whatever they show."""
    names = sorted(f"{row['ref']}\x1f{row['location']}\x1f{row.get('decision')}" for row in rows)
    return hashlib.sha256("\x1e".join(names).encode()).hexdigest()[:16]


def confirm(name: str, store: str, rows: Sequence[Row], choice: Choice, *, changed: bool = False) -> Confirm:
    """changed: somebody said yes to other rows than these."""
    act = ACTS[name]
    counted = plural(len(rows), act.thing) if act.takes else ""
    return Confirm(
        name, act, store,
        title=f"{act.button} {counted} in {store}?" if counted else f"{act.button} {store}?",
        button=f"{act.button} {counted}" if counted else act.button,
        count=len(rows), rows=rows[:MOST_LISTED],
        columns=shown_columns(act.takes, rows), more=max(0, len(rows) - MOST_LISTED), sums=_sums(name, rows),
        seen=mark_of(rows), choice=choice, changed=changed,
    )  # fmt: skip


def said_after(name: str, store: str, count: int) -> str:
    """What was done, for the page that follows."""
    act = ACTS[name]
    return f"{store}: {plural(count, act.thing)} {act.done}." if act.takes else f"{store}: {act.done}."


def _sums(name: str, rows: Sequence[Row]) -> list[str]:
    """What it does to the units on offer."""
    known: list[Mapping[str, Any]] = [row for row in rows if row.get("shows") is not None]
    if name == "release":
        fewer = sum(row["shows"] - row["to"] for row in known if row["to"] is not None)
        zero = sum(row["to"] == 0 < row["shows"] for row in known)
        return [f"{plural(fewer, 'unit')} less on offer", f"{plural(zero, 'listing')} sold out"]
    if name == "reject":
        return [f"{plural(sum(row['units'] for row in rows), 'unit')} stay on offer that the warehouse does not have"]
    return []
