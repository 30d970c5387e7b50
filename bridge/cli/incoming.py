"""`incoming`: what is on its way to the warehouses."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from bridge.cli import spreadsheet, table
from bridge.cli.begin import opened
from bridge.cli.failing import NEEDS_A_PERSON, finish
from bridge.cli.options import Config, Json
from bridge.cli.spreadsheet import Csv
from bridge.ops import words
from bridge.ops.incoming import look_up

COLUMNS = ("shipment", "type", "status", "warehouse", "sku", "product", "carton", "units", "created_at", "updated_at")
Search = Annotated[str, typer.Option("--search", help="Only what has this in its SKU or notes.", metavar="TEXT")]


def incoming(search: Search = "", config: Config = None, as_json: Json = False, csv: Csv = False) -> None:
    """List what is on its way to the warehouses.

    Asked for at this moment, with a token of the scope `shipments`. None of it is counted as stock: that begins when
    the warehouse has received it. `explain` shows what was told here last.
    """
    with opened(config, may_begin=True) as context:
        told = look_up(context)
    shipments = [x for x in told["shipments"] if _has(x, search)]
    if as_json:
        table.print_json({**told, "shipments": shipments})
    elif csv:
        spreadsheet.print_csv(COLUMNS, [line for x in shipments for line in _lines(x)])
    else:
        rows = [
            [x["shipment"], x["type"], x["status"], x["warehouse_name"] or x["warehouse"], line["what"], line["units"],
             words.readable_time(x["created_at"])]
            for x in shipments for line in _lines(x)
        ]  # fmt: skip
        table.show(("shipment", "type", "status", "to", "of", "units", "since"), rows)
        table.line("Nothing is on its way." if not rows else "On the way, not counted as stock.")
    for each in told["unreadable"]:
        table.note(f"A shipment (id {each['id'] or 'unknown'}) cannot be read, and is left out: {each['why']}.")
    finish(NEEDS_A_PERSON if told["unreadable"] else 0)


def _has(shipment: Mapping[str, Any], search: str) -> bool:
    texts = [shipment["notes"], *(item["sku"] for item in shipment["items"] or ())]
    return not search or any(search.casefold() in text.casefold() for text in texts if text)


def _lines(shipment: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One for each item; one alone where nothing is told of what it holds."""
    head = {name: shipment.get(name) for name in COLUMNS}
    if not shipment["items"]:
        yield {**head, "what": "what it holds is not told" if shipment["items"] is None else "nothing"}
    for item in shipment["items"] or ():
        what = f"cartons of type {item['carton']}" if item["carton"] else item["sku"] or f"product {item['product']}"
        yield {**head, **item, "what": what}


def printed(found: Mapping[str, Any]) -> tuple[str, str]:
    """What `explain` says of it."""
    each = ", ".join(f"{x['units']} in {x['shipment']} ({x['status']})" for x in found["shipments"])
    return "on the way, not counted", f"{each}; as of {words.readable_time(found['as_of'])}"
