"""What a WooCommerce shop sells, and what its people do to it: catalogue work and stock by hand."""

import itertools
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from connectors.http import Now, utc_now
from connectors.woocommerce.sandbox.goods import Product, php_int, sku_key

Wanted = int | str | Product
KEPT_WRITES = 10_000


class World:
    """One shop's goods. Every public method may be called from any thread.

    manage_stock: the store-wide switch. unique_skus: whether the shop refuses a SKU that is taken (a
    filter switches that off in some shops). decimals: a plugin allows fractions. utc_offset: local time minus GMT.
    written: the last numbers that apps set: product, quantity. left_out: products that lists do not tell of, as a
    plugin that filters them does; asked for by id they are there. listeners: are told the topic of what happens, as
    webhooks name it, and the id it happens to.
    """

    def __init__(
        self,
        *,
        name: str = "Sandbox",
        url: str = "https://shop.example",
        clock: Now = utc_now,
        utc_offset: timedelta = timedelta(0),
        first_id: int = 11,
    ) -> None:
        self.name = name
        self.url = url
        self.home_url = f"{url}/{secrets.token_hex(4)}"  # where it lies by its own word, whoever asks under which name
        self.clock = clock
        self.utc_offset = utc_offset
        self.manage_stock = True
        self.unique_skus = True
        self.decimals = False
        self.lock = threading.RLock()
        self.products: dict[int, Product] = {}
        self.left_out: set[int] = set()
        self.categories: dict[int, str] = {}
        self.written: deque[dict[str, int]] = deque(maxlen=KEPT_WRITES)
        self.listeners: list[Callable[..., None]] = []
        self._by_sku: dict[str, dict[int, Product]] = {}
        self._ordered: dict[str, list[Product]] = {}
        self._ids = itertools.count(first_id)

    def new_id(self) -> int:
        """Products, variations, orders and refunds share one counter (10.5.0)."""
        return next(self._ids)

    def now(self) -> datetime:
        """WordPress keeps whole seconds: two changes within one second carry the same stamp."""
        return self.clock().astimezone(UTC).replace(microsecond=0)

    def tell(self, topic: str, id_: int, *, is_sale: bool = False) -> None:
        for listener in self.listeners:
            listener(topic, id_, is_sale=is_sale)

    # Catalogue

    def add_product(self, sku: str = "", units: int | None = None, *, kind: str = "simple", **settings: Any) -> Product:
        """units None: Woo does not manage its stock, as with every product that is new."""
        with self.lock:
            now = self.now()
            settings = {"name": sku or "Untitled", **settings}
            product = Product(self.new_id(), kind, sku=sku.strip(), created=now, modified=now, **settings)
            product.manage_stock, product.stock_quantity = units is not None, units
            self.products[product.id] = product
            self._by_sku.setdefault(sku_key(product.sku), {})[product.id] = product
            self._ordered.clear()
            self.tell("product.created", product.id)
            return product

    def add_variable(
        self,
        sku: str = "",
        variations: Mapping[str, int | None] | None = None,
        *,
        pool: int | None = None,
        attribute: str = "Size",
        **settings: Any,
    ) -> Product:
        """A variable product with one variation per option, named `sku-option`; units None leaves a
        variation unmanaged, which in a pool means that it shares the parent's stock."""
        with self.lock:
            parent = self.add_product(sku, pool, kind="variable", **settings)
            for option, units in (variations or {}).items():
                self.add_variation(parent, f"{sku}-{option}", units, option=option, attribute=attribute)
            return parent

    def add_variation(
        self, parent: Wanted, sku: str = "", units: int | None = None, *, option: str = "", attribute: str = "Size"
    ) -> Product:
        with self.lock:
            owner = self.find(parent)
            made = self.add_product(sku, units, kind="variation", name=option or sku, price=owner.price)
            made.parent, made.option, made.attribute = owner, option or sku, attribute
            owner.children.append(made)
            return made

    def find(self, wanted: Wanted) -> Product:
        """By id, or by a SKU that exactly one product has."""
        if isinstance(wanted, Product):
            return wanted
        if isinstance(wanted, int):
            return self.products[wanted]
        (found,) = self.with_sku(wanted)
        return found

    def with_sku(self, sku: str) -> list[Product]:
        return list(self._by_sku.get(sku_key(sku), {}).values())

    def set_sku(self, wanted: Wanted, sku: str) -> None:
        with self.lock:
            product = self.find(wanted)
            self._by_sku[sku_key(product.sku)].pop(product.id, None)
            product.sku = sku.strip()
            self._by_sku.setdefault(sku_key(product.sku), {})[product.id] = product
            self.touch(product)

    def swap_skus(self, one: Wanted, other: Wanted) -> None:
        with self.lock:
            first, second = self.find(one), self.find(other)
            old = first.sku
            self.set_sku(first, second.sku)
            self.set_sku(second, old)

    def set_status(self, wanted: Wanted, status: str) -> None:
        """To trash and back included; variations go to the trash with their parent."""
        with self.lock:
            product = self.find(wanted)
            was = product.status
            for each in product.children:
                if status == "trash" and each.status != "trash":
                    each.status_before, each.status = each.status, "trash"
                elif status != "trash" and each.status == "trash":
                    each.status = each.status_before
            product.status = status
            self._ordered.clear()
            self.touch(product, tells="trash" not in (status, was))
            if "trash" in (status, was) and status != was:
                self.tell("product.deleted" if status == "trash" else "product.restored", product.id)

    def delete(self, wanted: Wanted) -> None:
        """For good, with its variations. No webhook tells of it: only the way into the trash is one's topic."""
        with self.lock:
            product = self.find(wanted)
            for each in (*product.children, product):
                self.products.pop(each.id, None)
                self._by_sku[sku_key(each.sku)].pop(each.id, None)
            if product.parent:
                product.parent.children.remove(product)
                self.touch(product.parent)
            self._ordered.clear()

    def recreate(self, wanted: Wanted) -> Product:
        """Delete and make anew with the same SKU: the id changes, as after a product import."""
        with self.lock:
            old = self.find(wanted)
            self.delete(old)
            if old.parent:
                return self.add_variation(old.parent, old.sku, old.stock_quantity, option=old.option)
            return self.add_product(old.sku, old.stock_quantity, kind=old.type, name=old.name)

    def schedule(self, wanted: Wanted, at: datetime) -> None:
        """To be published later, made over REST or by an import: that date is also when it was "modified"."""
        with self.lock:
            product = self.find(wanted)
            product.status, product.modified = "future", at

    def touch(self, product: Product, *, tells: bool = True, is_sale: bool = False) -> None:
        """Every write moves the stamp, also one that changes nothing; a variation's its parent's too."""
        product.modified = self.now()
        if product.parent:
            product.parent.modified = product.modified
        for each in (product, product.parent) if tells else ():
            if each:
                self.tell("product.updated", each.id, is_sale=is_sale)

    def in_order(self, kind: Literal["products", "variations"], *, trash: bool = False) -> list[Product]:
        """Newest first, and of the same second the greater id first, as the lists are by default (10.5.0)."""
        key = f"{kind} {trash}"
        if key not in self._ordered:
            found = [
                each
                for each in self.products.values()
                if each.is_variation == (kind == "variations") and (each.status == "trash") == trash
            ]
            self._ordered[key] = sorted(found, key=lambda each: (each.created, each.id), reverse=True)
        return self._ordered[key]

    # Stock

    def managing(self, product: Product) -> bool | Literal["parent"]:
        if not self.manage_stock:
            return False
        pooled = product.parent is not None and product.parent.manage_stock
        return "parent" if pooled and not product.manage_stock else product.manage_stock

    def holder(self, product: Product) -> Product:
        """Whose number is counted down: the parent's for a variation in the pool."""
        pooled = self.managing(product) == "parent"
        return product.parent if pooled and product.parent else product

    def quantity(self, product: Product) -> int | None:
        return self.holder(product).stock_quantity

    def stock_status(self, product: Product) -> str:
        """Computed where stock is managed; a variable product without a stock of its own follows its
        variations."""
        holder = self.holder(product)
        if self.managing(holder):
            units = holder.stock_quantity
            if units is not None and units > 0:
                return "instock"
            return "outofstock" if holder.backorders == "no" or units is None else "onbackorder"
        states = {self.stock_status(child) for child in product.children}
        best = [state for state in ("instock", "onbackorder", "outofstock") if state in states]
        return best[0] if best else product.given_status

    def shift(self, product: Product, units: int) -> None:
        """Woo's own counting: one atomic step in the database, whatever it was before."""
        with self.lock:
            holder = self.holder(product)
            holder.stock_quantity = (holder.stock_quantity or 0) + units
            self.touch(product, is_sale=True)
            self.touch(holder, is_sale=True)

    def amount(self, value: Any) -> Any:
        """wc_stock_amount(): whole, unless a plugin's filter `woocommerce_stock_amount` makes it a float."""
        return float(value) if self.decimals and isinstance(value, int | float) else php_int(value)

    def hand_edit(self, wanted: Wanted, units: Any) -> Product:
        """The merchant types a number into the admin."""
        with self.lock:
            product = self.find(wanted)
            product.manage_stock, product.stock_quantity = True, self.amount(units)
            self.touch(product)
            return product

    def set_managed(self, wanted: Wanted, managed: bool) -> None:
        with self.lock:
            product = self.find(wanted)
            product.manage_stock = managed
            if not managed:
                product.stock_quantity = None
            self.touch(product)

    def refuse(self, wanted: Wanted, code: str = "woocommerce_rest_cannot_edit", status: int = 403) -> None:
        """From now on a plugin vetoes every write to this one; code "" ends it."""
        with self.lock:
            self.find(wanted).refused = (code, status) if code else None

    def break_off(self, wanted: Wanted, breaks: bool = True) -> None:
        """From now on PHP dies while it prepares this one for an answer, until it is repaired."""
        with self.lock:
            self.find(wanted).breaks = breaks

    def forget_lists(self) -> None:
        """`products` was changed from outside."""
        self._ordered.clear()

    def numbers(self) -> list[dict[str, object]]:
        """Every product and variation as plain data, in the order of creation."""
        with self.lock:
            return [self.row(product) for product in self.products.values()]

    def row(self, product: Product) -> dict[str, object]:
        shown = ("id", "sku", "type", "parent_id", "status", "backorders")
        return {name: getattr(product, name) for name in shown} | {
            "manage_stock": self.managing(product),
            "stock_quantity": self.quantity(product),
            "stock_status": self.stock_status(product),
        }

    def in_category(self, category: int) -> Iterable[Product]:
        return (each for each in self.products.values() if category in each.categories)
