"""Driving the sandbox from another process: `POST /_control/<verb>` with a JSON object.

GET  /_control/numbers | locations | calls | written | leaks | struck       what there is
POST /_control/product {"sku", "upc"?, "style"?, "size"?, "width"?, "units"?: {code: n}, "number"?}  → {"ref"}
     number: name it as the catalogue names its n-th
POST /_control/stock   {"product": ref or sku, "code", "units"}     a till overwrites what was reported
POST /_control/remove  {"product"}      POST /_control/refuse {"product", "why"}: from now on reports of it are refused
POST /_control/seed    {"n", "seed"?}   POST /_control/statuses {"error"?, "token"?}: of refusals, and of a bad token
POST /_control/fault   {"kind", …} as in faults.py; "action": {"verb", …} runs another verb
POST /_control/clear   drops the faults      POST /_control/land  applies the late reports
POST /_control/revoke  ends the token   POST /_control/pass {"seconds"}: time passes, which nothing here depends on
"""

from connectors.inventory_api.sandbox.app import Sandbox
from connectors.inventory_api.sandbox.catalogue import named, seed_catalogue
from connectors.inventory_api.sandbox.world import Product
from connectors.testing.control import Control, Given, Shown, Verbs


def _product(sandbox: Sandbox, given: Given) -> Given:
    units, number = given.pop("units", None), given.pop("number", None)
    product = Product(**given) if number is None else named(given["sku"], number)
    return {"ref": sandbox.shop.add(product, units)}


def _refuse(sandbox: Sandbox, given: Given) -> None:
    sandbox.shop.product(given["product"])[1].refused = given["why"]


def _statuses(sandbox: Sandbox, given: Given) -> None:
    sandbox.error_status = given.get("error", sandbox.error_status)
    sandbox.token_status = given.get("token", sandbox.token_status)


def _revoke(sandbox: Sandbox, _: Given) -> None:
    sandbox.token = None


SHOWN: Shown[Sandbox] = {
    "numbers": lambda sandbox: sandbox.shop.numbers(),
    "locations": lambda sandbox: [{"id": code, "name": name} for code, name in sandbox.shop.stores.items()],
    "calls": lambda sandbox: dict(sandbox.calls),
    "written": lambda sandbox: [
        {"ref": product.item.ref, "location": code, "quantity": quantity}
        for product, code, quantity in list(sandbox.shop.written)
    ],
}
VERBS: Verbs[Sandbox] = {
    "product": _product,
    "stock": lambda sandbox, given: sandbox.shop.set_by_hand(given["product"], given["code"], given["units"]),
    "remove": lambda sandbox, given: sandbox.shop.remove(given["product"]),
    "refuse": _refuse,
    "seed": lambda sandbox, given: seed_catalogue(sandbox.shop, given["n"], seed=given.get("seed", 0)),
    "statuses": _statuses,
    "revoke": _revoke,
    "pass": lambda _, __: None,
}
CONTROL = Control(SHOWN, VERBS)
