"""What a search of SKUs shows."""

from collections.abc import Mapping, Sequence
from typing import Any

from bridge.web.views.lists import SKU as SKU_COLUMN
from bridge.web.views.lists import TITLE, Column, ListSpec, Shown, linked, told_columns

ROWS = 50
"""SKUs on one page."""

FEW = 4
"""Stores that a row names."""

FOUND = ListSpec(
    "Found", "", "Nothing has that in its SKU or name. A part of it is enough, and case does not matter.",
    (SKU_COLUMN, TITLE, Column("units", "In the warehouse", "units"), Column("sold_by", "Sold by")),
)  # fmt: skip


def view(rows: Sequence[Mapping[str, Any]], count: int, wanted: str, page: int) -> Shown:
    """rows: of this page, see `bridge.ops.search`. count: of all that was found."""
    told = [{**row, "sold_by": sold_by(row["stores"])} for row in rows]
    return Shown(
        "skus", FOUND, count, count, told, told_columns(FOUND.columns, told),
        before=linked("/skus", search=wanted, page=page - 1) if page > 1 else "",
        after=linked("/skus", search=wanted, page=page + 1) if page * ROWS < count else "", csv="",
    )  # fmt: skip


def sold_by(stores: Sequence[str]) -> str:
    """Names of stores, a few of them."""
    more = f" and {len(stores) - FEW} more" if len(stores) > FEW else ""
    return ", ".join(stores[:FEW]) + more if stores else "no store"
