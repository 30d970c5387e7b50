"""One listing's number as an accountant's slip: values in, JSON-ready values out. Asks nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.core.availability import Target
from bridge.core.finding import Circumstances, Discrepancy
from bridge.core.health import UNVERIFIED
from bridge.core.model import Skip, StoreRules
from bridge.core.plan import Decision
from bridge.core.remedy import HINTS
from bridge.core.sku import called_sku
from bridge.ops import words
from bridge.ops.facts import Item
from bridge.sync.warehouses import called
from connectors.base import Capabilities


@dataclass(frozen=True)
class Beside:
    """What besides the numbers stands on the slips of one store. entries: what is remembered of the listing's parts,
    oldest first. names: of the warehouses, by id. around, discrepancy: of the stock key."""

    rules: StoreRules
    can: Capabilities
    entries: Sequence[Mapping[str, Any]]
    names: Mapping[str, str]
    around: Circumstances
    discrepancy: Discrepancy


def slip(item: Item, d: Decision, beside: Beside) -> dict[str, Any]:
    """The slip of one listing at one location. The units of "lines" add up to "target", those of "findings" to
    "difference"."""
    writes_on_hand, found = beside.can.writes == "on_hand", beside.discrepancy
    shown = d.known and {
        "number": d.shown, "available": d.known.available, "committed": d.known.committed,
        "on_hand": d.known.on_hand, "read_at": words.iso(d.known.at), "sure": d.known.sure,
    }  # fmt: skip
    lines = []
    for x in d.target.lines if d.target else ():  # a warehouse is called by its name as well
        named = x.warehouse and x.what.replace(x.warehouse, called(x.warehouse, beside.names), 1)
        lines.append({"what": named or x.what, "units": x.units})
    return {
        "store": beside.rules.store,
        "sku": item.inputs.listing.sku,
        "title": item.inputs.listing.title,
        "ref": d.stock_key.ref,
        "location": d.stock_key.location,
        "lines": lines,
        "target": d.target and d.target.available,
        "held_at": d.offer if d.held else None,
        "own_committed": d.target.own_committed if d.target and writes_on_hand else None,
        "quantity": d.quantity,
        "writes": "on-hand" if writes_on_hand else "stock quantity",
        "shown": shown,
        "readable": beside.can.readable,
        "parts": parts(item, d.target) if d.target else [],
        "rules": rules_of(beside.rules, d.target) if d.target else None,
        "last_write": last_write(d, beside.entries),
        "should_show": found.should_show,
        "difference": found.difference,
        "findings": [
            {"code": x.code.value, "units": x.units, "evidence": x.evidence, "next": x.next} for x in found.findings
        ],
        "next": next_step(d, beside),
    }


def parts(item: Item, target: Target) -> list[dict[str, Any]]:
    """What a bundle is made of, and how many each part would allow. Empty for a plain listing."""
    made = item.inputs.parts
    if isinstance(made, Skip) or (len(made) == 1 and next(iter(made.values())) == 1):
        return []
    rows = []
    for sku, pieces in made.items():
        free = sum(n for w, n in item.pools[sku].free.items() if target.warehouses is None or w in target.warehouses)
        scarcest = sku == target.pool.stock.sku
        rows.append(
            {"sku": called_sku(sku), "pieces": pieces, "free": free, "makes": free // pieces, "scarcest": scarcest}
        )
    return rows


def rules_of(rules: StoreRules, target: Target) -> dict[str, Any]:
    """Every rule in force for this listing, those that change nothing too."""
    rule = target.rule
    return {
        "buffer": rule.buffer or 0,
        "share": "100%" if rule.share is None else f"{float(rule.share * 100):g}%",
        "cap": rule.cap,
        "warehouses": "all" if target.warehouses is None else sorted(target.warehouses),
        "direction": rules.direction,
        "duplicates": rules.duplicates,
        "match": rules.match,
        "heal": "on" if rules.heal else "off",
    }


def last_write(d: Decision, entries: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The newest word of the store about a write to this stock key."""
    said = [
        x for x in entries
        if x["what"] in ("write", "refused") and (x["ref"], x["location"]) == (d.stock_key.ref, d.stock_key.location)
    ]  # fmt: skip
    if not said:
        return None
    newest = said[-1]
    reply = "applied" if newest["what"] == "write" else f"refused: {newest['why']}"
    return {
        "at": words.iso(words.moment(newest["at"])), "from": newest.get("from"), "to": newest["to"],
        "reply": reply, "run": newest["run"],
    }  # fmt: skip


def next_step(d: Decision, beside: Beside) -> str:
    """What happens next, or why nothing does: one sentence."""
    hold, store = beside.around.hold, beside.rules.store
    if d.skip is not None:
        hint = HINTS.get(d.skip)
        return f"It is left as it is: {d.skip.value}{f'; {hint}' if hint else ''}."
    if d.held and hold is not None:
        if hold.decision == "reject":
            return "Its lowering was rejected; it stays where it is until the warehouse counts something else."
        since, decide = words.stamp(hold.since), f"`stockbridge release {store}`"
        return f"It is held since {since} ({hold.why}); decide with {decide}, with or without --reject."
    if d.has_change:
        return _waits(store, beside.around)
    shows = "shows what it should" if beside.can.readable else f"took its number; {UNVERIFIED}"
    return f"Nothing: the store {shows}."


def _waits(store: str, around: Circumstances) -> str:
    if around.refused is not None:
        when = f"when it changes, or by `stockbridge resync {store}`"
        return f"The store refused it ({around.refused}); it is tried again {when}."
    if around.shadow:
        return f"Nothing is written: {store} is in shadow mode, until `shadow` is taken out of its table."
    if around.paused:
        return f"It waits, because the store is paused; go on with `stockbridge resume {store}`."
    if around.breaker is not None:
        return f"It waits for the store: {around.breaker.why}"
    return "It is due and is written with the next cycle." if around.due else "The next full reading makes it due."
