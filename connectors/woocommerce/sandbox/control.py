"""Driving the sandbox from another process: `POST /_control/<verb>` with a JSON object.

GET  /_control/numbers | calls | orders | leaks | struck | written          what there is
POST /_control/order    {"lines": {SKU or id: units}, "status"?}             → {"order", "status", …}
POST /_control/status   {"order", "status"}    ship | cancel | trash_order | delete_order {"order"}
POST /_control/refund   {"order", "lines": {line id: units}, "restock"?}
POST /_control/edit     {"order", "line", "quantity"}
POST /_control/stock    {"product", "units"}   the merchant's hand edit
POST /_control/product  {"sku", "units"?, "kind"?, "name"?, "status"?, "backorders"?}
POST /_control/variable {"sku", "variations": {option: units or null}, "pool"?}
POST /_control/variation {"product": its parent, "sku"?, "units"?, "option"?}
POST /_control/sku      {"product", "sku"}     swap {"one", "other"}    delete | recreate {"product"}
POST /_control/publish  {"product", "status"}  managed {"product", "managed"}
POST /_control/refuse   {"product", "code"?, "status"?}   a plugin's veto; code "" ends it
POST /_control/break    {"product", "breaks"?}  PHP dies on showing it     break_order {"order", "breaks"?}
POST /_control/seed     {"n", "seed"?}
POST /_control/switch   {name: value}: https_only, plain_permalinks, plugin_on, maintenance, database_down,
                        php_down, item_seconds, version, batch_limit, manage_stock, unique_skus, decimals,
                        basic_over_http, custom_statuses, utc_offset_hours, permissions,
                        strips_authorization, ignores_paging, most_per_page,
                        cache {"seconds", "heeds"} as in cache.py
POST /_control/fault    {"kind", …} as in faults.py; "action": {"verb", …} runs another verb
POST /_control/clear    drops the faults       POST /_control/land   applies the late calls
POST /_control/revoke   forgets all keys        POST /_control/pass   {"seconds"}: so much time goes by

Webhooks: GET /_control/webhooks | sent; switches reaches_this_machine, tells_sales, is_stale, pings_decide
POST /_control/mishaps  {"drop"?, "double"?, "late"?, "shuffle"?: shares, "seconds"?, "seed"?} as in testing/courier.py
POST /_control/deliver  waits until all that is due was sent    queue {"rests"}: the background queue stands still
POST /_control/disable  {"topic"?}: as after too many failures
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from connectors.testing import courier
from connectors.testing.control import Control, Given, Shown, Verbs
from connectors.woocommerce.sandbox.app import Sandbox
from connectors.woocommerce.sandbox.cache import Cache
from connectors.woocommerce.sandbox.catalogue import seed_catalogue
from connectors.woocommerce.sandbox.sales import Order

Verb = Callable[[Sandbox, Given], Any]
ON_SANDBOX = frozenset(
    (
        "https_only",
        "plain_permalinks",
        "plugin_on",
        "maintenance",
        "database_down",
        "php_down",
        "item_seconds",
        "strips_authorization",
        "ignores_paging",
        "most_per_page",
    )
)
ON_HOOKS = frozenset(("reaches_this_machine", "tells_sales", "is_stale", "pings_decide"))
ON_SHOP = frozenset(("manage_stock", "unique_skus", "custom_statuses", "decimals"))


def order_data(order: Order) -> Given:
    lines = [
        {"line": line.id, "product": line.sold_id, "quantity": line.quantity, "held": line.reduced}
        for line in order.lines
    ]
    return {"order": order.id, "status": order.status, "held": order.held, "lines": lines}


def wanted(sandbox: Sandbox, key: Any) -> Any:
    """A JSON key is text: a number is an id, unless a product has it as its SKU."""
    is_id = str(key).isdigit() and not sandbox.shop.with_sku(str(key))
    return sandbox.shop.find(int(key) if is_id else key)


def _order(sandbox: Sandbox, given: Given) -> Given:
    lines = {wanted(sandbox, key): units for key, units in given.pop("lines").items()}
    return order_data(sandbox.shop.place_order(lines, **given))


def _refund(sandbox: Sandbox, given: Given) -> Given:
    lines = {int(line): units for line, units in given.pop("lines").items()}
    return {"refund": sandbox.shop.refund(given.pop("order"), lines, **given).id}


def _of(method: str) -> Verb:
    """A verb about one product, given as "product" beside the method's own arguments."""

    def run(sandbox: Sandbox, given: Given) -> Any:
        made = getattr(sandbox.shop, method)(wanted(sandbox, given.pop("product")), **given)
        return made and sandbox.shop.row(made)

    return run


