"""What the tests of the sandbox ask of it."""

from typing import Any

from connectors.shopify.sandbox import TOKEN, Sandbox, Shop, Variant

PATH = "/admin/api/2026-10/graphql.json"
HEADERS = {"Content-Type": "application/json", "X-Shopify-Access-Token": TOKEN}
SHOP = "query Shop { shop { name } }"
PUSH = """mutation Push($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id reason changes { name delta quantityAfterChange item { id } location { id } } }
    userErrors { code field message }
  }
}"""
RUN = """mutation Run($query: String!, $group: Boolean! = false) {
  bulkOperationRunQuery(query: $query, groupObjects: $group) {
    bulkOperation { id status } userErrors { code field message } } }"""
STATE = """query State($id: ID!) { bulkOperation(id: $id) {
  status errorCode objectCount rootObjectCount fileSize url partialDataUrl } }"""
SKUS = "{ productVariants { edges { node { id sku } } } }"


def line(variant: Variant, quantity: int, was: int | None = None, **changes: Any) -> dict[str, Any]:
    at = next(iter(variant.item.levels))
    return {
        "inventoryItemId": variant.item.id,
        "locationId": at,
        "quantity": quantity,
        "changeFromQuantity": was,
    } | changes


def push(sandbox: Sandbox, *rows: dict[str, Any], key: str = "k1", **head: Any) -> dict[str, Any]:
    given = {"name": "on_hand", "reason": "correction", "quantities": list(rows)} | head
    return sandbox.ask(PUSH, input=given, key=key)


def error_code(reply: dict[str, Any]) -> str:
    return str(reply["errors"][0]["extensions"]["code"])


def numbers(shop: Shop, variant: Variant, place: str = "Warehouse") -> tuple[int, int, int]:
    level = shop.level(variant, place)
    return level.available, level.committed, level.on_hand


def run(sandbox: Sandbox, query: str = SKUS, **settings: Any) -> dict[str, Any]:
    payload: dict[str, Any] = sandbox.ask(RUN, query=query, **settings)["data"]["bulkOperationRunQuery"]
    return payload


def state(sandbox: Sandbox, gid: str) -> dict[str, Any]:
    found: dict[str, Any] = sandbox.ask(STATE, id=gid)["data"]["bulkOperation"]
    return found


def finish(sandbox: Sandbox, query: str = SKUS, **settings: Any) -> dict[str, Any]:
    """A finished bulk operation: it has a file."""
    started = run(sandbox, query, **settings)["bulkOperation"]
    state(sandbox, started["id"])
    return state(sandbox, started["id"])
