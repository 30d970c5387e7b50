"""Orders and what they do to stock.

Placed: available down, committed up. Fulfilled: committed down, and with it on_hand. What a refund does
depends on its restock type:

    CANCEL      units not shipped yet: committed down, available up, fewer units to ship
    RETURN      units shipped: available up
    NO_RESTOCK  money only: stock and the units to ship stay as they are

https://shopify.dev/docs/apps/build/orders-fulfillment/inventory-management-apps
https://shopify.dev/docs/api/admin-graphql/latest/enums/RefundLineItemRestockType
"""

import itertools
from collections.abc import Mapping
from datetime import datetime

from connectors.shopify.sandbox.goods import Item, Location, Product, Variant
from connectors.shopify.sandbox.sales import Fulfillment, FulfillmentLine, Order, Refund, RefundLine, SoldLine
from connectors.shopify.sandbox.world import World

Lines = Mapping["str | Variant", int]


class Shop(World):
    """A whole shop: goods and orders. archive_when_done: fulfilled and cancelled orders are closed, as
    Shopify's default setting does."""

    archive_when_done = True

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]
        self.orders: dict[str, Order] = {}
        self._numbers = itertools.count(1001)

    def order(self, wanted: "str | Order") -> Order:
        """By id or by name such as `#1001`."""
        if isinstance(wanted, Order):
            return wanted
        return self.orders.get(wanted) or next(each for each in self.orders.values() if each.name == wanted)

    def place_order(
        self, lines: Lines, *, location: "str | Location | None" = None, at: datetime | None = None
    ) -> Order:
        """An order, assigned to one location. A bundle becomes lines of its components."""
        with self.lock:
            created = at or self.now()
            order_id = self.gid("Order")
            where = self.location(location)
            parts: list[tuple[Variant, int]] = []
            for sold, units in lines.items():
                variant = self.variant(sold)
                bundled = [(self.variant(part), units * each) for part, each in variant.components.items()]
                parts += bundled or [(variant, units)]
            made = [self._line(variant, units, where) for variant, units in parts]
            order = Order(order_id, f"#{next(self._numbers)}", created, created, made)
            self.orders[order.id] = order
            self.tell("orders/create", order)
            self.tell("orders/updated", order)
            return order

    def _line(self, variant: Variant, units: int, where: Location) -> SoldLine:
        line = SoldLine(self.gid("LineItem"), variant, units, where, variant.sku, variant.product.title)
        self._move(line, available=-units, committed=units)
        return line

    def _move(self, line: SoldLine, **deltas: int) -> None:
        """Shift the numbers where the line's stock lives; for some items Shopify counts nothing."""
        item = line.sold.item
        if item.tracked and item.id in self.items:
            level = item.levels.get(line.location.id) or self.connect(item, line.location, active=False)
            self.shift(level, **deltas)

    def _stamp(self, order: Order) -> None:
        order.updated_at = self.now()
        done = order.cancelled_at is not None or (order.fulfillments and not order.committed_units)
        order.closed_at = (order.closed_at or self.now()) if done and self.archive_when_done else None
        self.tell("orders/updated", order)

    def _units(self, order: Order, wanted: Lines | None) -> list[tuple[SoldLine, int]]:
        """Which lines, and how many units of each; None means all that is not shipped."""
        if wanted is None:
            return [(line, line.unfulfilled_quantity) for line in order.lines if line.unfulfilled_quantity > 0]
        return [(self._find(order, key), units) for key, units in wanted.items()]

    def _find(self, order: Order, key: "str | Variant") -> SoldLine:
        names = (key,) if isinstance(key, str) else (key.id, key.sku)
        return next(line for line in order.lines if {line.id, line.sku, line.sold.id} & set(names))

    def fulfil(
        self, order: "str | Order", lines: Lines | None = None, *, location: "str | Location | None" = None
    ) -> Fulfillment:
        """Ship all that is open, or the given units; from another location the lines are moved there first."""
        with self.lock:
            found = self.order(order)
            units = self._units(found, lines)
            if not units:
                raise ValueError(f"{found.name}: nothing is left to ship")
            where = self.location(location) if location else units[0][0].location
            for line, count in units:
                _within(line, count, line.unfulfilled_quantity)
                if where.id != line.location.id:
                    self._move(line, available=line.unfulfilled_quantity, committed=-line.unfulfilled_quantity)
                    line.location = where
                    self._move(line, available=-line.unfulfilled_quantity, committed=line.unfulfilled_quantity)
                line.fulfilled += count
                self._move(line, committed=-count)
            now = self.now()
            rows = [FulfillmentLine(self.gid("FulfillmentLineItem"), line, count) for line, count in units]
            name = f"{found.name}-F{len(found.fulfillments) + 1}"
            fulfillment = Fulfillment(self.gid("Fulfillment"), name, where, now, now, rows)
            found.fulfillments.append(fulfillment)
            self._stamp(found)
            return fulfillment

    def cancel_fulfillment(self, order: "str | Order", number: int = -1) -> None:
        """The parcel never left: its units are open again."""
        with self.lock:
            found = self.order(order)
            fulfillment = found.fulfillments[number]
            fulfillment.status, fulfillment.updated_at = "CANCELLED", self.now()
            for each in fulfillment.lines:
                each.line_item.fulfilled -= each.quantity
                self._move(each.line_item, committed=each.quantity)
            self._stamp(found)

    def cancel(self, order: "str | Order", *, restock: bool = True) -> None:
        """Cancel what is not shipped. Without restock the units leave the books for good."""
        with self.lock:
            found = self.order(order)
            for line, units in self._units(found, None):
                line.removed += units
                self._move(line, committed=-units, available=units if restock else 0)
            found.cancelled_at = self.now()
            self._stamp(found)
            self.tell("orders/cancelled", found)

    def refund(self, order: "str | Order", lines: Lines, *, restock: str = "NO_RESTOCK") -> Refund:
        """restock: CANCEL (not shipped yet), RETURN (shipped, comes back) or NO_RESTOCK."""
        with self.lock:
            found, now, rows = self.order(order), self.now(), []
            for line, units in self._units(found, lines):
                if restock == "CANCEL":
                    _within(line, units, line.unfulfilled_quantity)
                    line.removed += units
                    self._move(line, committed=-units, available=units)
                elif restock == "RETURN":
                    _within(line, units, line.fulfilled - line.returned)
                    line.returned += units
                    self._move(line, available=units)
                else:
                    line.unpaid += units
                where = None if restock == "NO_RESTOCK" else line.location
                rows.append(RefundLine(self.gid("RefundLineItem"), line, units, restock, where))
            refund = Refund(self.gid("Refund"), now, now, rows)
            found.refunds.append(refund)
            self._stamp(found)
            return refund

    def edit_order(self, order: "str | Order", line: "str | Variant", quantity: int) -> None:
        """Set a line's quantity. More units raise `quantity`; fewer keep it and lower `currentQuantity`."""
        with self.lock:
            found = self.order(order)
            target = self._find(found, line)
            delta = quantity - target.current_quantity
            _within(target, -delta, target.unfulfilled_quantity)
            target.quantity += max(delta, 0)
            target.removed += max(-delta, 0)
            self._move(target, available=-delta, committed=delta)
            found.edited = True
            self._stamp(found)

    def add_custom_item(
        self, order: "str | Order", title: str, quantity: int, *, sku: str = "", requires_shipping: bool = True
    ) -> SoldLine:
        """What a person typed into a draft order, or a tip: a line of no variant, for which nothing is counted."""
        with self.lock:
            found, now = self.order(order), self.now()
            typed = Variant(self.gid("ProductVariant"), sku, title, Product("", title, "ACTIVE", now, now), now, now)
            typed.item = Item("", now, now, typed, tracked=False)
            line = SoldLine(self.gid("LineItem"), typed, quantity, self.location(), sku, title)
            line.requires_shipping = requires_shipping
            found.lines.append(line)
            self._stamp(found)
            return line

    def add_line(self, order: "str | Order", variant: "str | Variant", quantity: int) -> SoldLine:
        with self.lock:
            found = self.order(order)
            line = self._line(self.variant(variant), quantity, found.lines[0].location)
            found.lines.append(line)
            found.edited = True
            self._stamp(found)
            return line


def _within(line: SoldLine, units: int, most: int) -> None:
    """The admin does not let more be shipped, returned or removed than there is."""
    if units > most:
        raise ValueError(f"only {most} of {line.sku} are left for this, not {units}")
