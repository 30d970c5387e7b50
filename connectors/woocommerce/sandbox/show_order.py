"""How the API shows orders and refunds. The keys and their order are those of recorded answers of 10.5.0."""

from typing import Any

from connectors.woocommerce.sandbox import shapes
from connectors.woocommerce.sandbox.goods import Product, money
from connectors.woocommerce.sandbox.http import PhpFatalError
from connectors.woocommerce.sandbox.orders import Shop
from connectors.woocommerce.sandbox.sales import Order, Refund, SoldLine
from connectors.woocommerce.sandbox.show import gmt, links, local

Body = dict[str, Any]


def order_body(shop: Shop, order: Order) -> Body:
    if order.breaks:
        raise PhpFatalError
    mails = f"{shop.url}/wp-json/wc/v3/orders/{order.id}/actions/email_templates"
    return {
        "id": order.id,
        "parent_id": 0,
        "status": order.status,
        "currency": "EUR",
        "version": "10.5.0",
        "prices_include_tax": False,
        "date_created": local(shop, order.created),
        "date_modified": local(shop, order.modified),
        **shapes.FREE,
        "total": money(order.total),
        "total_tax": "0.00",
        "customer_id": 0,
        "order_key": f"wc_order_{order.id}",
        "billing": {**shapes.ADDRESS, "email": "", "phone": ""},
        "shipping": {**shapes.ADDRESS, "phone": ""},
        **shapes.PAYMENT,
        "created_via": order.via,
        "customer_note": "",
        "date_completed": local(shop, order.completed),
        "date_paid": local(shop, order.paid),
        "cart_hash": "",
        "number": order.number or str(order.id),
        "meta_data": [],
        "line_items": [line_body(shop, line) for line in order.lines],
        **shapes.OTHER_LINES,
        "refunds": [{"id": x.id, "reason": x.reason, "total": f"-{money(x.amount)}"} for x in order.refunds],
        "payment_url": f"{shop.url}/checkout/order-pay/{order.id}/?pay_for_order=true&key=wc_order_{order.id}",
        "is_editable": order.status in {"pending", "on-hold", "auto-draft"},
        "needs_payment": order.status in {"pending", "failed"} and order.total > 0,
        "needs_processing": True,
        **{f"date_{name}_gmt": gmt(getattr(order, name)) for name in ("created", "modified", "completed", "paid")},
        "currency_symbol": "€",
        "_links": links(shop, f"orders/{order.id}", "orders")
        | {"email_templates": [{"embeddable": True, "href": mails}]},
    }


def line_body(shop: Shop, line: SoldLine, meta: list[Body] | None = None) -> Body:
    """sku is looked up when it is asked for: it is the product's of today, the parent's where a variation has none, and
    null when that is gone. One in the trash is found: get_order_item_data() of the orders controller (v2, which v3
    inherits) asks get_product() of WC_Order_Item_Product, and that wc_get_product(), which reads any post of the type.
    An id of what is gone is 0, so that the line of a deleted variation names its parent: set_product_id() and
    set_variation_id() of WC_Order_Item_Product refuse ids that no post of their type has."""
    product_id, variation_id = (id_ if id_ in shop.products else 0 for id_ in (line.product_id, line.variation_id))
    product, parent = shop.products.get(variation_id or product_id), shop.products.get(product_id)
    total = money(line.total)
    return {
        "id": line.id,
        "name": line.name,
        "product_id": product_id,
        "variation_id": variation_id,
        "quantity": line.quantity,
        "tax_class": "",
        "subtotal": total,
        "subtotal_tax": "0.00",
        "total": total,
        "total_tax": "0.00",
        "taxes": [],
        "meta_data": _line_meta(shop, line, product) if meta is None else meta,
        "sku": (product.sku or (parent.sku if parent else "")) if product else None,
        "global_unique_id": "",
        "price": int(line.price) if line.price == int(line.price) else float(line.price),
        "image": {"id": 0 if variation_id else "", "src": ""},
        "parent_name": parent.name if variation_id and parent else None,
    }


def _line_meta(shop: Shop, line: SoldLine, product: Product | None) -> list[Body]:
    found = []
    if product and product.parent:
        key = product.attribute.lower()
        found.append({"id": line.id * 10, "key": key, "value": product.option, "display_key": product.attribute})
    for place, (key, units) in enumerate(
        (("_reduced_stock", line.reduced), ("_restock_refunded_items", line.restocked))
    ):
        if units is not None and (units or key == "_reduced_stock"):
            value = units if shop.meta_numbers else str(units)
            found.append({"id": line.id * 10 + 1 + place, "key": key, "value": value, "display_key": key})
    return [{**each, "display_value": each["value"]} for each in found]


def refund_body(shop: Shop, order: Order, refund: Refund) -> Body:
    path, key = f"orders/{order.id}/refunds", "_refunded_item_id"
    rows = [
        line_body(shop, line, [{"id": line.id * 10, "key": key, "value": of, "display_key": key, "display_value": of}])
        for line, of in zip(refund.lines, map(str, refund.origin), strict=True)
    ]
    return {
        "id": refund.id,
        "date_created": local(shop, refund.created),
        "date_created_gmt": gmt(refund.created),
        "amount": money(refund.amount),
        "reason": refund.reason,
        "refunded_by": 1,
        "refunded_payment": False,
        "meta_data": [
            {"id": refund.id * 10, "key": "_refund_type", "value": "partial" if order.remaining > 0 else "full"}
        ],
        "line_items": rows,
        **shapes.OTHER_REFUNDS,
        "_links": links(shop, f"{path}/{refund.id}", path, f"orders/{order.id}", ["GET", "DELETE"]),
    }
