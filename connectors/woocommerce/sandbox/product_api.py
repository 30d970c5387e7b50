"""Products and variations: lists, single ones, batches."""

from collections.abc import Callable, Generator
from typing import Any

from connectors.testing.http import Response
from connectors.woocommerce.sandbox import batch, lists, params
from connectors.woocommerce.sandbox.context import Context, Step, Work
from connectors.woocommerce.sandbox.goods import TYPES, Product, php_int
from connectors.woocommerce.sandbox.http import ApiError
from connectors.woocommerce.sandbox.show import product_body, variation_body
from connectors.woocommerce.sandbox.writing import Edit, free_sku, given

Body = dict[str, Any]
Writing = Generator[Step, None, Body]
Find = Callable[[Any], Product]
NO_PRODUCT = "woocommerce_rest_product_invalid_id"
NO_VARIATION = "woocommerce_rest_product_variation_invalid_id"
ELSEWHERE = (
    "To manipulate product variations you should use the /products/&lt;product_id&gt;/variations/&lt;id&gt; endpoint."
)


# Lists


def list_products(ctx: Context) -> Response:
    given = params.checked(ctx.call.query, params.PRODUCTS)
    rows, headers = lists.page_of(lists.products(ctx.shop, given), given, ctx.call)
    ctx.headers.update(headers)
    return ctx.show([product_body(ctx.shop, row) for row in rows])


def list_variations(ctx: Context, parent: str | None = None) -> Response:
    given = params.checked(ctx.call.query, params.VARIATIONS)
    found = lists.variations(ctx.shop, given, None if parent is None else int(parent))
    rows, headers = lists.page_of(found, given, ctx.call)
    ctx.headers.update(headers)
    return ctx.show([variation_body(ctx.shop, row) for row in rows])


def list_all_variations(ctx: Context) -> Response:
    if not ctx.limits.lists_all_variations:
        raise no_route()
    return list_variations(ctx)


def no_route() -> ApiError:
    return ApiError("rest_no_route", "No route was found matching the URL and request method.", 404)


# Finding one


def any_product(ctx: Context, wanted: Any, status: int) -> Product:
    product = ctx.shop.products.get(php_int(wanted))
    if product is None:
        raise ApiError(NO_PRODUCT, "Invalid ID.", status)
    return product


def writable(ctx: Context, wanted: Any) -> Product:
    """A missing id is a 400 when written and a 404 when read; a variation belongs elsewhere (10.5.0)."""
    product = any_product(ctx, wanted, 400)
    if product.is_variation:
        raise ApiError("woocommerce_rest_invalid_product_id", ELSEWHERE, 404)
    return product


def child(ctx: Context, parent: str, wanted: Any) -> Product:
    product = ctx.shop.products.get(php_int(wanted))
    if product is None or product.parent_id != int(parent):
        raise ApiError(NO_VARIATION, "Invalid ID.", 404)
    return product


# One product


def get_product(ctx: Context, wanted: str) -> Response:
    return ctx.show(product_body(ctx.shop, any_product(ctx, wanted, 404)))


def put_product(ctx: Context, wanted: str) -> Work:
    body = _checked(ctx.body(), params.PRODUCT_WRITE)
    yield Step("item", int(wanted))
    return ctx.show((yield from update_product(ctx, body | {"id": wanted})))


def update_product(ctx: Context, body: Body) -> Writing:
    product = writable(ctx, body.get("id"))
    yield from _write(ctx, product, body)
    return product_body(ctx.shop, product, edit=True)


def _write(ctx: Context, product: Product, body: Body) -> Generator[Step, None, None]:
    edit = Edit.load(ctx.shop, product, body)
    yield Step("save", product.id)
    edit.save()
    if given(body, "stock_quantity"):
        ctx.shop.written.append({"product": product.id, "quantity": php_int(body["stock_quantity"])})


def _checked(body: Body, checks: dict[str, params.Check]) -> Body:
    sent = {name: value for name, value in body.items() if value is not None or name == "stock_quantity"}
    return body | params.checked(sent, checks)


def post_product(ctx: Context) -> Work:
    body = _checked(ctx.body(), params.PRODUCT_WRITE)
    yield Step("item")
    made = yield from create_product(ctx, body)
    location = f"{ctx.shop.url}/wp-json/wc/v3/products/{made['id']}"
    return ctx.show(made, 201, Location=location)


def create_product(ctx: Context, body: Body) -> Writing:
    sku, kind = free_sku(ctx.shop, str(body.get("sku") or "")), body.get("type", "simple")
    product = ctx.shop.add_product(sku, kind=kind if kind in TYPES else "simple", name=body.get("name", "Product"))
    yield from _write(ctx, product, body)
    return product_body(ctx.shop, product, edit=True)


def delete(ctx: Context, wanted: str) -> Work:
    yield Step("item", int(wanted))
    forced = ctx.call.query.get("force") in {"true", "1"}
    return ctx.show((yield from delete_product(ctx, {"id": wanted, "force": forced})))


def delete_product(ctx: Context, body: Body) -> Writing:
    """A batch deletes for good."""
    product = any_product(ctx, body.get("id"), 404)
    shown = product_body(ctx.shop, product, edit=True)
    yield Step("save", product.id)
    if body.get("force", True):
        ctx.shop.delete(product)
    else:
        ctx.shop.set_status(product, "trash")
    return shown


def batch_products(ctx: Context) -> Work:
    return batch.run(ctx, {"create": create_product, "update": update_product, "delete": delete_product})


# Variations of one parent


def get_variation(ctx: Context, parent: str, wanted: str) -> Response:
    return ctx.show(variation_body(ctx.shop, child(ctx, parent, wanted)))


def put_variation(ctx: Context, parent: str, wanted: str) -> Work:
    lenient = {"manage_stock": params.boolean_or_parent} if ctx.limits.takes_parent else {}
    body = _checked(ctx.body(), params.PRODUCT_WRITE | lenient)
    yield Step("item", int(wanted))
    return ctx.show((yield from _update_variation(ctx, parent, body | {"id": wanted})))


def _update_variation(ctx: Context, parent: str, body: Body) -> Writing:
    product = child(ctx, parent, body.get("id"))
    yield from _write(ctx, product, body)
    return variation_body(ctx.shop, product, edit=True)


def _create_variation(ctx: Context, parent: str, body: Body) -> Writing:
    owner = any_product(ctx, parent, 404)
    sku = free_sku(ctx.shop, str(body.get("sku") or ""))
    product = ctx.shop.add_variation(owner, sku, option=str(body.get("option", sku)))
    yield from _write(ctx, product, body)
    return variation_body(ctx.shop, product, edit=True)


def _delete_variation(ctx: Context, parent: str, body: Body) -> Writing:
    product = child(ctx, parent, body.get("id"))
    shown = variation_body(ctx.shop, product, edit=True)
    yield Step("save", product.id)
    ctx.shop.delete(product)
    return shown


def batch_variations(ctx: Context, parent: str) -> Work:
    doers: dict[str, batch.Doer] = {
        "create": lambda ctx, item: _create_variation(ctx, parent, item),
        "update": lambda ctx, item: _update_variation(ctx, parent, item),
        "delete": lambda ctx, item: _delete_variation(ctx, parent, item),
    }
    return batch.run(ctx, doers)
