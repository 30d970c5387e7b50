"""What people look up and change in the catalogue at 3PLGuys: products and cartons."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bridge.errors import ConfigError, SourceRefusalError
from bridge.sync.context import SyncContext
from bridge.threeplguys.cartons import Carton, CartonLevel
from bridge.threeplguys.parse import BadRow, Product
from bridge.threeplguys.query import ProductQuery

if TYPE_CHECKING:
    from bridge.threeplguys.client import SourceClient

ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
"""What an id of 3PLGuys is made of (Conventions page)."""


@contextmanager
def looked_up(context: SyncContext) -> Iterator["SourceClient"]:
    """The catalogue, to be read. What is left of the request budget for polls is not touched."""
    with context.source(None, spare=True) as source:
        yield source.client


def product_of(source: "SourceClient", text: str, *, deleted: bool = False) -> Product:
    """The product with that SKU, the live one before deleted ones; else the one with that id. deleted: the other way
    round. Raises ConfigError where there is none, or several."""
    rows = source.products.page(ProductQuery(sku=text, include_deleted=True))
    found = [row for row in rows if isinstance(row, Product) and row.sku == text]
    found = [row for row in found if row.deleted == deleted] or found
    if len(found) > 1:
        ids = " and ".join(row.product for row in found)
        raise ConfigError(f'Several products have the SKU "{text}": say which by its id, {ids}.')
    if found:
        return found[0]
    if ID.fullmatch(text):
        try:
            return source.products.get(text)
        except SourceRefusalError as fault:
            if fault.status != "404":
                raise
    raise ConfigError(
        f'3PLGuys has no product with the SKU or the id "{text}"; look for it with'
        " `stockbridge catalog products list --search TEXT --deleted`."
    )


def carton_of(source: "SourceClient", text: str) -> Carton:
    """The carton type with that id. Raises ConfigError where there is none."""
    if ID.fullmatch(text):
        try:
            return source.cartons.get(text)
        except SourceRefusalError as fault:
            if fault.status != "404":
                raise
    raise ConfigError(
        f'3PLGuys has no carton type with the id "{text}"; look for it with'
        " `stockbridge catalog cartons list --search TEXT --deleted`."
    )


def carton_level(source: "SourceClient", carton: str) -> CartonLevel | BadRow | None:
    """How many full ones there are. 3PLGuys can only be asked for all types, so it is looked for page by page; None
    where the list does not have it."""
    for rows in source.carton_levels(None):
        for row in rows:
            if carton == (row.product if isinstance(row, BadRow) else row.carton):
                return row
    return None
