"""The shop behind the API: products, stores with their codes, and how many of each is there."""

import csv
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.items import COLUMNS, NO_WIDTH, Item

CODES: Mapping[str, str] = {"1": "Main Street", "2": "Station Road"}


@dataclass(slots=True)
class Product:
    """Something the shop sells. sku: what the warehouse calls it, which the shop does not know. Its own name is the
    UPC, or style, size and width ("" where it has no width). refused: the sentence that a report of it is refused with.
    """

    sku: str
    upc: str = ""
    style: str = ""
    size: str = ""
    width: str = ""
    refused: str = ""

    @property
    def item(self) -> Item:
        """Its line in the merchant's file."""
        width = "" if self.upc else self.width or NO_WIDTH
        return Item(self.sku, self.upc, self.style, self.size, width, 0)


def named_by(given: Mapping[str, Any]) -> str:
    """What the bridge calls the product that a report names."""
    if "upc" in given:
        return Item("", given["upc"], "", "", "", 0).ref
    return Item("", "", given["sku"], given["size"], given["width"] or NO_WIDTH, 0).ref


@dataclass
class Shop:
    """stores: code → name. items_file: where the merchant keeps the items, if anywhere; with each change it is written
    anew. written: the last numbers that were reported, as (product, code, quantity)."""

    stores: dict[str, str] = field(default_factory=lambda: dict(CODES))
    items_file: Path | None = None
    written: list[tuple[Product, str, int]] = field(default_factory=list)
    products: dict[str, Product] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _quantities: dict[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.write_items()

    def add(self, product: Product, units: Mapping[str, int] | None = None) -> str:
        """units: store code → what it shows to begin with; elsewhere 0. Returns what the bridge calls it."""
        with self.lock:
            ref = product.item.ref
            if ref in self.products:
                raise ValueError(f"{ref} is there already")
            self.products[ref] = product
            for code in self.stores:
                self._quantities[ref, code] = (units or {}).get(code, 0)
            self._append(product.item)
            return ref

    def remove(self, ref: str) -> None:
        """It is sold no longer, and the merchant takes it out of the file."""
        with self.lock:
            del self.products[ref]
            self.write_items()

    def product(self, name: str) -> tuple[str, Product]:
        """By its ref, or by the SKU of the warehouse → ref and product. Raises KeyError."""
        with self.lock:
            found = {ref: x for ref, x in self.products.items() if name in (ref, x.sku)}
            if not found:
                raise KeyError(name)
            return next(iter(found.items()))

    def quantity(self, name: str, code: str) -> int:
        return self._quantities[self.product(name)[0], code]

    def set_by_hand(self, name: str, code: str, units: int) -> None:
        """A person, or a till, overwrites what was reported."""
        self._quantities[self.product(name)[0], code] = units

    def report(self, given: Mapping[str, Any]) -> str | None:
        """A report arrives, with all its fields → the sentence it is refused with, or None."""
        with self.lock:
            if given["store"] not in self.stores:
                return f"Unknown store: {given['store']}"
            ref = named_by(given)
            if ref not in self.products:
                return "Product not found"
            product = self.products[ref]
            if product.refused:
                return product.refused
            self._quantities[ref, given["store"]] = given["quantity"]
            self.written.append((product, given["store"], given["quantity"]))
            return None

    def numbers(self) -> list[dict[str, object]]:
        """What shoppers may buy of each product in each store."""
        with self.lock:
            return [
                {
                    "ref": ref, "sku": x.sku, "upc": x.upc, "style": x.style, "size": x.size, "width": x.width,
                    "location": code, "stock_quantity": self._quantities[ref, code],
                }
                for ref, x in self.products.items()
                for code in self.stores
            ]  # fmt: skip

    def write_items(self, change: Callable[[str], str] = lambda text: text) -> None:
        """The merchant saves the file. change: what becomes of its text on the way."""
        if self.items_file is None:
            return
        self.items_file.write_text(",".join(COLUMNS) + "\n", "utf-8")
        for product in self.products.values():
            self._append(product.item)
        self.items_file.write_text(change(self.items_file.read_text("utf-8")), "utf-8")

    def _append(self, item: Item) -> None:
        if self.items_file is not None:
            with self.items_file.open("a", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerow([getattr(item, name) for name in COLUMNS])
