"""What a Shopify shop holds, and what its people do to it: catalogue work and stock by hand."""

import itertools
import secrets
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from connectors.http import Now, utc_now
from connectors.shopify.sandbox.goods import Item, Level, Location, Product, Variant, row

KEPT_WRITES = 10_000


class World:
    """One shop's goods. Every public method may be called from any thread.

    written: the last numbers that apps set: item, location, quantity. level_filter: whether the search text of a
    location's levels is "heeded", "ignored" (everything is found) or "deaf" (nothing is). index_lag: so late the search
    learns of a level's change. broken: ids of items and orders over which every answer that shows more than their ids
    breaks off. ahead: how far the shop's time has been moved on, for everything that asks `clock`. listeners: are told
    the topic of what happens, as webhooks name it, and the thing it happens to.
    """

    broken: frozenset[str] = frozenset()
    level_filter = "heeded"
    index_lag = timedelta(0)
    ahead = timedelta(0)

    def __init__(self, *, name: str = "Sandbox", domain: str = "sandbox.myshopify.com", clock: Now = utc_now):
        self.name = name
        self.domain = domain
        self.id = f"gid://shopify/Shop/{secrets.randbelow(10**11)}"
        self._clock = clock
        self.lock = threading.RLock()
        self.locations: dict[str, Location] = {}
        self.products: dict[str, Product] = {}
        self.variants: dict[str, Variant] = {}
        self.items: dict[str, Item] = {}
        self.written: deque[dict[str, object]] = deque(maxlen=KEPT_WRITES)
        self.listeners: list[Callable[[str, Any], None]] = []
        self._ids: dict[str, Iterator[int]] = {}

    def gid(self, kind: str) -> str:
        """A new id; ids of one kind only grow and are never used twice. Each kind has numbers of its own, so
        that a variant's number taken for an item's is found out."""
        numbers = self._ids.setdefault(kind, itertools.count(10_000_001 * (1 + zlib.crc32(kind.encode()) % 89)))
        return f"gid://shopify/{kind}/{next(numbers)}"

    def clock(self) -> datetime:
        return self._clock() + self.ahead

    def now(self) -> datetime:
        """Shopify keeps whole seconds: two changes within one second carry the same stamp."""
        return self.clock().replace(microsecond=0)

    def tell(self, topic: str, thing: object) -> None:
        for listener in self.listeners:
            listener(topic, thing)

    # Locations and catalogue

    def add_location(self, name: str, *, active: bool = True) -> Location:
        with self.lock:
            now = self.now()
            location = Location(self.gid("Location"), name, now, now, is_active=active)
            return self.locations.setdefault(location.id, location)

    def add_product(self, title: str, *, status: str = "ACTIVE") -> Product:
        with self.lock:
            now = self.now()
            product = Product(self.gid("Product"), title, status, now, now)
            self.tell("products/create", product)
            return self.products.setdefault(product.id, product)

    def add_variant(
        self,
        sku: str,
        *,
        product: "str | Product | None" = None,
        tracked: bool = True,
        on_hand: "int | dict[str, int]" = 0,
        components: dict[str, int] | None = None,
        title: str = "Default Title",
    ) -> Variant:
        """A variant with its item, stocked at the first location, or at each of `on_hand`'s location ids. product: the
        one it belongs to, or the title of a new one."""
        with self.lock:
            now = self.now()
            if not isinstance(product, Product):
                product = self.add_product(product or sku or "Untitled")
            variant = Variant(self.gid("ProductVariant"), sku, title, product, now, now, components=components or {})
            variant.item = Item(self.gid("InventoryItem"), now, now, variant, tracked)
            self.variants[variant.id] = variant
            self.items[variant.item.id] = variant.item
            product.variants.append(variant)
            stocked = on_hand if isinstance(on_hand, dict) else {self.location().id: on_hand}
            for location, units in stocked.items():
                self.level(variant, location, create=True).available = units
            self.tell("inventory_items/create", variant.item)
            self.tell("products/update", product)
            return variant

    def location(self, wanted: "str | Location | None" = None) -> Location:
        """By id, by name, or the first one."""
        if isinstance(wanted, Location):
            return wanted
        if wanted is None:
            return next(iter(self.locations.values()))
        return self.locations.get(wanted) or next(at for at in self.locations.values() if at.name == wanted)

    def variant(self, wanted: "str | Variant") -> Variant:
        """By id, or by a SKU that exactly one variant has."""
        if isinstance(wanted, Variant):
            return wanted
        if wanted in self.variants:
            return self.variants[wanted]
        (found,) = [each for each in self.variants.values() if each.sku == wanted]
        return found

    def set_sku(self, variant: "str | Variant", sku: str) -> None:
        with self.lock:
            found = self.variant(variant)
            found.sku = sku
            self._changed(found)

    def swap_skus(self, one: "str | Variant", other: "str | Variant") -> None:
        with self.lock:
            first, second = self.variant(one), self.variant(other)
            old = first.sku
            self.set_sku(first, second.sku)
            self.set_sku(second, old)

    def set_tracked(self, variant: "str | Variant", tracked: bool) -> None:
        with self.lock:
            found = self.variant(variant)
            found.item.tracked = tracked
            self._changed(found)

    def _changed(self, variant: Variant) -> None:
        variant.updated_at = variant.item.updated_at = variant.product.updated_at = self.now()
        self.tell("inventory_items/update", variant.item)
        self.tell("products/update", variant.product)

    def set_status(self, product: Product, status: str) -> None:
        """Moves the product's stamp only, not those of its variants."""
        with self.lock:
            product.status = status
            product.updated_at = self.now()
            self.tell("products/update", product)

    def delete_variant(self, variant: "str | Variant") -> None:
        with self.lock:
            found = self.variant(variant)
            found.product.variants.remove(found)
            found.product.updated_at = self.now()
            del self.variants[found.id], self.items[found.item.id]
            self.tell("inventory_items/delete", found.item)
            self.tell("products/update" if found.product.variants else "products/delete", found.product)

    def recreate(self, variant: "str | Variant", *, on_hand: int = 0) -> Variant:
        """Delete and make anew with the same SKU: every id changes, as after a product import."""
        with self.lock:
            old = self.variant(variant)
            self.delete_variant(old)
            return self.add_variant(old.sku, product=old.product, tracked=old.item.tracked, on_hand=on_hand)

    # Stock

    def level(
        self, variant: "str | Variant", location: "str | Location | None" = None, *, create: bool = False
    ) -> Level:
        with self.lock:
            item, at = self.variant(variant).item, self.location(location)
            if at.id not in item.levels and create:
                self.connect(item, at)
            return item.levels[at.id]

    def connect(self, item: Item, at: Location, *, active: bool = True) -> Level:
        """Begin to keep numbers of an item at a location; inactive ones are hidden and sell nothing."""
        now = self.now()
        level = item.levels[at.id] = Level(item, at, now, now, is_active=active)
        return level

    def unstock(self, variant: "str | Variant", location: "str | Location | None" = None) -> None:
        """Deactivate; since 2026-04 the quantities stay and come back with the next activation."""
        with self.lock:
            level = self.level(variant, location)
            level.is_active = False
            self.touch(level)

    def touch(self, level: Level) -> None:
        """Stamp a change of stock: it moves the stamps of the level and of the product, not of variant or item."""
        level.updated_at = level.item.variant.product.updated_at = self.now()
        self.tell("inventory_levels/update", level)
        self.tell("products/update", level.item.variant.product)

    def shift(self, level: Level, **deltas: int) -> None:
        for name, delta in deltas.items():
            setattr(level, name, level.quantity(name) + delta)
        self.touch(level)

    def hand_edit(
        self,
        variant: "str | Variant",
        quantity: int,
        *,
        name: str = "on_hand",
        location: "str | Location | None" = None,
    ) -> Level:
        """The merchant types a number into the admin: on_hand and available move together."""
        with self.lock:
            level = self.level(variant, location)
            state = "available" if name == "on_hand" else name
            self.shift(level, **{state: quantity - level.quantity(name)})
            return level

    def set_aside(
        self, variant: "str | Variant", units: int, *, state: str = "damaged", location: "str | Location | None" = None
    ) -> Level:
        """Move units from available to reserved, damaged, safety_stock or quality_control."""
        with self.lock:
            level = self.level(variant, location)
            self.shift(level, **{state: units, "available": -units})
            return level

    def numbers(self) -> list[dict[str, object]]:
        """Every level as plain data, in the order of creation."""
        with self.lock:
            return [row(level) for item in self.items.values() for level in item.levels.values()]
