"""The values a shop is made of: products, variants, inventory items, locations and stock levels.

Stock has states, and their sum is derived, never stored:

    on_hand = available + committed + reserved + damaged + safety_stock + quality_control

https://shopify.dev/docs/apps/build/orders-fulfillment/inventory-management-apps
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

STATES = ("available", "committed", "reserved", "damaged", "safety_stock", "quality_control")


def tail(gid: str) -> int:
    """The number in an id: `gid://shopify/Product/12` → 12. A level's id is headed by its location."""
    return int(gid.rsplit("/", 1)[-1].partition("?")[0])


@dataclass(slots=True)
class Location:
    TYPE: ClassVar[str] = "Location"
    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    is_active: bool = True
    fulfills_online_orders: bool = True
    is_fulfillment_service: bool = False


@dataclass(slots=True)
class Product:
    TYPE: ClassVar[str] = "Product"
    id: str
    title: str
    status: str
    created_at: datetime
    updated_at: datetime
    variants: list["Variant"] = field(default_factory=list)


@dataclass(slots=True)
class Item:
    """`forbidden`: the app's user may not set its stock."""

    TYPE: ClassVar[str] = "InventoryItem"
    id: str
    created_at: datetime
    updated_at: datetime
    variant: "Variant"
    tracked: bool = True
    forbidden: bool = False
    levels: "dict[str, Level]" = field(default_factory=dict)

    @property
    def sku(self) -> str:
        return self.variant.sku


@dataclass(slots=True, eq=False)
class Variant:
    """`components` makes it a bundle parent: Shopify derives its stock from those variants."""

    TYPE: ClassVar[str] = "ProductVariant"
    id: str
    sku: str
    title: str
    product: Product
    created_at: datetime
    updated_at: datetime
    item: Item = field(init=False)
    barcode: str | None = None
    inventory_policy: str = "DENY"
    components: "dict[str, int]" = field(default_factory=dict)

    @property
    def requires_components(self) -> bool:
        return bool(self.components)


@dataclass(slots=True)
class Level:
    TYPE: ClassVar[str] = "InventoryLevel"
    item: Item
    location: Location
    created_at: datetime
    updated_at: datetime
    is_active: bool = True
    available: int = 0
    committed: int = 0
    reserved: int = 0
    damaged: int = 0
    safety_stock: int = 0
    quality_control: int = 0
    incoming: int = 0

    @property
    def id(self) -> str:
        return f"gid://shopify/InventoryLevel/{tail(self.location.id)}?inventory_item_id={tail(self.item.id)}"

    @property
    def on_hand(self) -> int:
        return self.available + self.committed + self.reserved + self.damaged + self.safety_stock + self.quality_control

    def quantity(self, name: str) -> int:
        return int(getattr(self, name))


def row(level: Level) -> dict[str, object]:
    """One level as plain data."""
    return {
        "sku": level.item.sku,
        "variant": level.item.variant.id,
        "item": level.item.id,
        "location": level.location.id,
        "active": level.is_active,
        "tracked": level.item.tracked,
        "on_hand": level.on_hand,
        **{name: level.quantity(name) for name in STATES},
    }
