"""What an order is made of: lines, fulfillments, refunds."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from connectors.shopify.sandbox.goods import Location, Variant


@dataclass(slots=True, eq=False)
class SoldLine:
    """removed: units taken out before shipping. returned: shipped units that were refunded. unpaid: units
    whose money went back while they still have to be shipped. sku, title: as they were when it was ordered."""

    TYPE: ClassVar[str] = "LineItem"
    id: str
    sold: Variant
    quantity: int
    location: Location
    sku: str
    title: str
    removed: int = 0
    fulfilled: int = 0
    returned: int = 0
    unpaid: int = 0
    requires_shipping: bool = True

    @property
    def current_quantity(self) -> int:
        return self.quantity - self.removed - self.returned - self.unpaid

    @property
    def unfulfilled_quantity(self) -> int:
        return self.quantity - self.removed - self.fulfilled


@dataclass(slots=True)
class FulfillmentLine:
    TYPE: ClassVar[str] = "FulfillmentLineItem"
    id: str
    line_item: SoldLine
    quantity: int


@dataclass(slots=True)
class Fulfillment:
    TYPE: ClassVar[str] = "Fulfillment"
    id: str
    name: str
    location: Location
    created_at: datetime
    updated_at: datetime
    lines: list[FulfillmentLine]
    status: str = "SUCCESS"

    @property
    def total_quantity(self) -> int:
        return sum(each.quantity for each in self.lines)


@dataclass(slots=True)
class RefundLine:
    id: str
    line_item: SoldLine
    quantity: int
    restock_type: str
    location: Location | None

    @property
    def restocked(self) -> bool:
        return self.restock_type != "NO_RESTOCK"


@dataclass(slots=True)
class Refund:
    TYPE: ClassVar[str] = "Refund"
    id: str
    created_at: datetime
    updated_at: datetime
    lines: list[RefundLine]


@dataclass(slots=True)
class Order:
    TYPE: ClassVar[str] = "Order"
    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    lines: list[SoldLine]
    fulfillments: list[Fulfillment] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    cancelled_at: datetime | None = None
    closed_at: datetime | None = None
    edited: bool = False
    test: bool = False

    @property
    def closed(self) -> bool:
        return self.closed_at is not None

    @property
    def processed_at(self) -> datetime:
        return self.created_at

    @property
    def committed_units(self) -> int:
        return sum(line.unfulfilled_quantity for line in self.lines)

    @property
    def display_fulfillment_status(self) -> str:
        if not any(line.fulfilled for line in self.lines):
            return "UNFULFILLED"
        return "PARTIALLY_FULFILLED" if self.committed_units else "FULFILLED"
