"""The Shopify sandbox refuses what Shopify refuses: transport and GraphQL, rule by rule."""

import json
from typing import Any

import httpx
import pytest

from connectors.shopify.sandbox import ManualClock, Sandbox, Shop, Variant
from connectors.testing.http import Request

from .asking import HEADERS, PATH, PUSH, SHOP, error_code, line, push

# Transport


@pytest.mark.parametrize(
    ("path", "headers", "body", "status"),
    [
        pytest.param("/admin/api/2030-01/graphql.json", {}, None, 404, id="a version that does not exist"),
        pytest.param("/admin/api/banana/graphql.json", {}, None, 404, id="no version at all"),
        pytest.param("/admin/api/2026-10/products.json", {}, None, 404, id="another path"),
        pytest.param(PATH, {"X-Shopify-Access-Token": "wrong"}, None, 401, id="a wrong token"),
        pytest.param(PATH, {"X-Shopify-Access-Token": ""}, None, 401, id="no token"),
        pytest.param(PATH, {"Content-Type": "text/plain"}, None, 400, id="not declared as JSON"),
        pytest.param(PATH, {}, b"{broken", 400, id="not JSON"),
        pytest.param(PATH, {}, b"[]", 400, id="JSON without a query"),
        pytest.param(PATH, {}, None, 200, id="as it should be"),
        pytest.param("/admin/api/2026-04/graphql.json", {}, None, 200, id="an older version"),
    ],
)
def test_transport(sandbox: Sandbox, path: str, headers: dict[str, str], body: bytes | None, status: int) -> None:
    sent = body if body is not None else json.dumps({"query": SHOP}).encode()
    assert sandbox.handle(Request("POST", path, HEADERS | headers, sent)).status == status


def test_a_wrong_token_is_answered_in_shopifys_words(sandbox: Sandbox) -> None:
    reply = sandbox.ask(SHOP, token="wrong")
    assert reply["errors"].startswith("[API] Invalid API key or access token")


def test_an_expired_version_falls_forward_and_the_header_says_so(sandbox: Sandbox) -> None:
    asked = Request("POST", "/admin/api/2024-01/graphql.json", HEADERS, json.dumps({"query": SHOP}).encode())
    response = sandbox.handle(asked)
    assert response.headers["X-Shopify-API-Version"] == "2026-04"
    assert response.headers["X-Request-Id"]


def grant(sandbox: Sandbox, **form: str) -> httpx.Response:
    with httpx.Client(transport=sandbox.transport()) as client:
        given = {"grant_type": "client_credentials", "client_id": "sandbox-client", "client_secret": "sandbox-secret"}
        return client.post("https://sandbox.myshopify.com/admin/oauth/access_token", data=given | form)


def test_client_credentials_give_a_token_that_expires(sandbox: Sandbox, clock: ManualClock) -> None:
    sandbox.tokens.life = 60
    granted = grant(sandbox).json()
    assert set(granted) == {"access_token", "scope", "expires_in"}
    assert "data" in sandbox.ask(SHOP, token=granted["access_token"])
    clock.advance(60)
    assert "data" not in sandbox.ask(SHOP, token=granted["access_token"])


@pytest.mark.parametrize(
    "form",
    [{"client_secret": "wrong"}, {"client_id": "wrong"}, {"grant_type": "password"}],
    ids=["secret", "client", "grant type"],
)
def test_wrong_client_credentials_are_refused(sandbox: Sandbox, form: dict[str, str]) -> None:
    assert grant(sandbox, **form).status_code == 400


# GraphQL


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("query { shop { name }", "syntax error", id="syntax"),
        pytest.param("query { shop { nme } }", "Field 'nme' doesn't exist on type 'Shop'", id="unknown field"),
        pytest.param("query { shop }", "must have a selection", id="no selection"),
        pytest.param("query Q($a: ID!) { shop { name } }", "never used", id="unused variable"),
        pytest.param(
            "mutation { inventoryActivate(inventoryItemId: 1, locationId: 2) @idempotent { userErrors { message } } }",
            "required",
            id="idempotent without a key",
        ),
    ],
)
def test_a_text_that_does_not_fit_the_schema_has_no_data_and_no_cost(sandbox: Sandbox, text: str, message: str) -> None:
    reply = sandbox.ask(text)
    assert message in reply["errors"][0]["message"]
    assert set(reply) == {"errors"}


@pytest.mark.parametrize(
    ("change", "path", "explanation"),
    [
        pytest.param({"compareQuantity": 1}, "compareQuantity", "Field is not defined on", id="removed field"),
        pytest.param({"quantity": None}, "quantity", "Expected value to not be null", id="null"),
        pytest.param({"quantity": "7"}, "quantity", "Could not coerce value '7' to Int", id="text for a number"),
        pytest.param({"quantity": 2**31}, "quantity", "Could not coerce", id="beyond 32 bits"),
        pytest.param({"inventoryItemId": "7"}, "inventoryItemId", "Invalid global id '7'", id="bare id"),
    ],
)
def test_variables_that_do_not_fit(
    sandbox: Sandbox, mug: Variant, change: dict[str, Any], path: str, explanation: str
) -> None:
    reply = push(sandbox, line(mug, 5) | change)
    problem = reply["errors"][0]["extensions"]["problems"][0]
    assert error_code(reply) == "INVALID_VARIABLE"
    assert problem["path"] == ["quantities", 0, path]
    assert explanation in problem["explanation"]
    assert set(reply) == {"errors"}


def test_a_missing_variable_is_invalid(sandbox: Sandbox) -> None:
    reply = sandbox.ask(PUSH, key="k")
    assert reply["errors"][0]["extensions"]["problems"] == [
        {"path": [], "explanation": "Expected value to not be null"}
    ]


