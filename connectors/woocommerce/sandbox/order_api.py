"""Orders and their refunds."""

from collections import Counter
from decimal import Decimal
from typing import Any

from connectors.testing.http import Response
from connectors.woocommerce.sandbox import lists, params
from connectors.woocommerce.sandbox.context import Context
from connectors.woocommerce.sandbox.goods import Product, php_int
from connectors.woocommerce.sandbox.http import ApiError
from connectors.woocommerce.sandbox.sales import Order
from connectors.woocommerce.sandbox.show_order import order_body, refund_body

Sent = dict[str, Any]


def list_orders(ctx: Context) -> Response:
    statuses = ("any", "trash", "auto-draft", *ctx.shop.order_statuses)
    given = params.checked(ctx.call.query, params.order_list(statuses))
    rows, headers = lists.page_of(lists.orders(ctx.shop, given), given, ctx.call)
    ctx.headers.update(headers)
    return ctx.show([order_body(ctx.shop, row) for row in rows])


def totals(ctx: Context) -> Response:
    """Every status an order can have, those of plugins included. From WooCommerce's source, not measured."""
    count = Counter(order.status for order in ctx.shop.orders.values())
    rows = [(slug, slug.replace("-", " ").capitalize(), count[slug]) for slug in ctx.shop.order_statuses]
    return ctx.show([{"slug": slug, "name": name, "total": total} for slug, name, total in rows])


def _order(ctx: Context, wanted: str, status: int, code: str = "woocommerce_rest_shop_order_invalid_id") -> Order:
    order = ctx.shop.orders.get(int(wanted))
    if order is None:
        raise ApiError(code, "Invalid ID.", status)
    return order


def get_order(ctx: Context, wanted: str) -> Response:
    return ctx.show(order_body(ctx.shop, _order(ctx, wanted, 404)))


def post_order(ctx: Context) -> Response:
    """Nobody asks whether there is enough: 5 of 1 leave −4 (10.5.0)."""
    body = _checked(ctx)
    lines = [(_sold(ctx, each), php_int(each.get("quantity", 1))) for each in body.get("line_items") or []]
    order = ctx.shop.place_order({}, status="pending")
    order.lines = [ctx.shop.line(product, units) for product, units in lines]
    ctx.shop.set_order_status(order, _wanted_status(body, "pending"))
    location = f"{ctx.shop.url}/wp-json/wc/v3/orders/{order.id}"
    return ctx.show(order_body(ctx.shop, order), 201, Location=location)


def _checked(ctx: Context) -> Sent:
    checks: dict[str, params.Check] = {
        "status": params.one_of((*ctx.shop.order_statuses, "auto-draft")),
        "set_paid": params.boolean,
    }
    body = ctx.body()
    return body | params.checked({name: value for name, value in body.items() if value is not None}, checks)


def _wanted_status(body: Sent, default: str) -> str:
    status = str(body.get("status") or default)
    return "processing" if body.get("set_paid") and status not in {"processing", "completed"} else status


def _sold(ctx: Context, line: Sent) -> Product:
    product = ctx.shop.products.get(php_int(line.get("variation_id")) or php_int(line.get("product_id")))
    if product is None:
        raise ApiError("woocommerce_rest_invalid_product_id", "Product ID is invalid.", 400)
    return product


def put_order(ctx: Context, wanted: str) -> Response:
    body, order = _checked(ctx), _order(ctx, wanted, 400)
    for line in body.get("line_items") or []:
        if "id" not in line:
            ctx.shop.add_line(order, _sold(ctx, line), php_int(line.get("quantity", 1)))
        elif php_int(line["id"]) not in {each.id for each in order.lines}:
            text = "Order item ID provided is not associated with order."
            raise ApiError("woocommerce_rest_invalid_item_id", text, 400)
        elif "quantity" in line or line.get("product_id", 1) is None:
            ctx.shop.edit_line(order, php_int(line["id"]), php_int(line.get("quantity")))
    status = _wanted_status(body, order.status)
    if status != order.status:
        ctx.shop.set_order_status(order, status)
    ctx.shop.save_order(order)
    return ctx.show(order_body(ctx.shop, order))


def delete_order(ctx: Context, wanted: str) -> Response:
    order = _order(ctx, wanted, 404)
    if ctx.call.query.get("force") in {"true", "1"}:
        ctx.shop.delete_order(order)
    elif order.status == "trash":
        raise ApiError("woocommerce_rest_already_trashed", "The shop_order has already been deleted.", 410)
    else:
        ctx.shop.trash_order(order)
    return ctx.show(order_body(ctx.shop, order))


# Refunds


def list_refunds(ctx: Context, wanted: str) -> Response:
    order = _order(ctx, wanted, 404, "woocommerce_rest_invalid_order_id")
    given = params.checked(ctx.call.query, params.PAGING)
    size, first = given.get("per_page", 10), (given.get("page", 1) - 1) * given.get("per_page", 10)
    total = len(order.refunds)
    ctx.headers.update({"X-WP-Total": str(total), "X-WP-TotalPages": str(-(-total // size))})
    return ctx.show([refund_body(ctx.shop, order, each) for each in order.refunds[::-1][first : first + size]])


def post_refund(ctx: Context, wanted: str) -> Response:
    """Puts the units back unless `api_restock` is false."""
    order, body = _order(ctx, wanted, 404, "woocommerce_rest_invalid_order_id"), ctx.body()
    lines = {php_int(line.get("id")): line for line in body.get("line_items") or []}
    amounts = {id_: Decimal(str(line.get("refund_total", 0))) for id_, line in lines.items()}
    amount = Decimal(str(body.get("amount") or sum(amounts.values(), Decimal(0))))
    if not 0 < amount <= order.remaining:
        raise ApiError("woocommerce_rest_cannot_create_order_refund", "Invalid refund amount.", 500)
    refund = ctx.shop.refund(
        order,
        {id_: php_int(line.get("quantity")) for id_, line in lines.items()},
        restock=body.get("api_restock", True) is not False,
        amount=amount,
        reason=str(body.get("reason", "")),
    )
    # WooCommerce sends its own route pattern as Location (10.5.0)
    location = f"{ctx.shop.url}/wp-json/wc/v3/orders/(?P<order_id>[\\d]+)/refunds/{refund.id}"
    return ctx.show(refund_body(ctx.shop, order, refund), 201, Location=location)
