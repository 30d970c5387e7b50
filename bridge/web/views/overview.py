"""What the overview shows: the light, what needs a person, a card per store, the warehouse, the last runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.core.health import Light
from bridge.state import pack
from bridge.sync.report import BUSY, PAUSED
from bridge.web.views.sparkline import Sparkline, sparkline
from bridge.web.written import plural

Report = Mapping[str, Any]

FEED = 12
"""Runs that the feed shows."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not well. store: whose it is, "" where it is of all. sentence: without its name."""

    light: str
    store: str
    sentence: str
    person: bool


@dataclass(frozen=True, slots=True)
class Count:
    """One number of a card. tone: "person" where somebody must act, "time" where it passes by itself."""

    label: str
    value: int
    tone: str
    address: str


@dataclass(frozen=True, slots=True)
class Card:
    """One store. light: a light's word, or "paused". why: the worst that is found of it, unless its counts say it."""

    name: str
    light: str
    word: str
    why: str
    counts: Sequence[Count]
    mapped: int
    read_at: str | None
    read_word: str
    run: Mapping[str, Any] | None
    spark: Sparkline | None
    request: str

    @property
    def address(self) -> str:
        return f"/stores/{self.name}"


@dataclass(frozen=True, slots=True)
class Overview:
    """person: what waits for somebody. passing: what passes by itself, or is thought to."""

    at: str
    light: str
    sentence: str
    headline: str
    title: str
    person: Sequence[Finding]
    passing: Sequence[Finding]
    cards: Sequence[Card]
    source: Mapping[str, Any]
    budget: Mapping[str, Any] | None
    parts: Sequence[tuple[str, bool, str | None]]
    expiring: Sequence[Mapping[str, Any]]
    feed: Sequence[Mapping[str, Any]]


HEADLINES = {"green": "All is well", "late": "Not quite", "failing": "Standing still"}
NEEDED = "Needs you"


def view(report: Report) -> Overview:
    """report: see `bridge.status_report`."""
    found = [_finding(each) for each in report["findings"]]
    person = [each for each in found if each.person]
    cards = [_card(report, name) for name in report["stores"]]
    headline = NEEDED if report["person"] else HEADLINES[report["light"]]
    return Overview(
        at=report["at"],
        light=report["light"],
        sentence=report["sentence"],
        headline=headline,
        title=headline if report["light"] == Light.GREEN.word else f"{headline} ({len(found)})",
        person=person,
        passing=[each for each in found if not each.person],
        cards=sorted(cards, key=_urgency),
        source=report["source"],
        budget=report["source"]["budget"],
        parts=[(name, part["ready"], part["seen"]) for name, part in report["parts"].items() if name != "source"],
        expiring=report["expiring"],
        feed=feed(report["runs"])[:FEED],
    )


def feed(runs: Sequence[Mapping[str, Any]], store: str | None = None) -> list[dict[str, Any]]:
    """A row for each store of each run, the latest first. store: of that one alone."""
    return [
        {**did, "at": pack.at(run["at"]).isoformat(), "run": run["run"], "store": name,
         "failed": is_failed(did["error"])}
        for run in runs for name, did in run["stores"].items() if store in (None, name)
    ]  # fmt: skip


def is_failed(error: str | None) -> bool:
    """Whether a run's sentence is one of trouble: to be paused or busy is none."""
    return error not in (None, PAUSED, BUSY)


def _finding(found: Mapping[str, Any]) -> Finding:
    store = found["store"]
    return Finding(found["light"], store, found["sentence"].removeprefix(f"{store}: "), found["person"])


def _card(report: Report, name: str) -> Card:
    store = report["stores"][name]
    found = [x for x in report["findings"] if x["store"] == name]
    light = found[0]["light"] if found else Light.GREEN.word
    word = HEADLINES[light]
    if any(x["person"] for x in found):
        word = NEEDED
    if store["paused"]:
        light, word = ("paused" if light == Light.GREEN.word else light), "Paused"
    counted, worst = counts(name, store), found[0] if found else None
    runs = feed(report["runs"], name)
    says_more = worst is not None and (not counted or worst["light"] == Light.FAILING.word)
    return Card(
        name=name,
        light=light,
        word=word,
        why=worst["sentence"].removeprefix(f"{name}: ") if worst and says_more else "",
        counts=counted,
        mapped=store["mapped"],
        read_at=store["read_at"],
        read_word="read" if store["readable"] else "reached",
        run=next(iter(runs), None),
        spark=sparkline([run["applied"] for run in runs]),
        request=request_progress(store),
    )


def counts(name: str, store: Mapping[str, Any]) -> list[Count]:
    """What of a store is not done, each with where the page lists it; what is 0 is left out."""
    found = [
        Count("held for approval", store["waiting"], "person", f"/stores/{name}/held"),
        Count("in quarantine", store["quarantined"], "person", f"/stores/{name}/quarantine"),
        Count("rejected, still on offer", store["rejected"], "person", f"/stores/{name}/held"),
        Count("mapped no longer", store["orphaned"], "person", f"/stores/{name}/unmapped"),
        Count("drifting", store["drifting"], "time", f"/stores/{name}/drift"),
        Count("due", store["due_now"], "time", f"/stores/{name}/changes"),
        Count("in flight", store["in_flight"], "time", f"/stores/{name}/changes"),
    ]
    return [each for each in found if each.value]


def request_progress(store: Mapping[str, Any]) -> str:
    """How far a resync is that somebody asked for; "" when none is."""
    asked = store["requests"]
    if asked["finished"] >= asked["requested"]:
        return ""
    what = "Full resync" if asked["whole"] else "Resync"
    if asked["acknowledged"] < asked["requested"]:
        return f"{what}: waits for a worker."
    return f"{what}: read; {plural(store['due_now'], 'listing')} to go."


def _urgency(card: Card) -> tuple[int, int, str]:
    order = {"failing": 0, "late": 1, "paused": 2, "green": 3}
    return (0 if any(each.tone == "person" for each in card.counts) else 1, order[card.light], card.name)
