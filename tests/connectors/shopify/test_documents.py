"""Every document we send, with its variables, is valid against Shopify's real schema."""

import json
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate
from graphql.execution.values import get_variable_values

import connectors.shopify
from connectors.base import Batch, StockUpdate, send_once
from connectors.shopify import queries, webhooks
from connectors.shopify.translate import set_quantities, updated_since
from connectors.testing.harness import RetryingSender, batch, update

from .harness import ShopifyHarness

SCHEMA = build_schema((Path(connectors.shopify.__file__).parent / "admin_2026_10.graphql").read_text("utf-8"))
ITEM, HOME = "gid://shopify/InventoryItem/1", "gid://shopify/Location/11"
UPDATES = [StockUpdate(ITEM, HOME, 7), StockUpdate(ITEM, HOME, 7, 3)]
PAGE = {"first": 250, "after": None}
WEBHOOK = webhooks.wanted("orders/create", "https://stock.example.com/webhooks/main")
PLACES = {"l0": HOME, "l1": HOME, "l2": HOME}

SENT: list[tuple[queries.Document, dict[str, Any]]] = [
    (queries.SHOP, {}),
    (queries.IDENTITY, {}),
    (queries.LISTINGS_AGAIN, {"ids": [ITEM]}),
    (queries.LOCATIONS, PAGE),
    (queries.COUNT, {"limit": 2501}),
    (queries.variants(), {**PAGE, "query": None}),
    (queries.variants(3), {**PAGE, "query": None, **PLACES}),
    (queries.variants(), {**PAGE, "after": "abc", "query": "updated_at:>='2026-11-20T12:00:00Z'"}),
    (queries.levels(1), {**PAGE, "query": None, "l0": HOME}),
    (queries.levels(3), {**PAGE, "query": "id:1 OR id:2", **PLACES}),
    (queries.levels_of(3), {"ids": [ITEM], **PLACES}),
    (queries.BULK_RUN, {"query": queries.variants_bulk([HOME, HOME])}),
    (queries.BULK_STATE, {"id": "gid://shopify/BulkOperation/1"}),
    (queries.ORDERS, {**PAGE, "query": "status:open", "lines": 10, "parcels": 5}),
    (
        queries.poll(3),
        {
            "first": 20,
            "levels": 250,
            "query": "status:open",
            "edited": "updated_at:>='2026-11-20T12:00:00Z'",
            "lines": 10,
            "parcels": 5,
            **PLACES,
        },
    ),
    (queries.LEVELS_AT, {**PAGE, "edited": "updated_at:>='2026-11-20T12:00:00Z'", "l0": HOME}),
    (queries.LEVEL_STAMP, {"item": ITEM, "location": HOME}),
    (queries.ORDERS_BY_ID, {"ids": ["gid://shopify/Order/1"], "lines": 10, "parcels": 5}),
    (queries.OLDEST_ORDER, {}),
    (queries.ORDER_LINES, {**PAGE, "id": "gid://shopify/Order/1"}),
    (queries.ORDER_FULFILLMENTS, {"id": "gid://shopify/Order/1", "parcels": 250, "lines": 10}),
    (queries.FULFILLMENT_LINES, {**PAGE, "id": "gid://shopify/Fulfillment/1"}),
    (queries.SET_QUANTITIES, {"input": set_quantities(UPDATES, Batch("k", "r", ())), "key": "k"}),
    (queries.ACTIVATE, {"item": ITEM, "location": HOME, "key": "k"}),
    (webhooks.LIST, PAGE),
    *((webhooks.CREATE, {"topic": webhooks.enum_of(topic), "webhook": WEBHOOK}) for topic in webhooks.TOPICS),
    (webhooks.UPDATE, {"id": "gid://shopify/WebhookSubscription/1", "webhook": WEBHOOK}),
    (webhooks.DELETE, {"id": "gid://shopify/WebhookSubscription/1"}),
]


def operation(text: str) -> OperationDefinitionNode:
    """The only one of a document."""
    (found,) = parse(text).definitions
    assert isinstance(found, OperationDefinitionNode)
    return found


def faults(text: str, variables: dict[str, Any], schema: GraphQLSchema = SCHEMA) -> list[str]:
    document = parse(text)
    values = get_variable_values(schema, operation(text).variable_definitions or (), variables)
    found = [error.message for error in validate(schema, document)]
    return found + ([error.message for error in values] if isinstance(values, list) else [])


@pytest.mark.parametrize(("document", "variables"), SENT, ids=[f"{doc.name}-{n}" for n, (doc, _) in enumerate(SENT)])
def test_each_document_is_valid(document: queries.Document, variables: dict[str, Any]) -> None:
    assert faults(document.text, variables) == []
    sent = operation(document.text)
    names = {definition.variable.name.value for definition in sent.variable_definitions or ()}
    assert names == set(variables), "every variable is declared, and every one declared is sent"
    assert sent.name
    assert sent.name.value == document.name


@pytest.mark.parametrize(
    "text", [queries.variants_bulk(), queries.variants_bulk([HOME, HOME]), queries.levels_bulk([HOME, HOME])]
)
def test_bulk_queries_are_valid(text: str) -> None:
    assert faults(text, {}) == []


def test_the_table_holds_every_document() -> None:
    known = [*vars(queries).values(), *vars(webhooks).values()]
    constants = {value.name for value in known if isinstance(value, queries.Document)}
    assert constants <= {document.name for document, _ in SENT}


def test_the_check_would_notice() -> None:
    assert faults(queries.variants().text.replace("displayName", "displayTitle"), {**PAGE, "query": None})
    assert faults(queries.COUNT.text, {"limit": "many"})


def test_what_is_really_sent_is_valid_and_names_the_operation(harness: ShopifyHarness) -> None:
    """The whole connector at work, each request looked at."""
    refs = [harness.add(f"S{number}", 5) for number in range(30)]
    harness.ship(harness.order(refs[0], 2))
    connector = harness.connect(RetryingSender(harness), activate=True, bulk_above=0)
    connector.check()
    list(connector.listings())
    list(connector.listings(harness.now()))
    list(connector.read())
    list(connector.listings_with_readings())
    list(connector.read(refs))
    list(connector.read(refs[:3]))
    list(connector.changes(None))
    connector.push(batch(update(harness, refs[0], 3, was=3), update(harness, refs[1], 3)))
    calls = [call for call in harness.sandbox.log if call.kind in ("query", "mutation")]
    assert len({call.name for call in calls}) >= 10
    for call in calls:
        sent = json.loads(call.body)
        assert faults(sent["query"], sent["variables"]) == []
        assert sent["operationName"] == call.name


def test_search_text_needs_no_escaping(harness: ShopifyHarness) -> None:
    connector = harness.connect(send_once)
    assert "'" in updated_since(harness.now())
    assert list(connector.listings(harness.now())) == []
