"""The values a shop is made of, and how PHP turns whatever was sent into an amount."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

PRODUCT_STATUSES = ("publish", "draft", "pending", "private", "future", "trash")
TYPES = ("simple", "variable", "grouped", "external")
STOCK_STATUSES = ("instock", "outofstock", "onbackorder")
BACKORDERS = ("no", "notify", "yes")
NUMBER = re.compile(r"\s*[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")


@dataclass(slots=True, eq=False)
class Product:
    """A product or a variation (`type` "variation", with a `parent`).

    manage_stock: its own switch; what the API shows of it is World.managing(). given_status: the stock
    status somebody chose, which counts where nothing is managed. refused: a plugin that vetoes every
    write to this one, as (code, status). breaks: whether PHP dies while it is prepared for an answer.
    """

    id: int
    type: str
    name: str
    sku: str
    created: datetime
    modified: datetime
    status: str = "publish"
    manage_stock: bool = False
    stock_quantity: int | None = None
    backorders: str = "no"
    given_status: str = "instock"
    price: Decimal = Decimal("10.00")
    total_sales: int = 0
    categories: tuple[int, ...] = ()
    attribute: str = ""
    option: str = ""
    parent: "Product | None" = None
    children: "list[Product]" = field(default_factory=list)
    refused: tuple[str, int] | None = None
    status_before: str = "publish"
    breaks: bool = False

    @property
    def parent_id(self) -> int:
        return self.parent.id if self.parent else 0

    @property
    def is_variation(self) -> bool:
        return self.type == "variation"

    @property
    def slug(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")


def sku_key(sku: str) -> str:
    """MySQL compares SKUs without regard to case, and not to spaces at the end."""
    return sku.casefold().rstrip()


def php_int(value: Any) -> int:
    """PHP's intval(): text begins with a number or is 0, true is 1, a filled list is 1, fractions are cut,
    and what is too large wraps around (10.5.0: `1e20` is accepted and garbled)."""
    if isinstance(value, bool | list | dict):
        return int(bool(value))
    if isinstance(value, str):
        found = NUMBER.match(value)
        value = float(found.group()) if found else 0
    return (int(value or 0) + 2**63) % 2**64 - 2**63


def php_bool(value: Any) -> bool:
    """wc_string_to_bool(): "parent" is not true, which puts a variation back into the pool."""
    return value is True or value == 1 or str(value).lower() in {"yes", "true", "1"}


def money(amount: Decimal) -> str:
    return str(amount.quantize(Decimal("0.01")))
