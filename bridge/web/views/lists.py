"""The lists of a store: which columns each has, what a filter leaves of it, and which part of that one page shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from bridge.config import toml
from bridge.ops import words
from bridge.ops.sku import called
from bridge.web import written

Row = Mapping[str, Any]
Kind = Literal["text", "sku", "run", "store", "units", "change", "time", "why", "code"]

ROWS = 100
"""Rows on one page; CSV has all."""


@dataclass(frozen=True, slots=True)
class Column:
    """name: the member of a row. kind: how it is written; a SKU, a run and a store lead to their pages. before: of a
    change, the member from which it goes to that one."""

    name: str
    title: str
    kind: Kind = "text"
    before: str = ""


@dataclass(frozen=True, slots=True)
class ListSpec:
    """empty: what it means that nothing is listed. says: what the list is, in a sentence. acts: names of what may be
    done with its rows."""

    title: str
    says: str
    empty: str
    columns: Sequence[Column]
    acts: Sequence[str] = ()


SKU, TITLE = Column("sku", "SKU", "sku"), Column("title", "Name")
PLACE = Column("place", "Location")
WHY = Column("why", "Why", "why")

SPECS: Mapping[str, ListSpec] = {
    "held": ListSpec(
        "Held for approval",
        "Lowerings that would take too much at once. They stay on offer until a person decides.",
        "Nothing is held. A lowering that takes more than the guard allows in a day waits here for you.",
        (
            SKU, TITLE, PLACE, Column("to", "On offer if released", "change", "shows"),
            Column("stays", "If rejected", "units"), Column("units", "Not in the warehouse", "units"),
            Column("since", "Held since", "time"), Column("said", "Decided"), WHY,
        ),
        ("release", "reject"),
    ),
    "quarantine": ListSpec(
        "Quarantine",
        "Numbers that the store refuses for a lasting reason. They are tried again when something about them changes,"
        " or by hand.",
        "The store refuses nothing.",
        (
            SKU, TITLE, PLACE, Column("why", "The store says", "why"), Column("at", "Since", "time"),
            Column("run", "Run", "run"),
        ),
        ("retry",),
    ),
    "orphaned": ListSpec(
        "Mapped no longer",
        "These had a number of ours, lost their map, and go on selling the last one. Map them, set them to 0, or leave"
        " them out (`sync = false`).",
        "No listing has lost its map.",
        (SKU, TITLE, Column("units", "Still on sale", "units"), Column("since", "Since", "time"), WHY),
    ),
    "listings": ListSpec(
        "Listings without a warehouse SKU",
        "The store sells these, and the warehouse has no such SKU, so they stay as they are.",
        "Every listing has a SKU of the warehouse.",
        (SKU, TITLE, WHY, Column("looks_like", "Looks like", "sku"), Column("paste", "To map it, write", "code")),
    ),
    "products": ListSpec(
        "Warehouse SKUs without a listing",
        "The warehouse has these, and the store does not sell them under that SKU.",
        "The store sells every SKU of the warehouse.",
        (
            SKU, TITLE, Column("units", "On hand", "units"), Column("looks_like", "Looks like", "sku"),
            Column("paste", "To map it, write", "code"),
        ),
    ),
    "drift": ListSpec(
        "Drift",
        "What the store showed within a week instead of what was written there, and no order explains.",
        "Nothing drifted within a week.",
        (
            SKU, TITLE, PLACE, Column("now", "We left, it showed", "change", "was"), Column("cause", "Cause"),
            Column("at", "Noticed", "time"), Column("healed", "Put right", "time"), Column("count", "Times", "units"),
        ),
    ),
    "changes": ListSpec(
        "Dry run",
        "What would change if everything were sent now, by what was last read. Nothing is asked of the store, and"
        " nothing is written.",
        "Nothing would change: every listing that may be written shows its number.",
        (
            SKU, TITLE, PLACE, Column("would_show", "Shows, would show", "change", "shows"), WHY,
        ),
    ),
    "left_alone": ListSpec(
        "Left alone",
        "Listings that are not written, whatever happens in the next cycles.",
        "Every listing is written.",
        (SKU, TITLE, PLACE, Column("shows", "Shows", "units"), WHY),
    ),
    "webhooks": ListSpec(
        "Webhooks",
        "What the shop delivered by itself. Each only says that there is something to read; no number of theirs is"
        " written. The last 300 are kept.",
        "Nothing was delivered yet, so the shop is polled. To hear of sales at once: write `public_url` under `[web]`,"
        " the address at which shops reach this server, and run `stockbridge webhooks STORE --register`.",
        (
            Column("at", "Came", "time"), Column("topic", "Topic"), Column("about", "About"), Column("id", "Id"),
            Column("late_seconds", "Seconds under way"), Column("verdict", "What became of it"),
        ),
    ),
    "runs": ListSpec(
        "Runs",
        "What the last sessions with this store did.",
        "No run is remembered. A worker and beat make them by themselves; `stockbridge sync` makes one.",
        (
            Column("at", "When", "time"), Column("run", "Run", "run"), Column("due", "Due", "units"),
            Column("applied", "Written", "units"), Column("rejected", "Refused", "units"),
            Column("held_items", "Held", "units"), Column("deferred", "Put off", "units"),
            Column("said", "What it said", "why"),
        ),
    ),
}  # fmt: skip


CHOICES = ("topic", "verdict")
"""Columns of which one value may be chosen."""

NO_CHOICE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Shown:
    """One list as a page shows it. every: how many rows there are. found: how many of them the filter leaves. rows: of
    this page. before, after: addresses of the pages around it, "" where there is none. choices: column → its values, of
    which one may be chosen."""

    name: str
    spec: ListSpec
    every: int
    found: int
    rows: Sequence[Row]
    columns: Sequence[Column]
    before: str
    after: str
    csv: str
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)


def shown(
    name: str, rows: Sequence[Row], search: str, chosen: Mapping[str, str], *, page: int, address: str, csv: str
) -> Shown:
    """search, chosen: see `matching`. address: of the tab, without its query. csv: of the whole list."""
    found, asked = matching(rows, search, chosen), {"search": search, **chosen}
    at = linked(address, **asked)
    return paged(name, SPECS[name], found, linked(csv, **asked), every=rows, page=page, address=at)


def chosen_of(query: Mapping[str, str]) -> dict[str, str]:
    """What an address chooses of a list by its columns."""
    return {name: query[name][:200] for name in CHOICES if query.get(name)}


def paged(
    name: str, spec: ListSpec, found: Sequence[Row], csv: str, *, every: Sequence[Row], page: int, address: str
) -> Shown:
    """One page of a list. found: what its filter leaves of `every`. address, csv: of the list, with its filter."""
    last = max(1, -(-len(found) // ROWS))
    page = min(max(1, page), last)
    here = found[(page - 1) * ROWS : page * ROWS]
    at = f"{address}{'&' if '?' in address else '?'}page="
    return Shown(
        name, spec, len(every), len(found), here, told_columns(spec.columns, every), csv=csv,
        before=f"{at}{page - 1}" if page > 1 else "", after=f"{at}{page + 1}" if page < last else "",
        choices={x.name: sorted({str(row[x.name]) for row in every}) for x in spec.columns if x.name in CHOICES},
    )  # fmt: skip


def matching(rows: Sequence[Row], search: str, chosen: Mapping[str, str] = NO_CHOICE) -> list[Row]:
    """Rows that have a text in their SKU or name; runs and deliveries, which have neither, in their ids and what they
    say. chosen: column → the value that it has, where a row has the column."""
    rows = [row for row in rows if all(row.get(name, value) == value for name, value in chosen.items())]
    wanted = search.strip()
    if not wanted:
        return rows
    return [row for row in rows if called({**named(row), **row}, wanted)]


def named(row: Row) -> Row:
    """What is searched in rows without a SKU and a name."""
    return {"sku": row.get("run", row.get("id", "")), "title": row.get("said", row.get("about", ""))}


def linked(address: str, **query: object) -> str:
    """An address with what of a query says something."""
    return address + written.query(query)


def placed(rows: Sequence[Row]) -> list[Row]:
    """Rows with the end of their location's id, which tells it from the others."""
    return [{**row, "place": words.place(str(row["location"]))} for row in rows]


