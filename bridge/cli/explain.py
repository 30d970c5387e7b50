"""`explain`: why does the shop say 7?"""

from collections.abc import Mapping
from typing import Any

from bridge.cli import incoming, table, tills
from bridge.cli.begin import chosen_stores, opened
from bridge.cli.options import Config, Json, MaybeStore, Offline, Sku
from bridge.cli.slip import findings, printed
from bridge.ops import words
from bridge.ops.explain.report import explained

SHOWN = 5
"""Entries of the warehouse's own history below a slip."""


def explain(
    sku: Sku, store: MaybeStore = None, offline: Offline = False, config: Config = None, as_json: Json = False
) -> None:
    """Why does the shop say 7?

    An accountant's slip for every listing of a SKU: what the warehouse holds, less what is sold or has
    left, each rule, the target, what is written, what the store shows, its last reply, the next step.

    SKU is one of the warehouse (then every listing that takes pieces of it), one of a store, or a name.
    """
    with opened(config) as context:
        report = explained(context, sku, chosen_stores(context, store), offline=offline)
    if as_json:
        table.print_json(report)
    else:
        for stock in report["stock"]:
            _print_stock(stock)
        for x in (one for found in report["stores"].values() for one in found["slips"]):
            where = f", location {words.place(x['location'])}" if x["location"] else ""
            table.line(f"{x['store']}: {x['sku']}, {x['title']}{where}", gap=True)
            for text in findings(x):
                table.line(text)
            table.facts(printed(x), indent="  ")
        for name, found in report["stores"].items():
            if not found["slips"]:
                table.line(f"{name}: no listing has it.", gap=True)
        _print_warehouse_history(report["warehouse_history"])


# -- for people ----------------------------------------------------------------------------------------


def _print_stock(stock: Mapping[str, Any]) -> None:
    table.line(f"warehouse: {stock['sku']}")
    rows = []
    for x in stock["products"]:
        held = "deleted" if x["deleted"] else ", ".join(f"{name}: {n}" for name, n in x["held"].items()) or "none"
        doubt = f"; not believed, because {x['doubt']}" if x["doubt"] else ""
        said = f"{held}, as of {words.readable_time(x['updated_at'])}{doubt}"
        what = f"product {x['product']}" if x["packing"] is None else "full cartons of"
        rows.append((f"{what} {x['name']}".rstrip(), said))
        rows.append(("  described as", x["description"]))
        if p := x["packing"]:
            sizes = " × ".join(map(str, p["dimensions_mm"]))
            rows.append(("each of them", f"{p['pieces']} of {p['sku']}, {sizes} mm, {p['weight_g']} g"))
    rows += [tills.printed(x) for x in stock["shelves"]]
    rows += [incoming.printed(found)] if (found := stock["incoming"]) else []
    for x in stock["unconfirmed"]:
        left, expires = words.readable_time(x["left_at"]), words.readable_time(x["let_go_at"])
        said = f"{x['units']} since {left}, not counted by the warehouse; expires at {expires}"
        rows.append((f"shipped by {x['store']}, {x['number'] or x['order']}", said))
    for store, orders in stock["committed"].items():
        numbers = stock["numbers"][store]
        named = {order: numbers[order] if numbers[order] != order else words.place(order) for order in orders}
        rows.append((f"open in {store}", ", ".join(f"{named[order]}: {n}" for order, n in orders.items())))
    table.facts(rows, indent="  ")


def _print_warehouse_history(told: Mapping[str, Any]) -> None:
    """The last entries of it; `history` has them all."""
    last = told["entries"][-SHOWN:]
    if last:
        table.line("lately at 3PLGuys", gap=True)
        facts_ = [(words.readable_time(x["at"]), f"{x['of']}: {x['what']}, by {x['by']}") for x in last]
        table.facts(facts_, indent="  ")
    if told["error"]:
        table.line(told["error"], gap=not last)
