"""One write to one product: load, compare, save. What happens to the shop between load and save is what
makes the races of a real shop, so the three are apart."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.woocommerce.sandbox.goods import Product, php_bool, php_int
from connectors.woocommerce.sandbox.http import ApiError
from connectors.woocommerce.sandbox.orders import Shop

Body = Mapping[str, Any]
STOCK = ("manage_stock", "stock_quantity", "backorders", "given_status")


@dataclass(slots=True)
class Edit:
    """loaded: what the product held when PHP read it. changes: what differs from that and nothing else;
    only these are written, so a value equal to the one loaded is not (10.5.0: 100 over 100 while an order of
    3 lands leaves 97)."""

    shop: Shop
    product: Product
    loaded: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, shop: Shop, product: Product, body: Body) -> "Edit":
        """Raises ApiError, with nothing changed, for what Woo refuses."""
        if product.refused:
            code, status = product.refused
            raise ApiError(code, "Sorry, this product cannot be changed.", status)
        loaded = {name: getattr(product, name) for name in (*STOCK, "sku", "name", "status", "price")}
        wanted: dict[str, Any] = {name: str(body[name]) for name in ("name", "status") if given(body, name)}
        if given(body, "sku"):
            wanted["sku"] = free_sku(shop, str(body["sku"]), product)
        if given(body, "regular_price"):
            with suppress(InvalidOperation):
                wanted["price"] = Decimal(str(body["regular_price"]))
        wanted |= _stock(shop, product, body, loaded)
        changes = {name: value for name, value in wanted.items() if value != loaded[name]}
        return cls(shop, product, loaded, changes)

    def save(self) -> None:
        sku, status = self.changes.pop("sku", None), self.changes.pop("status", None)
        for name, value in self.changes.items():
            setattr(self.product, name, value)
        if sku is not None:
            self.shop.set_sku(self.product, sku)
        if status is not None:
            self.shop.set_status(self.product, status)
        self.shop.touch(self.product)


def given(body: Body, name: str) -> bool:
    """PHP's isset(): null is as good as nothing."""
    return body.get(name) is not None


def free_sku(shop: Shop, sku: str, product: Product | None = None) -> str:
    """Trimmed; the owner of one that is taken is named (10.5.0)."""
    sku = sku.strip()
    owners = [each for each in shop.with_sku(sku) if each is not product and each.status != "trash"]
    if sku and owners and shop.unique_skus:
        data = {"resource_id": owners[0].id, "unique_sku": f"{sku}-1"}
        raise ApiError("product_invalid_sku", "Invalid or duplicated SKU.", 400, **data)
    return sku


def _stock(shop: Shop, product: Product, body: Body, loaded: dict[str, Any]) -> dict[str, Any]:
    """The store-wide switch drops the lot; grouped products never manage; external ones refuse to."""
    new = {name: loaded[name] for name in STOCK}
    if given(body, "stock_status"):
        new["given_status"] = body["stock_status"]
    if not shop.manage_stock:
        return new
    if given(body, "manage_stock"):
        new["manage_stock"] = php_bool(body["manage_stock"])
    if given(body, "backorders"):
        new["backorders"] = body["backorders"]
    if product.type == "external" and new["manage_stock"]:
        raise ApiError("product_external_invalid_manage_stock", "External products cannot be stock managed.", 400)
    new["manage_stock"] = new["manage_stock"] and product.type != "grouped"
    # a variation in the pool keeps a number of its own, unseen until the parent stops managing (10.5.0)
    is_counted = new["manage_stock"] or (product.parent is not None and product.parent.manage_stock)
    units = loaded["stock_quantity"] if is_counted else None
    if is_counted and given(body, "stock_quantity"):
        units = shop.amount(body["stock_quantity"])
    elif is_counted and given(body, "inventory_delta"):
        units = (units or 0) + php_int(body["inventory_delta"])
    return {**new, "stock_quantity": units}
