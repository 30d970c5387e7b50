"""The WooCommerce sandbox's orders: who takes units off stock and who gives them back (10.5.0 and 9.9.5)."""

import threading
from typing import Any

import pytest

from connectors.woocommerce.sandbox import ManualClock, Order, Product, Sandbox, Shop


@pytest.fixture
def shop(shop: Shop) -> Shop:
    shop.custom_statuses.append("packed")
    return shop


def created(sandbox: Sandbox, product: Product, units: int, **settings: Any) -> dict[str, Any]:
    body = {"line_items": [{"product_id": product.id, "quantity": units}], **settings}
    answer = sandbox.ask("POST", "orders", body)
    assert answer.status == 201
    order: dict[str, Any] = answer.json()
    return order


def held(order: dict[str, Any]) -> list[Any]:
    return [
        next((meta["value"] for meta in line["meta_data"] if meta["key"] == "_reduced_stock"), None)
        for line in order["line_items"]
    ]


@pytest.mark.parametrize(
    ("settings", "left", "reduced"),
    [
        ({"status": "on-hold"}, 8, "2"),
        ({"status": "processing"}, 8, "2"),
        ({"status": "completed"}, 8, "2"),
        ({"set_paid": True}, 8, "2"),
        ({}, 10, None),
        ({"status": "pending"}, 10, None),
        ({"status": "checkout-draft"}, 10, None),
        ({"status": "failed"}, 10, None),
        ({"status": "cancelled"}, 10, None),
        ({"status": "refunded"}, 10, None),
        ({"status": "packed"}, 10, None),
    ],
)
def test_the_first_status_decides(
    sandbox: Sandbox, mug: Product, settings: dict[str, Any], left: int, reduced: str | None
) -> None:
    order = created(sandbox, mug, 2, **settings)
    assert (mug.stock_quantity, held(order)) == (left, [reduced])


@pytest.mark.parametrize(
    ("status", "left", "reduced"),
    [
        ("cancelled", 10, None),
        ("pending", 10, None),
        ("failed", 8, "2"),
        ("refunded", 8, "2"),
        ("packed", 8, "2"),
        ("completed", 8, "2"),
    ],
)
def test_later_moves(sandbox: Sandbox, mug: Product, status: str, left: int, reduced: str | None) -> None:
    order = created(sandbox, mug, 2, status="processing")
    moved = sandbox.ask("PUT", f"orders/{order['id']}", {"status": status}).json()
    assert (moved["status"], mug.stock_quantity, held(moved)) == (status, left, [reduced])


def test_there_and_back_again_counts_once(shop: Shop, mug: Product) -> None:
    order = shop.place_order({"MUG": 2}, status="on-hold")
    for status in ("processing", "packed", "completed"):
        shop.set_order_status(order, status)
        assert (mug.stock_quantity, order.held, mug.total_sales) == (8, 2, 2)
    shop.cancel(order)
    shop.set_order_status(order, "processing")
    assert (mug.stock_quantity, order.held) == (8, 2)


def test_trash_and_deletion_give_nothing_back(sandbox: Sandbox, shop: Shop, mug: Product) -> None:
    order = shop.place_order({"MUG": 2})
    trashed = sandbox.ask("DELETE", f"orders/{order.id}").json()
    assert (trashed["status"], mug.stock_quantity) == ("trash", 8)
    assert sandbox.ask("GET", "orders").json() == []
    assert [row["id"] for row in sandbox.ask("GET", "orders", status="trash").json()] == [order.id]
    sandbox.ask("DELETE", f"orders/{order.id}", force="true")
    assert (sandbox.ask("GET", f"orders/{order.id}").status, mug.stock_quantity) == (404, 8)


@pytest.mark.parametrize(("restock", "left", "reduced"), [(None, 8, "2"), (True, 8, "2"), (False, 7, "3")])
def test_a_partial_refund(sandbox: Sandbox, shop: Shop, mug: Product, restock: Any, left: int, reduced: str) -> None:
    order = shop.place_order({"MUG": 3})
    body = {"line_items": [{"id": order.lines[0].id, "quantity": 1, "refund_total": 10}]}
    body |= {} if restock is None else {"api_restock": restock}
    assert sandbox.ask("POST", f"orders/{order.id}/refunds", body).status == 201
    shown = sandbox.ask("GET", f"orders/{order.id}").json()
    assert (mug.stock_quantity, held(shown), shown["line_items"][0]["quantity"]) == (left, [reduced], 3)
    (refund,) = sandbox.ask("GET", f"orders/{order.id}/refunds").json()
    assert refund["line_items"][0]["quantity"] == -1
    assert shown["refunds"][0]["id"] == refund["id"]


def test_a_refund_of_everything_ends_the_order(shop: Shop, mug: Product) -> None:
    order = shop.place_order({"MUG": 3})
    shop.refund(order, {order.lines[0].id: 3})
    assert (order.status, order.held, mug.stock_quantity) == ("refunded", 0, 10)


