"""One listing's number as an accountant's slip: values in, JSON-ready values out. Asks nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bridge.core.availability import Target
from bridge.core.guard import Hold
from bridge.core.health import UNVERIFIED
from bridge.core.model import Skip, StoreRules
from bridge.core.plan import Decision
from bridge.core.sku import called_sku
from bridge.ops import words
from bridge.ops.facts import Item
from bridge.sync.warehouses import called

HINTS: Mapping[Skip, str] = {
    Skip.NO_SKU: "give it a SKU in the store",
    Skip.UNMAPPED: "see `stockbridge unmapped`; a line under [stores.NAME.map] joins different names",
    Skip.AMBIGUOUS_MATCH: 'name the right one under [stores.NAME.map], or set match = "exact"',
    Skip.DUPLICATE: 'remove one of them, or set duplicates = "all"',
    Skip.EXCLUDED: "the keys `only` and `sync` decide",
    Skip.UNMAPPED_LOCATION: "add the location to `locations`",
    Skip.UNKNOWN_WAREHOUSE: "correct `locations` or `warehouses`; `stockbridge status` names the warehouses there are",
    Skip.UNREPORTED: "have the till report it; `stockbridge status` tells when each till last reported",
    Skip.SILENT_TILL: "see that the till reports; `stockbridge status` tells when it last did",
    Skip.NOT_STOCKED: "stock it there in the store",
    Skip.DOWN_ONLY: 'set direction = "both" to raise it',
    Skip.TWO_PRODUCTS: "archive one of them in the warehouse",
    Skip.NOT_BELIEVED: "`stockbridge status` says why; have the warehouse correct its row",
    Skip.NEAR_LINE: "`stockbridge status` names the line and what to do",
    Skip.REPORT_ONLY: "set heal = true to correct it",
}


@dataclass(frozen=True)
class Around:
    """What besides the numbers decides about the next step in one store. refused: the store's reason.
    entries: what is remembered of the listing's parts, oldest first. names: of the warehouses, by id. readable: see
    `connectors.base.Capabilities`."""

    rules: StoreRules
    writes_on_hand: bool
    paused: bool
    shadow: bool
    breaker: str | None
    due: bool
    refused: str | None
    entries: Sequence[Mapping[str, Any]]
    names: Mapping[str, str] = field(default_factory=dict)
    readable: bool = True


def slip(item: Item, d: Decision, hold: Hold | None, around: Around) -> dict[str, Any]:
    """The slip of one listing at one location. The units of "lines" add up to "target"."""
    shown = d.known and {
        "number": d.shown, "available": d.known.available, "committed": d.known.committed,
        "on_hand": d.known.on_hand, "read_at": words.iso(d.known.at), "sure": d.known.sure,
    }  # fmt: skip
    lines = []
    for x in d.target.lines if d.target else ():  # a warehouse is called by its name as well
        named = x.warehouse and x.what.replace(x.warehouse, called(x.warehouse, around.names), 1)
        lines.append({"what": named or x.what, "units": x.units})
    return {
        "store": around.rules.store,
        "sku": item.inputs.listing.sku,
        "title": item.inputs.listing.title,
        "ref": d.stock_key.ref,
        "location": d.stock_key.location,
        "lines": lines,
        "target": d.target and d.target.available,
        "held_at": d.offer if d.held else None,
        "own_committed": d.target.own_committed if d.target and around.writes_on_hand else None,
        "quantity": d.quantity,
        "writes": "on-hand" if around.writes_on_hand else "stock quantity",
        "shown": shown,
        "readable": around.readable,
        "parts": parts(item, d.target) if d.target else [],
        "rules": rules_of(around.rules, d.target) if d.target else None,
        "last_write": last_write(d, around.entries),
        "next": next_step(d, hold, around),
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


def next_step(d: Decision, hold: Hold | None, around: Around) -> str:
    """What happens next, or why nothing does: one sentence."""
    if d.skip is not None:
        hint = HINTS.get(d.skip)
        return f"It is left as it is: {d.skip.value}{f'; {hint}' if hint else ''}."
    if d.held and hold is not None:
        if hold.decision == "reject":
            return "Its lowering was rejected; it stays where it is until the warehouse counts something else."
        since, decide = words.stamp(hold.since), f"`stockbridge release {around.rules.store}`"
        return f"It is held since {since} ({hold.why}); decide with {decide}, with or without --reject."
    if d.has_change:
        return _waits(around)
    return f"Nothing: the store {'shows what it should' if around.readable else f'took its number; {UNVERIFIED}'}."


def _waits(around: Around) -> str:
    store = around.rules.store
    if around.refused is not None:
        when = f"when it changes, or by `stockbridge resync {store}`"
        return f"The store refused it ({around.refused}); it is tried again {when}."
    if around.shadow:
        return f"Nothing is written: {store} is in shadow mode, until `shadow` is taken out of its table."
    if around.paused:
        return f"It waits, because the store is paused; go on with `stockbridge resume {store}`."
    if around.breaker is not None:
        return f"It waits for the store: {around.breaker}"
    return "It is due and is written with the next cycle." if around.due else "The next full reading makes it due."
