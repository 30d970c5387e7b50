"""What tills reported, for `status`, `unmapped` and `explain`: rows for JSON, and how people read them."""

from collections.abc import Callable, Container, Mapping, Sequence
from datetime import datetime
from typing import Any

from bridge.cli import table
from bridge.config import Settings
from bridge.core.text import few
from bridge.ops import words
from connectors.items import load_items

MOST_WARNINGS = 20


def checked(settings: Settings, known: Callable[[Sequence[str]], Container[str]] | None = None) -> dict[str, Any]:
    """Till → its store codes, how many products its items file lists, and what a person should read. known: source SKUs
    → those that the warehouse knows; None: nobody can tell."""
    used = [store.rules.everywhere for store in settings.stores.values()]
    found: dict[str, Any] = {}
    for name, till in settings.inbound.items():
        items = load_items(till.items)
        warnings = [
            f'no store may ship from "{w}", so what is reported there is sold nowhere; name it under `warehouses` or'
            " `locations` of a store"
            for w in sorted(set(till.stores.values())) if not any(places is None or w in places for places in used)
        ]  # fmt: skip
        skus = sorted({item.sku for item in items.by_ref.values()})
        there = set(skus) if known is None else known(skus)
        if strange := [sku for sku in skus if sku not in there]:
            warnings.append(f"the warehouse knows no such SKU, so its shelf is not sold from: {few(strange)}")
        warnings += items.warnings
        if (rest := len(warnings) - MOST_WARNINGS) > 0:
            warnings[MOST_WARNINGS:] = [f"and {rest} more like these"]
        found[name] = {"stores": dict(sorted(till.stores.items())), "items": len(items.by_ref), "warnings": warnings}
    return found


# -- for people ----------------------------------------------------------------------------------------


def print_checked(found: Mapping[str, Any]) -> None:
    for name, till in found.items():
        codes = ", ".join(f"store {code} ({warehouse})" for code, warehouse in till["stores"].items())
        table.line(f"{'ok':<8}  till {name}: {till['items']} in the items file; {codes}")
        for warning in till["warnings"]:
            table.line(f"          {warning}")


def print_states(states: Mapping[str, Any], now: datetime) -> None:
    for name, till in states.items():
        table.line(f"till {name}", gap=True)
        rows = []
        for code, x in till["stores"].items():
            said = "never" if x["reported_at"] is None else words.ago(datetime.fromisoformat(x["reported_at"]), now)
            rows.append(
                (f"store {code} ({x['warehouse']})", f"last reported {said}{', silent' if x['silent'] else ''}")
            )
        unknown = f"{till['unknown']}, which its items file does not list; see `stockbridge unmapped`"
        table.facts([*rows, ("unknown products", unknown if till["unknown"] else None)], indent="  ")


def print_unknown(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    for name, rows in found.items():
        if rows:
            table.line(f"till {name}: {len(rows)} reported that its items file does not list; their counts are kept")
            shown = [[x["product"], x["store"], x["units"], words.readable_time(x["reported_at"])] for x in rows]
            table.show(("product of the till", "store", "units", "reported"), shown)
            table.line()


def printed(x: Mapping[str, Any]) -> tuple[str, str]:
    """One row of `counted` as name and value."""
    silent = "; the till has fallen silent since" if x["silent"] else ""
    said = f"{x['units']} in {x['warehouse']}, as of {words.readable_time(x['reported_at'])}{silent}"
    return f"till {x['till']}, store {x['store']}, {x['product']}", said