def decided(rows: Sequence[Row]) -> list[Row]:
    """Held rows, with what was said of them already: those that wait come first."""
    said = {None: "", "reject": "rejected", "release": "released, sent with the next cycle"}
    rows = [{**row, "said": said[row["decision"]]} for row in placed(rows)]
    return sorted(rows, key=lambda row: (row["decision"] is not None, row["sku"], row["ref"], row["location"]))


def pasted(rows: Sequence[Row], *, of_source: bool) -> list[Row]:
    """Rows of what is not mapped, with the line that would map them. of_source: they are SKUs of the warehouse."""
    return [{**row, "paste": map_line(row, of_source=of_source)} for row in rows]


def map_line(row: Row, *, of_source: bool) -> str:
    """A line for the store's table of the SKU map, store SKU first; "" where nothing looks alike."""
    near = row["looks_like"]
    if not near or not row["sku"]:
        return ""
    pair = (near, row["sku"]) if of_source else (row["sku"], near)
    return " = ".join(toml.value(sku) for sku in pair)


def shown_columns(name: str, rows: Sequence[Row]) -> list[Column]:
    """Columns of a list of a store in which any row says something."""
    return told_columns(SPECS[name].columns if name else (), rows)


def told_columns(columns: Sequence[Column], rows: Sequence[Row]) -> list[Column]:
    """Columns in which any row says something: most shops have one location, and some name a product by its SKU."""
    same = {"title": all(row.get("title") == row.get("sku") for row in rows)}
    same["place"] = len({row.get("place") for row in rows}) == 1
    told = [x for x in columns if any(row.get(x.name) not in (None, "") for row in rows)]
    return [x for x in told if not same.get(x.name)]