def test_an_array_of_more_than_250_is_refused(sandbox: Sandbox, mug: Variant) -> None:
    reply = push(sandbox, *[line(mug, 5)] * 251)
    assert error_code(reply) == "MAX_INPUT_SIZE_EXCEEDED"
    assert reply["errors"][0]["message"].startswith("The input array size of 251 is greater than the maximum")


@pytest.mark.parametrize("args", ["first: 251", "", "first: 2, last: 2"], ids=["too many", "none", "both"])
def test_a_page_needs_one_size_of_at_most_250(sandbox: Sandbox, args: str) -> None:
    reply = sandbox.ask(f"query {{ productVariants(sortKey: ID {args}) {{ nodes {{ id }} }} }}")
    assert error_code(reply) == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        pytest.param("{ shop { name } }", 1, id="an object"),
        pytest.param("{ productVariants(first: 1) { nodes { id } } }", 3, id="1 row"),
        pytest.param("{ productVariants(first: 5) { nodes { id } } }", 5, id="5 rows"),
        pytest.param("{ productVariants(first: 50) { nodes { id } } }", 9, id="50 rows"),
        pytest.param("{ productVariants(first: 100) { edges { node { id } } } }", 11, id="100 rows"),
        pytest.param("{ productVariants(first: 250) { nodes { id } } }", 13, id="250 rows"),
        pytest.param(
            '{ product(id: "gid://shopify/Product/1") { variants(first: 250) { nodes { inventoryItem { id } } } } }',
            25,
            id="as it was once measured",
        ),
    ],
)
def test_requested_cost(sandbox: Sandbox, text: str, cost: int) -> None:
    assert sandbox.ask(text)["extensions"]["cost"]["requestedQueryCost"] == cost


def test_a_mutation_costs_ten_also_when_it_fails(sandbox: Sandbox, mug: Variant) -> None:
    done = push(sandbox, line(mug, 5))["extensions"]["cost"]
    failed = push(sandbox, line(mug, -1), key="k2")["extensions"]["cost"]
    assert (done["requestedQueryCost"], done["actualQueryCost"]) == (13, 13)
    assert (failed["requestedQueryCost"], failed["actualQueryCost"]) == (13, 10)


def test_more_than_a_thousand_points_are_refused_on_every_plan(shop: Shop) -> None:
    deep = "orders(first: 250) { nodes { lineItems(first: 250) { nodes { variant { id } } } } }"
    reply = Sandbox(shop, plan=(20_000, 1_000)).ask(f"{{ a: {deep} b: {deep} c: {deep} d: {deep} }}")
    assert error_code(reply) == "MAX_COST_EXCEEDED"


def test_an_empty_bucket_throttles_and_refills_by_the_clock(shop: Shop, clock: ManualClock) -> None:
    sandbox = Sandbox(shop, plan=(20, 10))
    text = "{ productVariants(first: 250) { nodes { id } } }"
    first = sandbox.ask(text)
    assert first["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == 18  # paid 2, for no rows
    sandbox.buckets["sandbox-client"].level = 5
    reply = sandbox.ask(text)
    assert error_code(reply) == "THROTTLED"
    assert "data" not in reply
    assert reply["extensions"]["cost"]["actualQueryCost"] is None
    clock.advance(1)
    assert "data" in sandbox.ask(text)


def test_apps_have_buckets_of_their_own(sandbox: Sandbox) -> None:
    other = sandbox.tokens.install("other", "secret", frozenset(), "other-token")
    sandbox.buckets[sandbox.app.client_id].level = 0
    assert "data" in sandbox.ask(SHOP, token="other-token")
    assert sandbox.buckets[other.client_id].level < 2000


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        pytest.param("{ productVariantsCount { count } }", "read_products", id="products"),
        pytest.param("{ orders(first: 1) { nodes { id } } }", "read_orders", id="orders"),
        pytest.param("{ locations(first: 1) { nodes { id } } }", "read_locations", id="locations"),
        pytest.param("{ inventoryItems(first: 1) { nodes { id } } }", "read_inventory", id="inventory"),
    ],
)
def test_a_missing_scope_is_denied(shop: Shop, text: str, scope: str) -> None:
    reply = Sandbox(shop, scopes=frozenset()).ask(text)
    assert error_code(reply) == "ACCESS_DENIED"
    assert scope in reply["errors"][0]["extensions"]["requiredAccess"]


def test_writing_needs_its_scope_and_implies_reading(shop: Shop, mug: Variant) -> None:
    reader = Sandbox(shop, scopes=frozenset({"read_inventory"}))
    assert error_code(push(reader, line(mug, 5))) == "ACCESS_DENIED"
    writer = Sandbox(shop, scopes=frozenset({"write_inventory"}))
    assert "errors" not in writer.ask("{ inventoryItems(first: 1) { nodes { id } } }")


def test_an_unknown_search_field_matches_everything_with_a_warning(sandbox: Sandbox, mug: Variant) -> None:
    reply = sandbox.ask('{ productVariants(first: 5, query: "colour:red") { nodes { sku } } }')
    assert reply["data"]["productVariants"]["nodes"] == [{"sku": "MUG"}]
    assert reply["extensions"]["search"][0]["warnings"][0]["field"] == "colour"


def test_what_is_not_imitated_says_so(sandbox: Sandbox) -> None:
    reply = sandbox.ask('{ job(id: "gid://shopify/Job/1") { done } }')
    assert "does not imitate QueryRoot.job" in reply["errors"][0]["message"]
