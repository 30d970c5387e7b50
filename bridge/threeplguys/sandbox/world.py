"""The warehouse behind the sandbox: products, units per warehouse, a clock. No HTTP, no threads.

Units are kept per product and warehouse; the cartons that some of them are packed in stand in `cartons`. Every
change of a product moves its `updated_at`, stock included (Stock Levels reference), and is noted in its history.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bridge.threeplguys.sandbox.cartons import CartonTypes
from bridge.threeplguys.sandbox.history import INTERNAL, History
from bridge.threeplguys.sandbox.shipments import Shipments
from bridge.threeplguys.sandbox.things import SORT_KEYS, Clock, Item, Order, RefusedError

COUNTED = "Updated unit count '{}' changed to '{}' in '{}'."


class Warehouse:
    """The world. Products are named by id, or by SKU, which means the live product of that SKU.

    warehouses: ids and names. prefix: put before each id ("prd_"), for an id format that has changed.
    reuse_sku: whether the SKU of a deleted product may be used again; the documents do not say.
    stable_ties: False sorts equal keys anew with every request, as a database may. left_out: ids that lists do not
    tell of; asked for one by one they are there.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] | None = None,
        warehouses: Mapping[str, str] | None = None,
        prefix: str = "",
        reuse_sku: bool = True,
        stable_ties: bool = True,
    ) -> None:
        self.clock = clock or Clock()
        self.warehouses = dict(warehouses or {"1": "Main Warehouse"})
        self.prefix, self.reuse_sku, self.stable_ties = prefix, reuse_sku, stable_ties
        self.left_out: frozenset[str] = frozenset()
        self._items: dict[str, Item] = {}
        self._live: dict[str, Item] = {}
        self._views: dict[object, Sequence[Item]] = {}
        self._random = random.Random(7)
        self.history = History()
        self.cartons = CartonTypes(self)
        self.shipments = Shipments(self)

    def __len__(self) -> int:
        return len(self._items)

    def find(self, product: str) -> Item | None:
        return self._items.get(product) or self._live.get(product)

    def known(self, product: str) -> Item:
        """As `find`; RefusedError if there is none."""
        item = self.find(product)
        if item is None:
            raise RefusedError("Product not found")
        return item

    def add(
        self, sku: str, units: int | Mapping[str, int] = 0, name: str = "", description: str = "", *,
        duplicate: bool = False,
    ) -> Item:  # fmt: skip
        """Create a product. units: per warehouse id, or a number for the first warehouse. duplicate: although a live
        one has that SKU, which the documents say cannot be."""
        if duplicate:
            live = self._live.pop(sku)
            item = self.add(sku, units, name, description)
            self._live[sku] = live
            return item
        if sku in self._live or (not self.reuse_sku and any(item.sku == sku for item in self._items.values())):
            raise RefusedError("SKU is already in use in your inventory")
        number, now = len(self._items) + 1, self.now()
        item = Item(f"{self.prefix}{number}", number, sku, name or f"Product {sku}", now, now)
        item.units = {self.place_of(): units} if isinstance(units, int) else dict(units)
        item.description, item.entry = description, next(self.history.numbers)
        self._items[item.id] = self._live[sku] = item
        self._views.clear()
        return item

    def set_stock(self, product: str, units: int, warehouse: str = "") -> Item:
        """The count at one warehouse, by default the first, is now this."""
        item = self.known(product)
        if item.deleted_at is not None or units < 0:
            raise RefusedError("A deleted product holds no stock" if item.deleted_at else "Stock cannot be negative")
        at = self.place_of(warehouse)
        before, item.units[at] = item.units.get(at, 0), units
        self.touch(item)
        self.history.note(item, "admin", item.updated_at, COUNTED, before, units, self.warehouses[at])
        if item.cartons:
            self.cartons.open_until(item, at)
        return item

    def receive(self, product: str, units: int, warehouse: str = "") -> Item:
        """Units arrived."""
        held = self.known(product).units.get(warehouse or self.place_of(), 0)
        return self.set_stock(product, held + units, warehouse)

    def forward(self, product: str, units: int, warehouse: str = "") -> Item:
        """Units left for a shopper: this is when Pick & Pack takes them off (Shipments page)."""
        return self.receive(product, -units, warehouse)

    def rename(self, product: str, name: str, description: str | None = None) -> Item:
        """Another name; another description, unless it is None."""
        item = self.touch(self.known(product))
        self.history.note(item, "customer", item.updated_at, "Updated product {} ({})", name, item.sku)
        item.first_name = item.first_name or item.name
        item.name, item.description = name, item.description if description is None else description
        return item

    def annotate(self, product: str, text: str) -> Item:
        """The staff note something in its history that customers are not told."""
        item = self.known(product)
        self.history.note(item, INTERNAL, self.now(), "{}", text)
        return item

    def garble(self, product: str, **odd: object) -> Item:
        """From now on its row says these fields so; nothing: the truth again."""
        item = self.known(product)
        item.odd = odd
        return self.touch(item)

    def spoil(self, product: str, *, breaks: bool = True) -> Item:
        """Every page of the breakdown that holds its row fails with 500."""
        item = self.known(product)
        item.breaks = breaks
        return self.touch(item)

    def date(self, product: str, at: datetime) -> Item:
        """Its stamp is this, of the future too, until it changes."""
        item = self.known(product)
        item.updated_at = at
        self._views.clear()
        return item

    def delete(self, product: str) -> Item:
        """Soft-delete; only an empty product may go (Products reference)."""
        item = self.known(product)
        if any(item.units.values()):
            raise RefusedError("Cannot delete a product that still has stock")
        item.deleted_at = self.touch(item).updated_at
        self.history.note(item, "customer", item.updated_at, "Deleted product {} ({})", item.name, item.sku)
        self._live.pop(item.sku, None)
        return item

    def restore(self, product: str) -> Item:
        item = self.known(product)
        if self._live.get(item.sku, item) is not item:
            raise RefusedError("SKU is already in use in your inventory")
        item.deleted_at = None
        self._live[item.sku] = self.touch(item)
        self.history.note(item, "customer", item.updated_at, "Restored product {} ({})", item.name, item.sku)
        return item

    def recreate(self, product: str, units: int = 0) -> Item:
        """Empty and delete a product, then create its SKU again: the same SKU under a new id."""
        item = self.known(product)
        item.units = dict.fromkeys(item.units, 0)
        for at in item.units:
            self.cartons.open_until(item, at)
        self.delete(item.id)
        return self.add(item.sku, units, item.name)

    def touch(self, item: Item) -> Item:
        """A change happened now: `updated_at` moves."""
        item.updated_at = self.now()
        self._views.clear()
        return item

    def listing(
        self, order: Order = Order.CREATED_DESC, since: datetime | None = None, *, deleted: bool = False
    ) -> Sequence[Item]:
        """The list as it stands. since: only what changed strictly after; deleted: those too."""
        view = (order, since, deleted, self.left_out)
        if not self.stable_ties or view not in self._views:
            if len(self._views) > 16:
                self._views.clear()
            items = [
                item
                for item in self._items.values()
                if (since is None or item.updated_at > since)
                and (deleted or item.deleted_at is None)
                and item.id not in self.left_out
            ]  # in the order of creation, which Python's sort keeps among equals
            if not self.stable_ties:
                self._random.shuffle(items)
            column, _, direction = order.partition("_")
            self._views[view] = sorted(items, key=SORT_KEYS[column], reverse=direction == "desc")
        return self._views[view]

    def place_of(self, warehouse: str = "") -> str:
        """The id of a warehouse, by default the first; RefusedError if there is none."""
        at = warehouse or next(iter(self.warehouses))
        if at not in self.warehouses:
            raise RefusedError("Warehouse not found")
        return at

    def now(self) -> datetime:
        """Stamps have milliseconds, as the API shows them."""
        now = self.clock()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)
