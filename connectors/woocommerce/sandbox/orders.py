"""The shop with its orders. Which status takes units off stock and which gives them back was measured on
10.5.0 and 9.9.5; what happens to a line that is edited follows wc_maybe_adjust_line_item_product_stock()."""

import itertools
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.woocommerce.sandbox.goods import Product
from connectors.woocommerce.sandbox.sales import GIVES_BACK, STATUSES, TAKES_STOCK, Order, Refund, SoldLine
from connectors.woocommerce.sandbox.world import Wanted, World

AnyOrder = int | str | Order


class Shop(World):
    """A shop that sells. custom_statuses: what plugins added; they neither take nor give back."""

    def __init__(self, *, first_line_id: int = 101, **settings: Any) -> None:
        super().__init__(**settings)
        self.orders: dict[int, Order] = {}
        self.custom_statuses: list[str] = []
        self.meta_numbers = False  # some writers leave `_reduced_stock` as a number, others as text
        self._lines = itertools.count(first_line_id)

    def order(self, wanted: AnyOrder) -> Order:
        return wanted if isinstance(wanted, Order) else self.orders[int(wanted)]

    @property
    def order_statuses(self) -> tuple[str, ...]:
        return (*STATUSES, *self.custom_statuses)

    # Selling

    def place_order(self, lines: Mapping[Any, int], *, status: str = "processing", via: str = "rest-api") -> Order:
        """lines: SKU, id or product → units. As over REST: nobody asks whether there is enough."""
        with self.lock:
            now = self.now()
            made = [self.line(self.find(wanted), units) for wanted, units in lines.items()]
            order = Order(self.new_id(), "", now, now, made, via=via)
            self.orders[order.id] = order
            self.set_order_status(order, status)
            self.tell("order.created", order.id)
            return order

    def line(self, product: Product, units: int) -> SoldLine:
        parent = product.parent or product
        name = f"{parent.name} - {product.option}" if product.parent else product.name
        variation = product.id if product.parent else 0
        return SoldLine(next(self._lines), parent.id, variation, name, units, product.price)

    def checkout(self, lines: Mapping[Any, int], *, payment: str = "cod") -> Order:
        """As in the storefront, which refuses more than is left. Cash on delivery begins in processing,
        bank transfer ("bacs") and cheque on hold."""
        with self.lock:
            for wanted, units in lines.items():
                product = self.find(wanted)
                short = self.managing(product) and units > (self.quantity(product) or 0)
                if short and self.holder(product).backorders == "no":
                    raise ValueError(f"not enough of {product.sku}")
            return self.place_order(lines, status="processing" if payment == "cod" else "on-hold", via="store-api")

    def set_order_status(self, wanted: AnyOrder, status: str) -> Order:
        with self.lock:
            order, now = self.order(wanted), self.now()
            was, order.status, order.modified = order.status, status, now
            if status in TAKES_STOCK:
                self._reduce(order)
            elif status in GIVES_BACK:
                for line in order.lines if order.reduced else ():
                    product = self.products.get(line.sold_id)
                    if line.reduced and product and self.managing(product):
                        self.shift(product, line.reduced)
                        line.reduced = None
                order.reduced = False
            if status in {"processing", "completed"}:
                order.paid = order.paid or now
            if status == "completed":
                order.completed = now
            if status == "refunded" and order.remaining > 0:
                order.refunds.append(Refund(self.new_id(), now, order.remaining, "Order fully refunded."))
            self.tell("order.restored" if was == "trash" else "order.updated", order.id)
            return order

    def _reduce(self, order: Order) -> None:
        for line in order.lines if not order.reduced else ():
            product = self.products.get(line.sold_id)
            if product and self.managing(product) and not line.reduced:
                self.shift(product, -line.quantity)
                line.reduced = line.quantity
            if line.product_id in self.products:
                self.products[line.product_id].total_sales += line.quantity
        order.reduced = True

    def ship(self, wanted: AnyOrder) -> Order:
        return self.set_order_status(wanted, "completed")

    def cancel(self, wanted: AnyOrder) -> Order:
        return self.set_order_status(wanted, "cancelled")

    # Refunds, edits, and the bin

    def refund(
        self,
        wanted: AnyOrder,
        lines: Mapping[int, int],
        *,
        restock: bool = True,
        amounts: Mapping[int, Decimal] | None = None,
        amount: Decimal | None = None,
        reason: str = "",
    ) -> Refund:
        """lines: line id → units. Restocks by default, as the API does."""
        with self.lock:
            order = self.order(wanted)
            chosen = {line.id: line for line in order.lines if line.id in lines}
            paid = amounts or {id_: chosen[id_].price * lines[id_] for id_ in chosen}
            refund = Refund(self.new_id(), self.now(), amount or sum(paid.values(), Decimal(0)), reason)
            for id_, line in chosen.items():
                units, product = lines[id_], self.products.get(line.sold_id)
                back = SoldLine(next(self._lines), line.product_id, line.variation_id, line.name, -units, line.price)
                refund.lines.append(back)
                refund.origin.append(id_)
                if restock and line.reduced and product and self.managing(product) and units:
                    self.shift(product, units)
                    line.reduced -= units
                    line.restocked += units
            order.refunds.append(refund)
            self.save_order(order)
            if order.remaining <= 0:
                self.set_order_status(order, "refunded")
            return refund

    def edit_line(self, wanted: AnyOrder, line: int, quantity: int) -> Order:
        """Quantity 0 removes the line."""
        with self.lock:
            order = self.order(wanted)
            found = next(each for each in order.lines if each.id == line)
            if quantity == 0:
                self._adjust(found, -(found.reduced or 0))
                order.lines.remove(found)
            else:
                found.quantity = quantity
                self.adjust_line(order, found)
            self.save_order(order)
            return order

    def add_line(self, wanted: AnyOrder, product: Wanted, units: int) -> Order:
        with self.lock:
            order = self.order(wanted)
            order.lines.append(self.line(self.find(product), units))
            self.adjust_line(order, order.lines[-1])
            self.save_order(order)
            return order

    def save_order(self, order: Order) -> None:
        order.modified = self.now()
        self.tell("order.updated", order.id)

    def adjust_line(self, order: Order, line: SoldLine) -> None:
        """Only while the order is in a status that takes stock."""
        if order.status in TAKES_STOCK:
            self._adjust(line, line.quantity - line.restocked - (line.reduced or 0))
            order.reduced = True

    def _adjust(self, line: SoldLine, units: int) -> None:
        product = self.products.get(line.sold_id)
        if units and product and self.managing(product):
            self.shift(product, -units)
            line.reduced = (line.reduced or 0) + units

    def break_order(self, wanted: AnyOrder, breaks: bool = True) -> None:
        """From now on PHP dies while it prepares this one for an answer, until it is repaired."""
        with self.lock:
            self.order(wanted).breaks = breaks

    def trash_order(self, wanted: AnyOrder) -> Order:
        """Gives nothing back."""
        with self.lock:
            order = self.order(wanted)
            order.status_before, order.status = order.status, "trash"
            order.modified = self.now()
            self.tell("order.deleted", order.id)
            return order

    def delete_order(self, wanted: AnyOrder) -> None:
        """For good; gives nothing back, and no webhook tells of it."""
        with self.lock:
            del self.orders[self.order(wanted).id]
