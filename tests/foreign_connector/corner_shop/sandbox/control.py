"""What people do in the shop, for other processes: `POST /_control/<verb>` with a JSON object.

GET  /_control/numbers | calls | written
POST /_control/product {"sku", "stock", "title"}  → {"id"}    POST /_control/order {"lines": {id: units}}  → {"id"}
POST /_control/edit    {"product", "stock"}    POST /_control/ship {"order"}    POST /_control/cancel {"order"}
"""

from connectors.testing.control import Control, Shown, Verbs
from corner_shop.sandbox.app import Sandbox

SHOWN: Shown[Sandbox] = {
    "numbers": lambda sandbox: [
        {"ref": each.id, "sku": each.sku, "stock_quantity": each.stock} for each in [*sandbox.shop.products.values()]
    ],
    "calls": lambda sandbox: dict(sandbox.calls),
    "written": lambda sandbox: [*sandbox.shop.written],
}
VERBS: Verbs[Sandbox] = {
    "product": lambda sandbox, given: {"id": sandbox.shop.add(**given)},
    "order": lambda sandbox, given: {"id": sandbox.shop.order(given["lines"])},
    "edit": lambda sandbox, given: sandbox.shop.edit(**given),
    "ship": lambda sandbox, given: sandbox.shop.ship(**given),
    "cancel": lambda sandbox, given: sandbox.shop.cancel(**given),
}
CONTROL = Control(SHOWN, VERBS)
