"""Every GraphQL document that is sent to Shopify, as constants. Valid on 2026-04 … 2026-10.

Selections are as small as they can be: each object costs a point, and the bucket is shared by every
worker of the app. https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal


@dataclass(frozen=True, slots=True)
class Document:
    """One named operation. ids: the same list with nothing but ids, for finding a row that breaks it off. kind: of what
    it tells."""

    name: str
    text: str
    ids: str = ""
    kind: Literal["listing", "order"] = "listing"


SHOP = Document(
    "Shop",
    "query Shop { shop { name } currentAppInstallation { accessScopes { handle } } }",
)

IDENTITY = Document("Identity", "query Identity { shop { id } }")

LOCATIONS = Document(
    "Locations",
    """query Locations($first: Int!, $after: String) {
  locations(first: $first, after: $after, includeInactive: true, includeLegacy: true, sortKey: ID) {
    nodes { id name isActive }
    pageInfo { hasNextPage endCursor }
  }
}""",
)

# ---------------------------------------------------------------- listings

COUNT = Document("Count", "query Count($limit: Int!) { productVariantsCount(limit: $limit) { count } }")


@cache
def variants(places: int = 0) -> Document:
    """The variants that a search finds, in pages, with the levels of their items at `places` locations ($l0 … are their
    ids); $query null finds all. Sorted by id, so that the cursor is a key and rows that change meanwhile are neither
    lost nor doubled."""
    name, (head, fields) = "Listed" if places else "Variants", _levels(places)
    ids = _variants(f"{name}Ids", "inventoryItem { id }")
    return Document(name, _variants(name, _variant(fields), head), ids)


def _variants(name: str, node: str, head: str = "") -> str:
    return f"""query {name}($first: Int!, $after: String, $query: String{head}) {{
  productVariants(first: $first, after: $after, query: $query, sortKey: ID) {{
    nodes {{ {node} }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}"""


def variants_bulk(locations: Sequence[str] = ()) -> str:
    """The same as a bulk query, which takes no variables; the ids are checked to be plain gids. One connection, nothing
    nested: each line of the file is a whole listing, and no join is needed."""
    return f"{{ productVariants {{ edges {{ node {{ {_variant(_levels_at(locations))} }} }} }} }}"


def _variant(levels_: str) -> str:
    item = f"inventoryItem {{ id tracked {levels_}}}"
    return f"id sku displayName requiresComponents {item} product {{ status }}"


# ---------------------------------------------------------------- levels

_LEVEL = 'isActive quantities(names: ["available", "on_hand", "committed", "reserved"]) { name quantity }'


def alias(place: int) -> str:
    """The name under which the level at the n-th location comes back."""
    return f"at{place}"


@cache
def levels_of(places: int) -> Document:
    """The levels of given inventory items at `places` locations ($l0 … are their ids)."""
    head, fields = _levels(places)
    text = f"query LevelsOf($ids: [ID!]!{head}) {{ nodes(ids: $ids) {{ ... on InventoryItem {{ id {fields} }} }} }}"
    return Document("LevelsOf", text)


@cache
def levels(places: int) -> Document:
    """The levels of the inventory items that a search finds, in pages; $query null finds all."""
    head, fields = _levels(places)
    text = f"""query Levels($first: Int!, $after: String, $query: String{head}) {{
  inventoryItems(first: $first, after: $after, query: $query) {{
    nodes {{ id {fields} }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}"""
    return Document("Levels", text, _ITEM_IDS)


_ITEM_IDS = """query LevelsIds($first: Int!, $after: String, $query: String) {
  inventoryItems(first: $first, after: $after, query: $query) { nodes { id } pageInfo { hasNextPage endCursor } }
}"""


def levels_bulk(locations: Sequence[str]) -> str:
    """The same in bulk."""
    return f"{{ inventoryItems {{ edges {{ node {{ id {_levels_at(locations)} }} }} }} }}"


def _levels_at(locations: Sequence[str]) -> str:
    return " ".join(_level_at(place, f'"{location}"') for place, location in enumerate(locations))


def _levels(places: int) -> tuple[str, str]:
    head = "".join(f", $l{place}: ID!" for place in range(places))
    return head, " ".join(_level_at(place, f"$l{place}") for place in range(places))


def _level_at(place: int, location: str) -> str:
    # Without includeInactive a level that sells nothing looks as if it had never existed.
    return f"{alias(place)}: inventoryLevel(locationId: {location}, includeInactive: true) {{ {_LEVEL} }}"


LISTINGS_AGAIN = Document(
    "ListingsAgain",
    """query ListingsAgain($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on InventoryItem { id variants(first: 1) { nodes { sku displayName product { status } } } }
  }
}""",
)

# ---------------------------------------------------------------- edits

_CHANGED = f"item {{ id }} updatedAt {_LEVEL}"


def _changed_at(place: int, size: str, after: str = "") -> str:
    head = f"first: ${size}, query: $edited, includeInactive: true{after}"
    connection = f"inventoryLevels({head}) {{ nodes {{ {_CHANGED} }} pageInfo {{ hasNextPage endCursor }} }}"
    return f"{alias(place)}: location(id: $l{place}) {{ {connection} }}"


LEVELS_AT = Document(
    "LevelsAt",
    f"""query LevelsAt($first: Int!, $after: String, $edited: String!, $l0: ID!) {{
  {_changed_at(0, "first", ", after: $after")}
}}""",
    f"""query LevelsAtIds($first: Int!, $after: String, $edited: String!, $l0: ID!) {{
  {_changed_at(0, "first", ", after: $after").replace(_CHANGED, "item { id }")}
}}""",
)


@cache
def poll(places: int) -> Document:
    """Orders and, at `places` locations, stock levels that changed: the first page of each, in one request."""
    head = "$first: Int!, $query: String!, $lines: Int!, $parcels: Int!, $levels: Int!, $edited: String!"
    head += "".join(f", $l{place}: ID!" for place in range(places))
    levels_ = "\n  ".join(_changed_at(place, "levels") for place in range(places))
    text = f"""query Poll({head}) {{
  orders(first: $first, query: $query, sortKey: UPDATED_AT) {{
    nodes {{ {_ORDER} }}
    {_PAGE}
  }}
  {levels_}
}}"""
    return Document("Poll", text)


LEVEL_STAMP = Document(
    "LevelStamp",
    """query LevelStamp($item: ID!, $location: ID!) {
  inventoryItem(id: $item) { inventoryLevel(locationId: $location, includeInactive: true) { updatedAt } }
}""",
)

# ---------------------------------------------------------------- bulk operations

BULK_RUN = Document(
    "BulkRun",
    """mutation BulkRun($query: String!) {
  bulkOperationRunQuery(query: $query, groupObjects: false) {
    bulkOperation { id }
    userErrors { code field message }
  }
}""",
)

BULK_STATE = Document(
    "BulkState",
    "query BulkState($id: ID!) { bulkOperation(id: $id) { status errorCode objectCount url } }",
)

# ---------------------------------------------------------------- orders

_PAGE = "pageInfo { hasNextPage endCursor }"
_LINE = "id sku title requiresShipping unfulfilledQuantity variant { inventoryItem { id } }"
_SHIPPED_LINE = "quantity lineItem { id }"
_FULFILLMENT = f"""id status createdAt location {{ id }}
      fulfillmentLineItems(first: $lines) {{ nodes {{ {_SHIPPED_LINE} }} {_PAGE} }}"""

_ORDER = f"""id name createdAt updatedAt cancelledAt
      lineItems(first: $lines) {{ nodes {{ {_LINE} }} {_PAGE} }}
      fulfillmentsCount {{ count }}
      fulfillments(first: $parcels) {{ {_FULFILLMENT} }}"""

ORDERS = Document(
    "Orders",
    f"""query Orders($first: Int!, $after: String, $query: String!, $lines: Int!, $parcels: Int!) {{
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    nodes {{ {_ORDER} }}
    {_PAGE}
  }}
}}""",
    f"""query OrdersIds($first: Int!, $after: String, $query: String!) {{
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{ nodes {{ id }} {_PAGE} }}
}}""",
    kind="order",
)

ORDERS_BY_ID = Document(
    "OrdersById",
    f"""query OrdersById($ids: [ID!]!, $lines: Int!, $parcels: Int!) {{
  nodes(ids: $ids) {{ ... on Order {{ {_ORDER} }} }}
}}""",
    kind="order",
)

OLDEST_ORDER = Document(
    "OldestOrder",
    """query OldestOrder {
  orders(first: 1, sortKey: CREATED_AT) { nodes { id } }
  currentAppInstallation { accessScopes { handle } }
}""",
)

ORDER_LINES = Document(
    "OrderLines",
    f"""query OrderLines($id: ID!, $first: Int!, $after: String) {{
  order(id: $id) {{ lineItems(first: $first, after: $after) {{ nodes {{ {_LINE} }} {_PAGE} }} }}
}}""",
)

# Fulfillments are a plain list without a cursor: the only way to the rest is to ask for more of it.
ORDER_FULFILLMENTS = Document(
    "OrderFulfillments",
    f"""query OrderFulfillments($id: ID!, $parcels: Int!, $lines: Int!) {{
  order(id: $id) {{ fulfillments(first: $parcels) {{ {_FULFILLMENT} }} }}
}}""",
)

FULFILLMENT_LINES = Document(
    "FulfillmentLines",
    f"""query FulfillmentLines($id: ID!, $first: Int!, $after: String) {{
  node(id: $id) {{
    ... on Fulfillment {{
      fulfillmentLineItems(first: $first, after: $after) {{ nodes {{ {_SHIPPED_LINE} }} {_PAGE} }}
    }}
  }}
}}""",
)

# ---------------------------------------------------------------- writing

# The adjustment group is not even selected: null or not, it says nothing (a null one without errors is a
# success in which nothing had to change). Only userErrors are judged.
SET_QUANTITIES = Document(
    "SetQuantities",
    """mutation SetQuantities($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    userErrors { code field message }
  }
}""",
)

ACTIVATE = Document(
    "Activate",
    """mutation Activate($item: ID!, $location: ID!, $key: String!) {
  inventoryActivate(inventoryItemId: $item, locationId: $location) @idempotent(key: $key) {
    inventoryLevel { isActive }
    userErrors { field message }
  }
}""",
)
