"""A SKU over time: the steps that its history tells, as lines on one axis, and what orders did to it meanwhile."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bridge.ops import words
from bridge.ops.sku_history import SkuHistory
from bridge.state import pack

Row = Mapping[str, Any]

MOST_STEPS = 2_000
"""The newest steps that a chart shows: of more, nobody sees any."""


@dataclass(slots=True)
class Line:
    """One number over time. steps: (milliseconds since 1970, before, after), oldest first. now: what it is."""

    name: str
    kind: str
    now: int | None = None
    steps: list[tuple[int, int | None, int]] = field(default_factory=list)

    def values(self, instants: Sequence[int], last: int) -> list[int | None]:
        """The number at each instant. Before its first step it is what that began from; last: from then on it is what
        it is now."""
        times = [at for at, _, _ in self.steps]
        first = self.steps[0][1] if self.steps else self.now
        found = []
        for instant in instants:
            number = bisect_right(times, instant)
            found.append(self.steps[number - 1][2] if number else first)
            if instant >= last and self.now is not None:
                found[-1] = self.now
        return found


def series(report: Mapping[str, Any], history: SkuHistory, now: datetime) -> dict[str, Any]:
    """Ready for JSON, instants in seconds since 1970: {"since", "at", "x", "lines": [{"name", "kind", "values"}],
    "events"}. report: of `explain`. All lines have a value at every instant of x, null where it is not known."""
    lines = lines_of(report)
    for name, at, before, after in steps_of(history.rows, report):
        if name in lines:
            lines[name].steps.append((at, before, after))
    told = sorted({at for line in lines.values() for at, _, _ in line.steps})[-MOST_STEPS:]
    last = max([pack.ms(now), *(at + 1 for at in told[-1:])])  # Redis may be ahead of us
    begin = min([pack.ms(history.since or now), *told[:1]]) if len(told) < MOST_STEPS else told[0]
    instants = sorted({begin, *told, last})
    return {
        "since": begin / 1000,
        "at": last / 1000,
        "x": [at / 1000 for at in instants],
        "lines": [
            {"name": x.name, "kind": x.kind, "values": x.values(instants, last)}
            for x in lines.values() if x.steps or x.now is not None
        ],
        "events": [
            {"at": pack.ms(x.at) / 1000, "kind": x.kind, "store": x.store, "order": x.order, "units": x.units}
            for x in history.events if begin <= pack.ms(x.at) <= last
        ],
    }  # fmt: skip


def lines_of(report: Mapping[str, Any]) -> dict[tuple[str, ...], Line]:
    """The warehouse and each listing at each location, by what the history knows them by."""
    found: dict[tuple[str, ...], Line] = {}
    for stock in report["stock"]:
        of = f" of {stock['sku']}" if len(report["stock"]) > 1 else ""
        units = sum(n for x in stock["products"] if not x["deleted"] for n in x["units"].values())
        found["level", stock["sku"]] = Line(f"Warehouse{of}", "level", units)
    for store, each in report["stores"].items():
        slips, many = each["slips"], len({x["ref"] for x in each["slips"]}) > 1
        for x in slips:
            place = f", {words.place(x['location'])}" if len({y["location"] for y in slips}) > 1 else ""
            name = f"{store}: {x['title'] or x['sku']}{place}" if many else f"{store}{place}"
            shown = x["shown"]["number"] if x["shown"] else None
            found[store, x["ref"], x["location"]] = Line(name, "store", shown)
    return found


def steps_of(rows: Sequence[Row], report: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], int, int | None, int]]:
    """What each row of the history did to which line: (line, when, before, after)."""
    units: dict[str, int] = {}
    skus = {stock["sku"] for stock in report["stock"]}
    seen: set[tuple[object, ...]] = set()
    for row in rows:
        if row["what"] == "level" and row["sku"] in skus:
            before, after = _sum(row["from"]), _sum(row["to"])
            yield ("level", row["sku"]), row["at"], units.get(row["sku"], before), after
            units[row["sku"]] = after
        elif row["what"] in ("write", "store") and row.get("to") is not None:
            step = (row["store"], row["ref"], row["location"]), row["at"], row.get("from"), row["to"]
            if step not in seen:  # a bundle's history stands under each of its parts
                seen.add(step)
                yield step


def _sum(units: object) -> int:
    if isinstance(units, Mapping):
        return sum(int(each) for each in units.values())
    return int(units) if isinstance(units, int) else 0


def table(told: Mapping[str, Any]) -> list[tuple[str, list[int | None]]]:
    """The same as rows for who does not see the chart: (ISO 8601, the number of each line), the newest first."""
    rows = zip(*(line["values"] for line in told["lines"]), strict=True) if told["lines"] else ()
    instants = [pack.at(round(x * 1000)).isoformat() for x in told["x"]]
    return [(at, list(values)) for at, values in zip(instants, rows, strict=False)][::-1]
