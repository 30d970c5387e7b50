"""What an order is made of: lines and refunds."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

TAKES_STOCK = ("on-hold", "processing", "completed")
GIVES_BACK = ("cancelled", "pending")
STATUSES = (
    "pending",
    "processing",
    "on-hold",
    "completed",
    "cancelled",
    "refunded",
    "failed",
    "checkout-draft",
)


@dataclass(slots=True, eq=False)
class SoldLine:
    """reduced: units this line holds off stock, shown as `_reduced_stock`; None: no such entry.
    restocked: units that refunds put back."""

    id: int
    product_id: int
    variation_id: int
    name: str
    quantity: int
    price: Decimal
    reduced: int | None = None
    restocked: int = 0

    @property
    def sold_id(self) -> int:
        return self.variation_id or self.product_id

    @property
    def total(self) -> Decimal:
        return self.price * self.quantity


@dataclass(slots=True)
class Refund:
    """lines: copies of order lines with the refunded quantity below zero; `refunds` names their origin."""

    id: int
    created: datetime
    amount: Decimal
    reason: str
    lines: list[SoldLine] = field(default_factory=list)
    origin: list[int] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Order:
    """reduced: whether Woo believes that this order has taken its units off stock. breaks: whether PHP dies while it is
    prepared for an answer. number: what a plugin that numbers orders in sequence gave it, in place of its id."""

    id: int
    status: str
    created: datetime
    modified: datetime
    lines: list[SoldLine]
    refunds: list[Refund] = field(default_factory=list)
    reduced: bool = False
    paid: datetime | None = None
    completed: datetime | None = None
    status_before: str = ""
    breaks: bool = False
    via: str = "rest-api"
    number: str = ""

    @property
    def total(self) -> Decimal:
        return sum((line.total for line in self.lines), Decimal(0))

    @property
    def remaining(self) -> Decimal:
        return self.total - sum((refund.amount for refund in self.refunds), Decimal(0))

    @property
    def held(self) -> int:
        """Units Woo has taken off for it and not given back."""
        return sum(line.reduced or 0 for line in self.lines)
