"""Routes: from a request to the one who answers it, past everything that answers instead."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from connectors.testing.http import Response
from connectors.woocommerce.sandbox import auth, order_api, product_api, webhook_api
from connectors.woocommerce.sandbox.auth import Keys
from connectors.woocommerce.sandbox.context import Context, Work
from connectors.woocommerce.sandbox.http import NO_CACHE, ApiError, as_json
from connectors.woocommerce.sandbox.product_api import no_route

PREFIX = "/wp-json"
LIST = "GET, POST"
ONE = "GET, POST, PUT, PATCH, DELETE"
BATCH = "POST, PUT, PATCH"
EDITS = ("POST", "PUT", "PATCH")

Handler = Callable[..., Any]


class Route(NamedTuple):
    """methods: what is asked for → what that is called when it is forbidden, and who does it."""

    pattern: str
    name: str
    allow: str
    methods: dict[str, tuple[str, Handler]]


def _edits(what: str, handler: Handler) -> dict[str, tuple[str, Handler]]:
    return dict.fromkeys(EDITS, (what, handler))


def system_status(ctx: Context) -> Response:
    environment = {
        "home_url": ctx.shop.home_url,
        "site_url": ctx.shop.url,
        "version": ctx.limits.version,
        "wp_version": "6.9",
        "server_info": "nginx/1.22.1",
        "php_version": "8.2.35",
        "mysql_version": "10.11.19",
        "default_timezone": "UTC",
    }
    settings = {"api_enabled": False, "currency": "EUR", "currency_symbol": "€", "HPOS_enabled": True}
    return ctx.show({"environment": environment, "settings": settings, "active_plugins": [], "pages": []})


def manage_stock_setting(ctx: Context) -> Response:
    return ctx.show(
        {
            "id": "woocommerce_manage_stock",
            "label": "Manage stock",
            "description": "Enable stock management",
            "type": "checkbox",
            "default": "yes",
            "value": "yes" if ctx.shop.manage_stock else "no",
        }
    )


ROUTES = (
    Route(
        "products",
        "products",
        LIST,
        {"GET": ("view", product_api.list_products), "POST": ("create", product_api.post_product)},
    ),
    Route("products/batch", "products/batch", BATCH, _edits("batch", product_api.batch_products)),
    Route(
        r"products/(\d+)",
        "products/<id>",
        ONE,
        {
            "GET": ("view", product_api.get_product),
            **_edits("edit", product_api.put_product),
            "DELETE": ("delete", product_api.delete),
        },
    ),
    Route(
        r"products/(\d+)/variations",
        "products/<id>/variations",
        LIST,
        {"GET": ("view", product_api.list_variations)},
    ),
    Route(
        r"products/(\d+)/variations/batch",
        "products/<id>/variations/batch",
        BATCH,
        _edits("batch", product_api.batch_variations),
    ),
    Route(
        r"products/(\d+)/variations/(\d+)",
        "products/<id>/variations/<id>",
        ONE,
        {"GET": ("view", product_api.get_variation), **_edits("edit", product_api.put_variation)},
    ),
    Route("variations", "variations", "GET", {"GET": ("view", product_api.list_all_variations)}),
    Route("orders", "orders", LIST, {"GET": ("view", order_api.list_orders), "POST": ("create", order_api.post_order)}),
    Route(
        r"orders/(\d+)",
        "orders/<id>",
        ONE,
        {
            "GET": ("view", order_api.get_order),
            **_edits("edit", order_api.put_order),
            "DELETE": ("delete", order_api.delete_order),
        },
    ),
    Route(
        r"orders/(\d+)/refunds",
        "orders/<id>/refunds",
        LIST,
        {"GET": ("view", order_api.list_refunds), "POST": ("create", order_api.post_refund)},
    ),
    Route(
        "webhooks",
        "webhooks",
        LIST,
        {"GET": ("view", webhook_api.list_webhooks), "POST": ("create", webhook_api.post_webhook)},
    ),
    Route(
        r"webhooks/(\d+)",
        "webhooks/<id>",
        ONE,
        {
            "GET": ("view", webhook_api.get_webhook),
            **_edits("edit", webhook_api.put_webhook),
            "DELETE": ("delete", webhook_api.delete_webhook),
        },
    ),
    Route("reports/orders/totals", "reports/orders/totals", "GET", {"GET": ("view", order_api.totals)}),
    Route("system_status", "system_status", "GET", {"GET": ("view", system_status)}),
    Route(
        "settings/products/woocommerce_manage_stock",
        "settings/products/woocommerce_manage_stock",
        "GET, POST, PUT, PATCH",
        {"GET": ("view", manage_stock_setting)},
    ),
)
SHOP_ONLY = re.compile("/wc/v3/(settings|system_status|webhooks)")  # for users with the right manage_woocommerce
# The admin screen's API: 9.9.5 answers there, with the same keys, what only 10.3 has in public.
ANALYTICS = Route("variations", "wc-analytics/variations", "GET", {"GET": ("view", product_api.list_variations)})


def find_route(path: str) -> tuple[Route, tuple[str, ...]] | None:
    """A slash at the end is let pass, a double one is another route (10.5.0)."""
    rest = path.removeprefix(f"{PREFIX}/wc/v3/").removesuffix("/")
    if path.startswith(f"{PREFIX}/wc-analytics/variations"):
        return ANALYTICS, ()
    if rest == path.removesuffix("/"):
        return None
    for route in ROUTES:
        if found := re.fullmatch(route.pattern, rest):
            return route, found.groups()
    return None


def answer(ctx: Context, keys: Keys, *, plugin_on: bool) -> Work:
    """Asks for keys first, then the key's rights, then the route; what goes wrong on the way is a JSON error."""
    base = {"Link": f'<{ctx.shop.url}{PREFIX}/>; rel="https://api.w.org/"'}
    try:
        if not plugin_on:
            raise no_route()
        key = keys.holder(ctx.call)
        if key is not None:
            base["Cache-Control"] = NO_CACHE
            if not key.may(ctx.call):
                raise auth.refused(f"The API key provided does not have {ctx.call.kind} permissions.")
            if not key.manages_shop and SHOP_ONLY.search(ctx.call.path):
                raise ApiError("woocommerce_rest_cannot_view", auth.FORBIDDEN["view"], 403)
        route, ids = find_route(ctx.call.path) or (None, ())
        if route is None or ctx.call.method not in route.methods:
            raise no_route()
        what, handler = route.methods[ctx.call.method]
        if key is None:
            raise auth.forbidden(what)
        base["Allow"] = route.allow
        ctx.headers.update(base)
        work = handler(ctx, *ids)
        return work if isinstance(work, Response) else (yield from work)
    except ApiError as error:
        return as_json(error.status, error.body(), **base)


def index(ctx: Context, *, plugin_on: bool) -> Response:
    """`/wp-json/`: open to everybody, names the shop."""
    spaces = ["oembed/1.0", *(["wc/v3", "wc-analytics"] if plugin_on else []), "wp/v2"]
    hours = ctx.shop.utc_offset.total_seconds() / 3600
    shop = {"name": ctx.shop.name, "description": "", "url": ctx.shop.url, "home": ctx.shop.url}
    return ctx.show({**shop, "gmt_offset": hours, "timezone_string": "", "namespaces": spaces})