@pytest.mark.parametrize(("quantity", "left"), [(5, 5), (1, 9), (0, 10)])
def test_an_edited_line_moves_stock(sandbox: Sandbox, shop: Shop, mug: Product, quantity: int, left: int) -> None:
    order = shop.place_order({"MUG": 3})
    body = {"line_items": [{"id": order.lines[0].id, "quantity": quantity}]}
    edited = sandbox.ask("PUT", f"orders/{order.id}", body).json()
    assert (mug.stock_quantity, order.held, len(edited["line_items"])) == (left, 10 - left, int(quantity > 0))


def test_an_edit_after_a_refund_counts_what_came_back(shop: Shop, mug: Product) -> None:
    order = shop.place_order({"MUG": 3})
    shop.refund(order, {order.lines[0].id: 1})
    shop.edit_line(order, order.lines[0].id, 4)
    assert (mug.stock_quantity, order.held) == (7, 3)


def test_a_line_added_over_rest_takes_stock(sandbox: Sandbox, shop: Shop, mug: Product) -> None:
    order = shop.place_order({"MUG": 1})
    sandbox.ask("PUT", f"orders/{order.id}", {"line_items": [{"product_id": mug.id, "quantity": 2}]})
    assert (mug.stock_quantity, order.held) == (7, 3)


def test_the_rest_api_sells_what_is_not_there_and_the_storefront_does_not(sandbox: Sandbox, shop: Shop) -> None:
    rare = shop.add_product("RARE", 1)
    with pytest.raises(ValueError, match="RARE"):
        shop.checkout({"RARE": 5})
    assert shop.checkout({"RARE": 1}, payment="bacs").status == "on-hold"
    created(sandbox, rare, 4, status="processing")
    assert rare.stock_quantity == -4


def test_lines_of_pools_and_of_what_is_not_managed(sandbox: Sandbox, shop: Shop) -> None:
    sock, kit = shop.add_variable("SOCK", {"red": None}, pool=30), shop.add_product("KIT")
    order = shop.place_order({"SOCK-red": 2, "KIT": 1})
    shown = sandbox.ask("GET", f"orders/{order.id}").json()
    assert (sock.stock_quantity, kit.stock_quantity, held(shown)) == (28, None, ["2", None])
    assert [line["variation_id"] for line in shown["line_items"]] == [sock.children[0].id, 0]
    assert shown["line_items"][0]["product_id"] == sock.id


def test_a_line_shows_the_products_sku_of_today(sandbox: Sandbox, shop: Shop, mug: Product) -> None:
    order = shop.place_order({"MUG": 1})
    shop.set_sku(mug, "CUP")
    assert sandbox.ask("GET", f"orders/{order.id}").json()["line_items"][0]["sku"] == "CUP"
    shop.delete(mug)
    assert sandbox.ask("GET", f"orders/{order.id}").json()["line_items"][0]["sku"] is None


def test_woos_own_counting_is_atomic(shop: Shop, mug: Product) -> None:
    shop.hand_edit(mug, 100)
    threads = [threading.Thread(target=shop.place_order, args=({"MUG": 1},)) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mug.stock_quantity == 76


def test_an_order_moves_the_products_stamp(shop: Shop, mug: Product, clock: ManualClock) -> None:
    clock.advance(30)
    shop.place_order({"MUG": 1})
    assert mug.modified == clock()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"a", "b", "c"}),
        ({"status": "processing,on-hold"}, {"a", "b"}),
        ({"status": "packed"}, {"c"}),
        ({"status": "processing,any"}, {"a", "b", "c"}),
        ({"modified_after": "2026-11-20T12:00:10", "dates_are_gmt": "true"}, {"c"}),
        ({"modified_after": "2026-11-20T12:00:09", "dates_are_gmt": "true"}, {"b", "c"}),
        ({"product": "{mug}"}, {"a", "c"}),
    ],
)
def test_orders_are_found(
    sandbox: Sandbox, shop: Shop, mug: Product, clock: ManualClock, query: dict[str, str], found: set[str]
) -> None:
    shop.add_product("CUP", 5)
    orders: dict[str, Order] = {"a": shop.place_order({"MUG": 1})}
    clock.advance(10)
    orders["b"] = shop.place_order({"CUP": 1}, status="on-hold")
    clock.advance(10)
    orders["c"] = shop.place_order({"MUG": 1}, status="packed")
    asked: dict[str, Any] = {name: value.format(mug=mug.id) for name, value in query.items()}
    rows = sandbox.ask("GET", "orders", **asked).json()
    assert {row["id"] for row in rows} == {orders[name].id for name in found}


def test_the_statuses_are_told_with_their_numbers(sandbox: Sandbox, shop: Shop, mug: Product) -> None:
    shop.place_order({"MUG": 1}, status="packed")
    rows = sandbox.ask("GET", "reports/orders/totals").json()
    assert {row["slug"]: row["total"] for row in rows if row["slug"] in {"packed", "pending"}} == {
        "packed": 1,
        "pending": 0,
    }
