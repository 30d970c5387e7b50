"""The sandbox's lists are searched, sorted and paged as Shopify's."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from connectors.shopify.sandbox import ManualClock, Sandbox, Shop, Variant, seed_catalogue

from .asking import numbers

# Lists


def ask(sandbox: Sandbox, query: str, kind: str = "productVariants", pick: str = "sku") -> list[Any]:
    text = f"query L($query: String) {{ {kind}(first: 50, query: $query) {{ nodes {{ {pick} }} }} }}"
    return [node[pick] for node in sandbox.ask(text, query=query)["data"][kind]["nodes"]]


ODD = ["A:B", "A (new)", 'TV 42"', "A B", "-A", "plain", "Plain-2", ""]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param(r"sku:A\:B", ["A:B"], id="escaped colon"),
        pytest.param('sku:"A:B"', ["A:B"], id="quoted colon"),
        pytest.param('sku:"A (new)"', ["A (new)"], id="brackets"),
        pytest.param(r'sku:"TV 42\""', ['TV 42"'], id="quotes"),
        pytest.param("sku:'A B'", ["A B"], id="space"),
        pytest.param('sku:"-A"', ["-A"], id="minus"),
        pytest.param("sku:PLAIN", ["plain"], id="case does not matter"),
        pytest.param("sku:plain*", ["plain", "Plain-2"], id="prefix"),
        pytest.param("sku:plain OR sku:A\\:B", ["A:B", "plain"], id="or"),
        pytest.param('(sku:plain OR sku:"A B") AND -sku:plain', ["A B"], id="brackets, and, not"),
        pytest.param("sku:plain product_status:draft", [], id="terms join by and"),
        pytest.param("requires_components:true", [], id="bundles"),
        pytest.param("colour:red", ODD, id="unknown field"),
        pytest.param("", ODD, id="nothing"),
    ],
)
def test_search(shop: Shop, sandbox: Sandbox, query: str, found: list[str]) -> None:
    for sku in ODD:
        shop.add_variant(sku)
    assert ask(sandbox, query) == found


def test_search_by_time_and_id(shop: Shop, sandbox: Sandbox, clock: ManualClock) -> None:
    early = shop.add_variant("early")
    clock.advance(60)
    shop.add_variant("late")
    stamp = clock.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert ask(sandbox, f"updated_at:>='{stamp}'") == ["late"]
    assert ask(sandbox, f"updated_at:>'{stamp}'") == []
    assert ask(sandbox, f"id:>{early.id.rsplit('/')[-1]}") == ["late"]


PAGE = """query P($after: String) { productVariants(first: 2, after: $after, sortKey: ID) {
  nodes { sku } pageInfo { hasNextPage endCursor } } }"""


def walk(sandbox: Sandbox, between: Callable[[int], object] = lambda _: None) -> list[str]:
    """All SKUs in pages of two; `between` runs after each page."""
    found: list[str] = []
    after = None
    for number in range(99):
        page = sandbox.ask(PAGE, after=after)["data"]["productVariants"]
        found += [node["sku"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]
        between(number)
    raise AssertionError("the list does not end")


def test_paging_survives_deletes_and_inserts(shop: Shop, sandbox: Sandbox) -> None:
    for sku in "abcdef":
        shop.add_variant(sku)
    acts: dict[int, Callable[[], object]] = {0: lambda: shop.delete_variant("b"), 1: lambda: shop.add_variant("g")}
    assert walk(sandbox, lambda number: acts.get(number, lambda: None)()) == list("abcdefg")


def test_a_cursor_of_another_order_is_refused(shop: Shop, sandbox: Sandbox) -> None:
    shop.add_variant("a")
    text = 'query { productVariants(first: 1, after: "%s", sortKey: SKU) { nodes { id } } }'
    cursor = sandbox.ask(PAGE)["data"]["productVariants"]["pageInfo"]["endCursor"]
    assert "Invalid cursor" in sandbox.ask(text % cursor)["errors"][0]["message"]
    assert "Invalid cursor" in sandbox.ask(text % "banana")["errors"][0]["message"]


def test_last_and_reverse(shop: Shop, sandbox: Sandbox) -> None:
    for sku in "abc":
        shop.add_variant(sku)
    text = """{ a: productVariants(last: 2) { nodes { sku } }
      b: productVariants(first: 2, reverse: true) { nodes { sku } } }"""
    data = sandbox.ask(text)["data"]
    assert [[node["sku"] for node in data[name]["nodes"]] for name in "ab"] == [["b", "c"], ["c", "b"]]


def test_orders_come_by_their_last_change(shop: Shop, sandbox: Sandbox, clock: ManualClock, mug: Variant) -> None:
    for _ in range(3):
        shop.place_order({mug: 1})
        clock.advance(60)
    shop.fulfil("#1001")
    text = "{ orders(first: 9, sortKey: UPDATED_AT) { nodes { name displayFulfillmentStatus closed } } }"
    nodes = sandbox.ask(text)["data"]["orders"]["nodes"]
    assert [node["name"] for node in nodes] == ["#1002", "#1003", "#1001"]
    assert nodes[-1] == {"name": "#1001", "displayFulfillmentStatus": "FULFILLED", "closed": True}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status:open", ["#1001", "#1002"]),
        ("status:closed", ["#1003"]),
        ("status:cancelled", ["#1004"]),
        ("fulfillment_status:unfulfilled", ["#1001", "#1002", "#1004"]),
        ("fulfillment_status:unshipped", ["#1001", "#1004"]),
        ("fulfillment_status:partial", ["#1002"]),
        ("", ["#1001", "#1002", "#1003", "#1004"]),
    ],
)
def test_order_filters(shop: Shop, sandbox: Sandbox, mug: Variant, query: str, found: list[str]) -> None:
    for _ in range(4):
        shop.place_order({mug: 2})
    shop.fulfil("#1002", {"MUG": 1})
    shop.fulfil("#1003")
    shop.cancel("#1004")
    assert ask(sandbox, query, "orders", "name") == found


def test_orders_older_than_sixty_days_are_hidden_but_still_committed(
    shop: Shop, sandbox: Sandbox, clock: ManualClock, mug: Variant
) -> None:
    old = shop.place_order({mug: 4}, at=clock.now - timedelta(days=61))
    assert ask(sandbox, "", "orders", "name") == []
    assert sandbox.ask("query O($id: ID!) { node(id: $id) { id } }", id=old.id)["data"]["node"] is None
    assert numbers(shop, mug) == (6, 4, 10)
    sandbox.app.scopes |= {"read_all_orders"}
    assert ask(sandbox, "", "orders", "name") == ["#1001"]


def test_lines_tell_what_was_sold_what_stands_and_what_is_to_ship(shop: Shop, sandbox: Sandbox, mug: Variant) -> None:
    shop.place_order({mug: 10})
    shop.fulfil("#1001", {"MUG": 4})
    shop.refund("#1001", {"MUG": 1}, restock="RETURN")
    shop.refund("#1001", {"MUG": 2}, restock="CANCEL")
    text = """{ orders(first: 1) { nodes {
      lineItems(first: 1) { nodes { quantity currentQuantity unfulfilledQuantity } } } } }"""
    (line,) = sandbox.ask(text)["data"]["orders"]["nodes"][0]["lineItems"]["nodes"]
    assert line == {"quantity": 10, "currentQuantity": 7, "unfulfilledQuantity": 4}


def test_nodes_answer_in_order_with_null_for_what_is_gone(shop: Shop, sandbox: Sandbox, mug: Variant) -> None:
    gone = shop.add_variant("GONE")
    shop.delete_variant(gone)
    ids = [gone.item.id, mug.item.id, mug.id, mug.item.id.replace("InventoryItem", "Order")]
    reply = sandbox.ask("query N($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=ids)
    kinds = [each and each["__typename"] for each in reply["data"]["nodes"]]
    assert kinds == [None, "InventoryItem", "ProductVariant", None]


# The catalogue


def test_a_catalogue_is_the_same_for_the_same_seed() -> None:
    shops = [Shop(), Shop(), Shop()]
    one, same, other = (seed_catalogue(shop, 120, seed=seed) for shop, seed in zip(shops, (1, 1, 2), strict=True))
    assert one == same
    assert shops[0].numbers() == shops[1].numbers()
    assert one.skus != other.skus


def test_a_catalogue_has_every_kind_of_trouble(shop: Shop, sandbox: Sandbox) -> None:
    found = seed_catalogue(shop, 400, seed=3)
    assert len(shop.variants) == 400
    assert found.without_sku
    for kind in (found.bundles, found.untracked, found.duplicates, found.drafts, found.odd, found.unstocked):
        assert kind
    assert {mark for mark in ':()"- ' if any(mark in sku for sku in found.odd)} == set(':()"- ')
    assert ask(sandbox, "requires_components:true") == found.bundles
    assert not set(found.writable) & {*found.bundles, *found.untracked, *found.duplicates}
    assert all(sum(each.sku == sku for each in shop.variants.values()) == 2 for sku in found.duplicates)
