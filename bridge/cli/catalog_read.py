"""`catalog products|cartons list`, `show`, `history` and `export`: what 3PLGuys says, asked for at this moment."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.cli import spreadsheet, table
from bridge.cli.begin import opened
from bridge.cli.catalog_kinds import CARTONS, PRODUCTS, Kind, cells, contents, for_kind
from bridge.cli.failing import NEEDS_A_PERSON, finish
from bridge.cli.options import Config, Json
from bridge.cli.spreadsheet import Csv
from bridge.errors import ConfigError
from bridge.ops import catalog, words
from bridge.sync import warehouses
from bridge.threeplguys.cartons import Carton, CartonLevel, HistoryEntry
from bridge.threeplguys.parse import BadRow, Product

Search = Annotated[str, typer.Option("--search", help="Only what has this in its name or SKU.", metavar="TEXT")]
Sort = Annotated[
    str, typer.Option("--sort", help="name, sku (of products), created or updated; -created: downward.", metavar="KEY")
]
Deleted = Annotated[bool, typer.Option("--deleted", help="What is deleted, too.")]
Limit = Annotated[int, typer.Option("--limit", min=0, help="So many at most; 0: all. 50 are one request.")]
Entries = Annotated[int, typer.Option("--limit", min=1, help="So many entries at most. 50 are one request.")]
Named = Annotated[str, typer.Argument(help="SKU or id of the product; id of the carton type.", metavar="WHICH")]
Output = Annotated[Path | None, typer.Option("--output", help="Write to this file.", metavar="FILE")]


def things_list(  # noqa: PLR0913, PLR0917  (each is an option)
    kind: Kind[Any], search: Search = "", sort: Sort = "-created", deleted: Deleted = False, limit: Limit = 500,
    config: Config = None, as_json: Json = False, csv: Csv = False,
) -> None:  # fmt: skip
    """List {nouns}.

    As 3PLGuys has them at this moment, the newest first.
    """
    column = kind.sorts.get(sort.removeprefix("-"))
    if column is None:
        raise ConfigError(f'{kind.nouns} cannot be sorted by "{sort}"; say {", ".join(kind.sorts)}, "-" before it.')
    found, bad, whole = dict[str, Any](), list[BadRow](), True
    with opened(config, may_begin=True) as context, catalog.looked_up(context) as source:
        query = kind.query(search, sort_by=column, order="desc" if sort.startswith("-") else "asc")
        for rows in kind.things(source).in_order(query):
            bad += [row for row in rows if isinstance(row, BadRow)]
            good = [row for row in rows if not isinstance(row, BadRow)]
            found |= {kind.row(row)["id"]: row for row in good if deleted or not row.deleted}
            if limit and len(found) > limit:
                whole = False
                break
    _told(kind, list(found.values())[: limit or None], bad, as_json=as_json, csv=csv, whole=whole)


def _told(
    kind: Kind[Any], records: Sequence[Product | Carton], bad: Sequence[BadRow], *, as_json: bool, csv: bool,
    whole: bool = True,
) -> None:  # fmt: skip
    """Print a list; what of it cannot be read, and that there is more, goes to stderr."""
    unreadable = [{"id": row.product, "sku": row.sku, "why": row.reason} for row in bad]
    if as_json:
        told = [kind.row(record) for record in records]
        table.print_json({kind.nouns: told, "complete": whole, "unreadable": unreadable})
    elif csv:
        spreadsheet.print_csv(kind.columns, [kind.flat(record) for record in records])
    else:
        table.show(kind.shown, [cells(kind, record) for record in records])
        if not records:
            table.line(f"There are no such {kind.nouns}.")
    if not whole and not as_json:
        table.note(f"These are the first {len(records)}; --limit 0 lists all.")
    _tell_bad(kind, bad)
    finish(NEEDS_A_PERSON if bad else 0)


def _tell_bad(kind: Kind[Any], bad: Sequence[BadRow]) -> None:
    for row in bad:
        table.note(f"A {kind.noun} (id {row.product or 'unknown'}) cannot be read, and is left out: {row.reason}.")


def things_export(
    kind: Kind[Any], deleted: Deleted = False, output: Output = None, config: Config = None, as_json: Json = False
) -> None:
    """Print all {nouns} as CSV.

    `catalog {nouns} import` takes what it prints. The oldest come first. No cell of it is a formula to a spreadsheet.
    """
    with opened(config, may_begin=True) as context, catalog.looked_up(context) as source:
        rows = list(kind.things(source).every(kind.query(deleted=deleted)))
    bad = [row for row in rows if isinstance(row, BadRow)]
    records = [row for row in rows if not isinstance(row, BadRow)]
    if output is not None and not as_json:
        spreadsheet.write_csv(output, kind.columns, [kind.flat(x) for x in records])
        table.line(f"{len(records)} {kind.nouns} written to {output}.")
        _tell_bad(kind, bad)
        finish(NEEDS_A_PERSON if bad else 0)
        return
    _told(kind, records, bad, as_json=as_json, csv=True)


def things_history(
    kind: Kind[Any], which: Named, limit: Entries = 50, config: Config = None, as_json: Json = False, csv: Csv = False
) -> None:
    """What happened to a {noun} at 3PLGuys.

    The newest first, in the words of 3PLGuys.
    """
    with opened(config, may_begin=True) as context, catalog.looked_up(context) as source:
        record = kind.named(source, which)
        row = kind.row(record)
        entries = [x for x in islice(kind.things(source).history(row["id"]), limit) if isinstance(x, HistoryEntry)]
    told = [{"id": x.entry, "at": words.iso(x.at), "by": x.by, "what": x.description} for x in entries]
    if as_json:
        table.print_json({kind.noun: row, "history": told})
    elif csv:
        spreadsheet.print_csv(("at", "by", "what", "id"), told)
    else:
        table.line(kind.called(record))
        table.show(("at", "by", "what"), [[words.stamp(x.at), x.by, x.description] for x in entries])


def products_show(which: Named, config: Config = None, as_json: Json = False) -> None:
    """Show a product.

    As the catalogue of 3PLGuys has it at this moment; `stockbridge explain SKU` tells of its stock.
    """
    with opened(config, may_begin=True) as context, catalog.looked_up(context) as source:
        record = PRODUCTS.named(source, which)
    if as_json:
        table.print_json({"product": PRODUCTS.row(record)})
        return
    table.line(PRODUCTS.called(record))
    table.facts([("description", record.description), *_times(record)], indent="  ")


def cartons_show(which: Named, config: Config = None, as_json: Json = False) -> None:
    """Show a carton type: contents, size, weight, and how many there are.

    What planning an SPD shipment takes. Only full cartons are counted.
    """
    with opened(config, may_begin=True) as context, catalog.looked_up(context) as source:
        record = CARTONS.named(source, which)
        level = catalog.carton_level(source, record.carton)
        names = warehouses.known(context) | dict(level.warehouses if isinstance(level, CartonLevel) else {})
    doubt = "its stock list does not have it" if level is None else level.reason if isinstance(level, BadRow) else ""
    counts = level.cartons if isinstance(level, CartonLevel) else {}
    units = sum(x.units for x in record.contents)
    row = CARTONS.row(record) | {
        "dimensions_mm": list(record.dimensions.rounded), "weight_g": record.weight.rounded,
        "cartons": None if doubt else dict(counts), "doubt": doubt or (level and getattr(level, "doubt", "")) or None,
        "warehouses": {warehouse: names.get(warehouse, "") for warehouse in counts},
    }  # fmt: skip
    if as_json:
        table.print_json({"carton": row})
        return
    table.line(CARTONS.called(record))
    table.facts([*_packaging(record), *_times(record)], indent="  ")
    if doubt:
        table.line(f"  How many there are is not known: {doubt}.")
        return
    heads = ("warehouse", "full cartons", "units in them", "weigh (kg)")
    shown = [[warehouses.called(w, names), n, n * units, _kilos(record, n)] for w, n in sorted(counts.items())]
    all_ = sum(counts.values())
    table.show(heads, [*shown, ["all", all_, all_ * units, _kilos(record, all_)]])
    if row["doubt"]:
        table.note(f"These counts are not believed: {row['doubt']}.")


def _packaging(record: Carton) -> list[tuple[str, Any]]:
    length, width, height = record.dimensions.rounded
    volume = record.dimensions.length.base * record.dimensions.width.base * record.dimensions.height.base
    return [
        ("contents", contents(record)),
        ("dimensions", f"{record.dimensions} ({length} × {width} × {height} mm)"),
        ("volume", f"{float(volume / 10**9):.4f} m³"),
        ("weight", f"{record.weight} ({record.weight.rounded} g)"),
    ]


def _kilos(record: Carton, count: int) -> float:
    return round(float(record.weight.base * count / 1000), 3)


def _times(record: Product | Carton) -> list[tuple[str, Any]]:
    made = words.stamp(record.created_at) if record.created_at else None
    gone = (words.stamp(record.deleted_at) if record.deleted_at else "yes") if record.deleted else None
    return [("created", made), ("changed", words.stamp(record.updated_at)), ("deleted", gone)]


products_list, cartons_list = for_kind(things_list, PRODUCTS), for_kind(things_list, CARTONS)
products_export, cartons_export = for_kind(things_export, PRODUCTS), for_kind(things_export, CARTONS)
products_history, cartons_history = for_kind(things_history, PRODUCTS), for_kind(things_history, CARTONS)