def _switch(sandbox: Sandbox, given: Given) -> None:
    """Sets switches by name. Raises KeyError for one that there is not."""
    holders = {
        **dict.fromkeys(ON_SANDBOX, sandbox),
        **dict.fromkeys(ON_SHOP, sandbox.shop),
        **dict.fromkeys(ON_HOOKS, sandbox.hooks),
        **dict.fromkeys(("version", "batch_limit"), sandbox.limits),
        "basic_over_http": sandbox.keys,
    }
    for name, value in given.items():
        if name == "permissions":
            for key in sandbox.keys.known.values():
                key.permissions = value
        elif name == "cache":
            sandbox.cache = Cache(**value)
        elif name == "utc_offset_hours":
            sandbox.shop.utc_offset = timedelta(hours=value)
        else:
            setattr(holders[name], name, value)


def _pass(sandbox: Sandbox, given: Given) -> None:
    clock, more = sandbox.shop.clock, timedelta(seconds=given["seconds"])
    sandbox.shop.clock = lambda: clock() + more


def _seed(sandbox: Sandbox, given: Given) -> Given:
    seeded = seed_catalogue(sandbox.shop, given["n"], seed=given.get("seed", 0))
    return {"skus": seeded.skus, "writable": seeded.writable}


def _queue(sandbox: Sandbox, given: Given) -> None:
    sandbox.hooks.courier.is_resting = given["rests"]


def _disable(sandbox: Sandbox, given: Given) -> None:
    for each in sandbox.hooks.webhooks.values():
        if given.get("topic", each.topic) == each.topic:
            each.status = "disabled"


def _webhooks(sandbox: Sandbox) -> list[Given]:
    shown = ("id", "name", "topic", "delivery_url", "status", "failures")
    return [{name: getattr(each, name) for name in shown} for each in list(sandbox.hooks.webhooks.values())]


SHOWN: Shown[Sandbox] = {
    "webhooks": _webhooks,
    "sent": lambda sandbox: courier.sent(sandbox.hooks.courier),
    "numbers": lambda sandbox: sandbox.shop.numbers(),
    "calls": lambda sandbox: dict(sandbox.calls),
    "orders": lambda sandbox: [order_data(order) for order in list(sandbox.shop.orders.values())],
    "written": lambda sandbox: list(sandbox.shop.written),
}
VERBS: Verbs[Sandbox] = {
    "order": _order,
    "status": lambda sandbox, given: order_data(sandbox.shop.set_order_status(given["order"], given["status"])),
    "ship": lambda sandbox, given: order_data(sandbox.shop.ship(given["order"])),
    "cancel": lambda sandbox, given: order_data(sandbox.shop.cancel(given["order"])),
    "trash_order": lambda sandbox, given: order_data(sandbox.shop.trash_order(given["order"])),
    "delete_order": lambda sandbox, given: sandbox.shop.delete_order(given["order"]),
    "refund": _refund,
    "edit": lambda sandbox, given: order_data(sandbox.shop.edit_line(given["order"], given["line"], given["quantity"])),
    "stock": _of("hand_edit"),
    "sku": _of("set_sku"),
    "publish": _of("set_status"),
    "managed": _of("set_managed"),
    "refuse": _of("refuse"),
    "break": _of("break_off"),
    "break_order": lambda sandbox, given: sandbox.shop.break_order(given["order"], given.get("breaks", True)),
    "delete": _of("delete"),
    "recreate": _of("recreate"),
    "product": lambda sandbox, given: sandbox.shop.row(sandbox.shop.add_product(**given)),
    "variable": lambda sandbox, given: sandbox.shop.row(sandbox.shop.add_variable(**given)),
    "variation": _of("add_variation"),
    "swap": lambda sandbox, given: sandbox.shop.swap_skus(
        wanted(sandbox, given["one"]), wanted(sandbox, given["other"])
    ),
    "seed": _seed,
    "switch": _switch,
    "pass": _pass,
    "mishaps": lambda sandbox, given: courier.arrange(sandbox.hooks.courier, given),
    "deliver": lambda sandbox, _: sandbox.hooks.courier.deliver(),
    "queue": _queue,
    "disable": _disable,
    "revoke": lambda sandbox, _: sandbox.keys.revoke_all(),
}
CONTROL = Control(SHOWN, VERBS)
