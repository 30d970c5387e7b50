"""Driving the sandbox from another process: `POST /_control/<verb>` with a JSON object.

GET  /_control/numbers | calls | orders | locations | leaks | keys | struck | written     what there is
POST /_control/order   {"lines": {SKU or variant id: units}, "location"?: id or name}   → {"order", "name"}
POST /_control/fulfil  {"order", "lines"?, "location"?}      POST /_control/cancel {"order", "restock"?}
POST /_control/refund  {"order", "lines", "restock"}         POST /_control/edit   {"order", "line", "quantity"}
POST /_control/stock   {"variant", "quantity", "name"?, "location"?}    the merchant's hand edit
POST /_control/sku     {"variant", "sku"}    swap {"one", "other"}    delete | recreate {"variant", "on_hand"?}
POST /_control/tracked {"variant", "tracked"}    variant {"sku", "product"?: title, "on_hand"?, …}    location {"name"}
POST /_control/seed    {"n", "seed"?}        POST /_control/plan {"maximum", "rate"}
POST /_control/fault   {"kind", …} as in faults.py; "action": {"verb", …} runs another verb
POST /_control/clear   drops the faults      POST /_control/land  applies the late calls
POST /_control/revoke  ends all tokens       POST /_control/token_life {"seconds"}
POST /_control/bulk    {"polls"?, "fail_next"?}
POST /_control/level_filter {"mode"?: heeded | ignored | deaf, "lag"?: seconds}    pass {"seconds"}: so much time

Webhooks: GET /_control/webhooks | sent
POST /_control/mishaps {"drop"?, "double"?, "late"?, "shuffle"?: shares, "seconds"?, "seed"?} as in testing/courier.py
POST /_control/deliver  waits until all that is due was sent    spacing {"seconds"} between two tries
POST /_control/rotate  {"secret", "seconds"?}: a new client secret; so long the old one signs
POST /_control/unsubscribe {"topic"?}: Shopify drops what it subscribed to    uninstall: the merchant removes the app
"""

from datetime import timedelta

from connectors.shopify.sandbox.app import Sandbox
from connectors.shopify.sandbox.catalogue import seed_catalogue
from connectors.shopify.sandbox.goods import Variant, row
from connectors.shopify.sandbox.sales import Order
from connectors.testing import courier
from connectors.testing.control import Control, Given, Shown, Verbs


def order_data(order: Order) -> Given:
    return {
        "order": order.id,
        "name": order.name,
        "open": order.committed_units,
        "status": order.display_fulfillment_status,
        "lines": {line.sku: line.unfulfilled_quantity for line in order.lines},
    }


def variant_data(variant: Variant) -> Given:
    return {"variant": variant.id, "item": variant.item.id}


def _seed(sandbox: Sandbox, given: Given) -> Given:
    seeded = seed_catalogue(sandbox.shop, given["n"], seed=given.get("seed", 0))
    return {"skus": seeded.skus, "writable": seeded.writable}


def _plan(sandbox: Sandbox, given: Given) -> None:
    sandbox.plan = (given["maximum"], given["rate"])
    sandbox.buckets.clear()


def _bulk(sandbox: Sandbox, given: Given) -> None:
    sandbox.bulk.polls = given.get("polls", sandbox.bulk.polls)
    sandbox.bulk.fail_next = given.get("fail_next")


def _level_filter(sandbox: Sandbox, given: Given) -> None:
    sandbox.shop.level_filter = given.get("mode", sandbox.shop.level_filter)
    sandbox.shop.index_lag = timedelta(seconds=given.get("lag", 0))


def _pass(sandbox: Sandbox, given: Given) -> None:
    sandbox.shop.ahead += timedelta(seconds=given["seconds"])


def _token_life(sandbox: Sandbox, given: Given) -> None:
    sandbox.tokens.life = given["seconds"]


def _spacing(sandbox: Sandbox, given: Given) -> None:
    sandbox.hooks.spacing = given["seconds"]


def _unsubscribe(sandbox: Sandbox, given: Given) -> None:
    kept = {
        key: each
        for key, each in sandbox.hooks.subscriptions.items()
        if given.get("topic", each.spelled) != each.spelled
    }
    sandbox.hooks.subscriptions = kept


def _webhooks(sandbox: Sandbox) -> list[Given]:
    return [
        {"id": each.id, "topic": each.spelled, "uri": each.uri, "name": each.name, "failures": each.failures}
        for each in list(sandbox.hooks.subscriptions.values())
    ]


SHOWN: Shown[Sandbox] = {
    "webhooks": _webhooks,
    "sent": lambda sandbox: courier.sent(sandbox.hooks.courier),
    "numbers": lambda sandbox: sandbox.shop.numbers(),
    "calls": lambda sandbox: {"calls": dict(sandbox.calls), "executed": dict(sandbox.executed)},
    "orders": lambda sandbox: [order_data(order) for order in list(sandbox.shop.orders.values())],
    "locations": lambda sandbox: [{"id": at.id, "name": at.name} for at in list(sandbox.shop.locations.values())],
    "written": lambda sandbox: list(sandbox.shop.written),
    "keys": lambda sandbox: [key for store in list(sandbox.keys.values()) for key in store.entries],
}
VERBS: Verbs[Sandbox] = {
    "order": lambda sandbox, given: order_data(sandbox.shop.place_order(**given)),
    "fulfil": lambda sandbox, given: {"fulfillment": sandbox.shop.fulfil(**given).id},
    "cancel": lambda sandbox, given: sandbox.shop.cancel(**given),
    "cancel_fulfillment": lambda sandbox, given: sandbox.shop.cancel_fulfillment(**given),
    "refund": lambda sandbox, given: {"refund": sandbox.shop.refund(**given).id},
    "edit": lambda sandbox, given: sandbox.shop.edit_order(**given),
    "stock": lambda sandbox, given: row(sandbox.shop.hand_edit(**given)),
    "set_aside": lambda sandbox, given: row(sandbox.shop.set_aside(**given)),
    "unstock": lambda sandbox, given: sandbox.shop.unstock(**given),
    "sku": lambda sandbox, given: sandbox.shop.set_sku(**given),
    "swap": lambda sandbox, given: sandbox.shop.swap_skus(**given),
    "tracked": lambda sandbox, given: sandbox.shop.set_tracked(**given),
    "delete": lambda sandbox, given: sandbox.shop.delete_variant(**given),
    "recreate": lambda sandbox, given: variant_data(sandbox.shop.recreate(**given)),
    "variant": lambda sandbox, given: variant_data(sandbox.shop.add_variant(**given)),
    "location": lambda sandbox, given: {"location": sandbox.shop.add_location(**given).id},
    "seed": _seed,
    "plan": _plan,
    "revoke": lambda sandbox, _: sandbox.tokens.revoke_all(),
    "token_life": _token_life,
    "bulk": _bulk,
    "level_filter": _level_filter,
    "pass": _pass,
    "mishaps": lambda sandbox, given: courier.arrange(sandbox.hooks.courier, given),
    "deliver": lambda sandbox, _: sandbox.hooks.courier.deliver(),
    "spacing": _spacing,
    "rotate": lambda sandbox, given: sandbox.hooks.rotate(sandbox.app, **given),
    "unsubscribe": _unsubscribe,
    "uninstall": lambda sandbox, _: sandbox.uninstall(),
}
CONTROL = Control(SHOWN, VERBS)
