"""What the page of one SKU shows: the discrepancy first, then how each number comes about, then what happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.core.finding import FindingCode
from bridge.ops import words
from bridge.ops.incoming import on_the_way
from bridge.web.views.lists import Column, ListSpec, Row, Shown, paged
from bridge.web.written import plural, query

NAMES: Mapping[str, str] = {
    FindingCode.IN_FLIGHT: "A write is in flight",
    FindingCode.EDITED: "Changed by hand in the store",
    FindingCode.CHANGED_BESIDE: "Changed, and it is not known by whom",
    FindingCode.NOT_LANDED: "Written, and never arrived",
    FindingCode.NOT_APPLIED: "Claimed, but not applied",
    FindingCode.ORDER_NOT_TOLD: "An order that was not told yet",
    FindingCode.LEVEL: "The warehouse counts otherwise since",
    FindingCode.ORDERS: "Orders moved it since",
    FindingCode.RULES: "A rule is another one since",
    FindingCode.FIRST: "Not written yet",
    FindingCode.MOVED: "It moved since it was sent",
    FindingCode.UNVERIFIED: "Nobody can tell what it took",
    FindingCode.FRACTION: "Shows a fraction",
    FindingCode.HELD: "Held for approval",
    FindingCode.REJECTED: "Rejected by a person",
    FindingCode.REFUSED: "Refused by the store",
    FindingCode.SHADOW: "Shadow mode",
    FindingCode.PAUSED: "The store is paused",
    FindingCode.RESTING: "The store rests",
    FindingCode.NO_PROOF: "Waits for proof",
    FindingCode.SILENT_TILL: "A till is silent",
    FindingCode.TWO_PRODUCTS: "Two products with one SKU",
    FindingCode.NOT_BELIEVED: "A row of the warehouse is not believed",
    FindingCode.NEAR_LINE: "An order line may be of it",
    FindingCode.DOWN_ONLY: "Only ever lowered",
    FindingCode.REBUILDING: "The state is being rebuilt",
    FindingCode.NOT_EXPLAINED: "Not explained",
}
"""What a finding is called; what is left alone says why itself."""

ACTS: Mapping[str, Sequence[str]] = {
    FindingCode.HELD: ("release", "reject"), FindingCode.REJECTED: ("release",), FindingCode.REFUSED: ("retry",),
    FindingCode.PAUSED: ("resume",), FindingCode.RESTING: ("resume",),
}  # fmt: skip
"""Finding → what its buttons do; see `views.actions`."""

PERSON = frozenset({*ACTS, FindingCode.NOT_APPLIED, FindingCode.NOT_EXPLAINED, FindingCode.TWO_PRODUCTS})
SENT = frozenset({FindingCode.HELD, FindingCode.REJECTED, FindingCode.REFUSED})
"""Findings of one stock key, whose buttons name it."""

ALONE = "Left alone"
URGENCY = ("failing", "late", "green", "")


@dataclass(frozen=True, slots=True)
class Piece:
    """One finding. units: as it adds up to the difference; None: not known. acts: (address, name of an act)."""

    code: str
    name: str
    units: int | None
    evidence: str
    next: str
    acts: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Offer:
    """One listing at one location. slip: how its number comes about. tone: a light, "" where it is left alone."""

    store: str
    sku: str
    title: str
    place: str
    shown: int | None
    should_show: int | None
    difference: int | None
    unit: str
    pieces: Sequence[Piece]
    tone: str
    slip: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sku:
    """light: the worst of its offers. names: what it is called. nowhere: stores that do not sell it."""

    sku: str
    light: str
    headline: str
    names: Sequence[str]
    offers: Sequence[Offer]
    nowhere: Sequence[str]
    stock: Sequence[Mapping[str, Any]]
    incoming: Mapping[str, Any] | None
    sellers: Sequence[str]


def view(report: Mapping[str, Any], told_incoming: Mapping[str, Any] | None, back: str) -> Sku:
    """report: of `explain`. back: the address of the page, where buttons lead back to."""
    stores = report["stores"]
    offers = [offer_of(x, back) for each in stores.values() for x in each["slips"]]
    names = [x["name"] for stock in report["stock"] for x in stock["products"] if stock["sku"] == report["sku"]]
    names += [offer.title for offer in offers if offer.sku == report["sku"]]
    tones = {offer.tone for offer in offers}
    return Sku(
        sku=report["sku"],
        light=next((tone for tone in URGENCY[:2] if tone in tones), "green"),
        headline=headline(offers),
        names=list(dict.fromkeys(filter(None, names))),
        offers=sorted(offers, key=lambda x: (URGENCY.index(x.tone), x.store, x.title, x.place)),
        nowhere=[store for store, each in stores.items() if not each["slips"]],
        stock=report["stock"],
        incoming=on_the_way(told_incoming, report["sku"]),
        sellers=[store for store, each in stores.items() if each["slips"]],
    )


def headline(offers: Sequence[Offer]) -> str:
    if not offers:
        return "No store sells it."
    wrong = [x for x in offers if x.tone in ("late", "failing")]
    alone = sum(not x.tone for x in offers)
    left = f" {plural(alone, 'listing')} left alone." if alone else ""
    if not wrong:
        return ("Every store shows what it should." if alone < len(offers) else "No store is written.") + left
    shows = "shows" if len(wrong) == 1 else "show"
    return f"{plural(len(wrong), 'listing')} of {len(offers)} {shows} something else than it should.{left}"


def offer_of(slip: Mapping[str, Any], back: str) -> Offer:
    pieces = [piece_of(slip, x, back) for x in slip["findings"]]
    alone = slip["target"] is None
    tone = "late" if slip["difference"] or any(x.units is None for x in pieces) else "green"
    tone = "failing" if any(x.code in PERSON for x in pieces) else tone
    return Offer(
        store=slip["store"], sku=slip["sku"], title=slip["title"], place=words.place(slip["location"]),
        shown=shown_of(slip), should_show=slip["should_show"],
        difference=slip["difference"], unit=slip["writes"], pieces=pieces, tone="" if alone else tone, slip=slip,
    )  # fmt: skip


def shown_of(slip: Mapping[str, Any]) -> int | None:
    """What the store shows, in units of the kind that is written there; None: nobody knows."""
    if slip["difference"] is not None:
        return int(slip["should_show"] + slip["difference"])
    return slip["shown"]["number"] if slip["shown"] else None


def piece_of(slip: Mapping[str, Any], found: Mapping[str, Any], back: str) -> Piece:
    code, at = found["code"], f"/stores/{slip['store']}/do"
    chosen = {"ref": slip["ref"], "location": slip["location"]} if code in SENT else {}
    acts = [(f"{at}/{act}{query({**chosen, 'back': back})}", act) for act in ACTS.get(FindingCode(code), ())]
    return Piece(code, NAMES.get(code, ALONE), found["units"], found["evidence"], found["next"], acts)


# -- history -------------------------------------------------------------------------------------------

WHAT: Mapping[str, str] = {
    "level": "warehouse counts", "shelf": "till counts", "store": "store changed", "write": "written",
    "refused": "refused", "untracked": "left to the store", "expired": "shipment expired", "pause": "paused",
    "resume": "resumed", "release": "released", "reject": "rejected", "rollback": "rolled back",
    "resync": "resync asked for", "confirm-absent": "what is absent confirmed as gone",
    "catalog-create": "created at 3PLGuys", "catalog-change": "changed at 3PLGuys",
    "catalog-delete": "deleted at 3PLGuys", "catalog-restore": "restored at 3PLGuys",
}  # fmt: skip

HISTORY = ListSpec(
    "History", "", "Nothing is remembered of it.",
    (
        Column("when", "When", "time"), Column("said", "What"), Column("store", "Store", "store"),
        Column("place", "Location"), Column("before", "From"), Column("after", "To"), Column("run", "Run", "run"),
        Column("who", "Who"), Column("why", "Why", "why"),
    ),
)  # fmt: skip


def history(rows: Sequence[Row], page: int, address: str) -> Shown:
    """The history, the newest first."""
    told = told_history(rows)
    return paged("history", HISTORY, told, f"{address}/history.csv", every=told, page=page, address=address)


def told_history(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows of the history for people and spreadsheets, the newest first."""
    return [
        {
            "when": words.iso(words.moment(row["at"])), "said": WHAT.get(row["what"], row["what"]),
            "store": row.get("store", ""), "place": words.place(row.get("location", "")),
            "before": None if row.get("from") is None else words.units(row["from"]),
            "after": None if row.get("to") is None else words.units(row["to"]), "run": row.get("run", ""),
            "who": row.get("by", "") or (f"till {row['till']}" if row.get("till") else ""), "why": row.get("why", ""),
        }
        for row in reversed(rows)
    ]  # fmt: skip
