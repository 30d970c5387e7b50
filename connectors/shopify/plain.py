"""Lines of a bulk file that have the shape which the schema promises, as nearly all have: decoded in one step, and read
as `translate` reads the same row. A line of any other shape is left to its rules."""

from functools import cache
from typing import Any

from msgspec import Struct, defstruct
from msgspec.json import Decoder

from connectors.shopify.queries import alias


class Quantity(Struct, gc=False):
    name: str
    quantity: int


class Level(Struct, gc=False):
    isActive: bool  # noqa: N815  (Shopify's names)
    quantities: list[Quantity]


class Product(Struct, gc=False):
    status: str


class Item(Struct, gc=False, kw_only=True):
    """Beside these, under its alias, the level at each location that is asked for."""

    id: str
    tracked: bool


class Variant(Struct, gc=False, kw_only=True):
    sku: str | None = None
    displayName: str | None = None  # noqa: N815
    requiresComponents: bool = False  # noqa: N815
    product: Product | None = None
    inventoryItem: Item  # noqa: N815


@cache
def variants(places: int) -> Decoder[Any]:
    """Reads a variant with the levels of its item at so many locations."""
    levels = [(alias(place), Level | None, None) for place in range(places)]
    item = defstruct("ItemWithLevels", levels, bases=(Item,), gc=False, kw_only=True)
    return Decoder(defstruct("VariantWithLevels", [("inventoryItem", item)], bases=(Variant,), gc=False, kw_only=True))
