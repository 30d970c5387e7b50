"""The WooCommerce sandbox's stock rules: what a batch takes, refuses and quietly does (10.5.0)."""

from typing import Any

import pytest

from connectors.woocommerce.sandbox import ManualClock, Product, Sandbox, Shop, seed_catalogue

BATCH = "products/batch"


def push(sandbox: Sandbox, *items: dict[str, Any], route: str = BATCH) -> list[Any]:
    answer = sandbox.ask("POST", route, {"update": list(items)})
    assert answer.status == 200
    rows: list[Any] = answer.json()["update"]
    return rows


def error_of(row: dict[str, Any]) -> tuple[str, int]:
    return row["error"]["code"], row["error"]["data"]["status"]


# 2. Batches


def test_a_batch_answers_item_by_item_in_order(sandbox: Sandbox, shop: Shop, mug: Product) -> None:
    other = shop.add_product("CUP", 1)
    rows = push(sandbox, {"id": other.id, "stock_quantity": 4}, {"id": 999}, {"id": mug.id, "stock_quantity": 5})
    assert [row["id"] for row in rows] == [other.id, 999, mug.id]
    assert error_of(rows[1]) == ("woocommerce_rest_product_invalid_id", 400)
    assert (mug.stock_quantity, other.stock_quantity) == (5, 4)


@pytest.mark.parametrize("item", [{}, {"id": "abc"}, {"id": 0}, {"sku": "MUG"}, {"id": None}])
def test_only_an_id_is_an_address(sandbox: Sandbox, mug: Product, item: dict[str, Any]) -> None:
    (row,) = push(sandbox, {**item, "stock_quantity": 1})
    assert row["id"] == item.get("id")
    assert error_of(row) == ("woocommerce_rest_product_invalid_id", 400)
    assert mug.stock_quantity == 10


def test_the_same_id_twice_the_last_wins(sandbox: Sandbox, mug: Product) -> None:
    rows = push(sandbox, {"id": mug.id, "stock_quantity": 1}, {"id": mug.id, "stock_quantity": 2})
    assert [row["stock_quantity"] for row in rows] == [1, 2]


@pytest.mark.parametrize(("limit", "sent", "status"), [(100, 100, 200), (100, 101, 413), (250, 150, 200), (5, 6, 413)])
def test_the_limit_counts_all_items_and_nothing_is_applied(
    sandbox: Sandbox, mug: Product, limit: int, sent: int, status: int
) -> None:
    sandbox.limits.batch_limit = limit
    items = [{"id": mug.id, "stock_quantity": 3}] * (sent - 1)
    answer = sandbox.ask("POST", BATCH, {"update": items, "delete": [999]})
    assert answer.status == status
    assert mug.stock_quantity == (3 if status == 200 else 10)
    if status == 413:
        assert answer.json()["code"] == "woocommerce_rest_request_entity_too_large"
        assert str(limit) in answer.json()["message"]


@pytest.mark.parametrize("body", [{"update": []}, [], {}])
def test_an_empty_batch_is_a_list(sandbox: Sandbox, body: Any) -> None:
    answer = sandbox.ask("POST", BATCH, body)
    assert (answer.status, answer.json()) == (200, [])


def test_an_object_instead_of_a_list_is_items_without_ids(sandbox: Sandbox, mug: Product) -> None:
    answer = sandbox.ask("POST", BATCH, {"update": {"id": mug.id, "stock_quantity": 3}})
    assert {error_of(row)[0] for row in answer.json()["update"]} == {"woocommerce_rest_product_invalid_id"}
    assert mug.stock_quantity == 10


@pytest.mark.parametrize(("fields", "shown"), [("id,stock_quantity", []), ("update", {"update": []})])
def test_fields_blank_the_answer_of_a_batch_and_the_write_happens(
    sandbox: Sandbox, mug: Product, fields: str, shown: Any
) -> None:
    answer = sandbox.ask("POST", BATCH, {"update": [{"id": mug.id, "stock_quantity": 3}]}, _fields=fields)
    assert (answer.status, answer.json(), mug.stock_quantity) == (200, shown, 3)


# 3. Variations


def test_variations_are_written_through_their_parent_only(sandbox: Sandbox, shop: Shop) -> None:
    tee, cap = shop.add_variable("TEE", {"S": 5}), shop.add_variable("CAP", {"S": 6})
    (small,), (foreign,) = tee.children, cap.children
    assert sorted([tee.id, small.id, cap.id, foreign.id]) == list(range(tee.id, tee.id + 4)), "one counter"
    (row,) = push(sandbox, {"id": small.id, "stock_quantity": 1})
    assert error_of(row) == ("woocommerce_rest_invalid_product_id", 404)
    assert sandbox.ask("PUT", f"products/{small.id}", {"stock_quantity": 1}).status == 404
    items = [{"id": each, "stock_quantity": 1} for each in (foreign.id, tee.id, 999, small.id)]
    rows = push(sandbox, *items, route=f"products/{tee.id}/variations/batch")
    assert [error_of(row) for row in rows[:3]] == [("woocommerce_rest_product_variation_invalid_id", 404)] * 3
    assert (rows[3]["stock_quantity"], small.stock_quantity, foreign.stock_quantity) == (1, 1, 6)


def test_a_write_to_a_variation_moves_its_parent_too(sandbox: Sandbox, shop: Shop, clock: ManualClock) -> None:
    tee = shop.add_variable("TEE", {"S": 5, "M": 0})
    clock.advance(10)
    push(sandbox, {"id": tee.children[0].id, "stock_quantity": 0}, route=f"products/{tee.id}/variations/batch")
    assert (tee.modified, shop.stock_status(tee)) == (clock(), "outofstock")


# 4. Who manages stock


def test_a_quantity_for_what_is_not_managed_is_dropped(sandbox: Sandbox, shop: Shop) -> None:
    poster = shop.add_product("POSTER")
    (row,) = push(sandbox, {"id": poster.id, "stock_quantity": 4})
    assert (row["manage_stock"], row["stock_quantity"]) == (False, None)
    (row,) = push(sandbox, {"id": poster.id, "manage_stock": True})
    assert (row["stock_quantity"], row["stock_status"]) == (None, "outofstock")
    (row,) = push(sandbox, {"id": poster.id, "manage_stock": True, "stock_quantity": 4})
    assert (row["manage_stock"], row["stock_quantity"]) == (True, 4)


def test_a_pooled_variation_shows_the_parents_number_and_keeps_its_own_hidden(sandbox: Sandbox, shop: Shop) -> None:
    sock = shop.add_variable("SOCK", {"red": None}, pool=30)
    (red,), route = sock.children, f"products/{sock.id}/variations/batch"
    (row,) = push(sandbox, {"id": red.id, "stock_quantity": 7}, route=route)
    assert (row["manage_stock"], row["stock_quantity"]) == ("parent", 30)
    shop.set_managed(sock, False)
    shown = sandbox.ask("GET", f"products/{sock.id}/variations/{red.id}").json()
    assert (shown["manage_stock"], shown["stock_quantity"]) == (False, 7)


def test_manage_stock_true_takes_a_variation_out_of_the_pool_and_parent_puts_it_back(
    sandbox: Sandbox, shop: Shop
) -> None:
    sock = shop.add_variable("SOCK", {"red": None}, pool=30)
    route = f"products/{sock.id}/variations/{sock.children[0].id}"
    assert sandbox.ask("PUT", route, {"manage_stock": True, "stock_quantity": 4}).json()["stock_quantity"] == 4
    assert sandbox.ask("PUT", route, {"manage_stock": "parent"}).json()["manage_stock"] == "parent"
    sandbox.limits.version = "9.9.5"
    assert sandbox.ask("PUT", route, {"manage_stock": "parent"}).json()["code"] == "rest_invalid_param"
    assert sandbox.ask("PUT", route, {"manage_stock": False}).json()["manage_stock"] == "parent"


def test_the_store_wide_switch_drops_everything(sandbox: Sandbox, shop: Shop, mug: Product) -> None:
    poster = shop.add_product("POSTER")
    shop.manage_stock = False
    setting = sandbox.ask("GET", "settings/products/woocommerce_manage_stock").json()
    rows = push(sandbox, *({"id": each.id, "manage_stock": True, "stock_quantity": 4} for each in (poster, mug)))
    assert setting["value"] == "no"
    assert [row["manage_stock"] for row in rows] == [False, False]
    assert (poster.stock_quantity, mug.stock_quantity) == (None, 10)


def test_grouped_and_external_products(sandbox: Sandbox, shop: Shop) -> None:
    grouped, external = shop.add_product("SET", kind="grouped"), shop.add_product("LINK", kind="external")
    rows = push(sandbox, *({"id": each.id, "manage_stock": True, "stock_quantity": 4} for each in (grouped, external)))
    assert rows[0]["manage_stock"] is False
    assert error_of(rows[1]) == ("product_external_invalid_manage_stock", 400)


# 5. What is taken for an amount


@pytest.mark.parametrize(
    ("sent", "batched", "single"),
    [
        (6, 6, 6),
        ("4", 4, 4),
        (3.0, 3, 3),
        (2.7, 2, None),
        ("abc", 0, None),
        ("", 0, None),
        (True, 1, None),
        ("4.9", 4, None),
        ([7], 1, None),
        (None, 10, 0),
        (-3, -3, -3),
    ],
)
def test_amounts(sandbox: Sandbox, shop: Shop, mug: Product, sent: Any, batched: int, single: int | None) -> None:
    push(sandbox, {"id": mug.id, "stock_quantity": sent})
    assert mug.stock_quantity == batched
    shop.hand_edit(mug, 10)
    answer = sandbox.ask("PUT", f"products/{mug.id}", {"stock_quantity": sent})
    assert answer.status == (400 if single is None else 200)
    assert mug.stock_quantity == (10 if single is None else single)


def test_huge_amounts_are_garbled_and_deltas_added(sandbox: Sandbox, mug: Product) -> None:
    push(sandbox, {"id": mug.id, "inventory_delta": 5})
    assert mug.stock_quantity == 15
    (row,) = push(sandbox, {"id": mug.id, "stock_quantity": 1e20, "inventory_delta": 5})
    assert row["stock_quantity"] != 10**20


# 6. Computed, stamped


@pytest.mark.parametrize(
    ("units", "backorders", "status"),
    [(1, "no", "instock"), (0, "no", "outofstock"), (0, "notify", "onbackorder"), (-2, "yes", "onbackorder")],
)
def test_the_stock_status_is_computed(sandbox: Sandbox, shop: Shop, units: int, backorders: str, status: str) -> None:
    product = shop.add_product("A", 7, backorders=backorders)
    (row,) = push(sandbox, {"id": product.id, "stock_quantity": units, "stock_status": "instock"})
    assert row["stock_status"] == status


def test_every_write_moves_the_stamp(sandbox: Sandbox, mug: Product, clock: ManualClock) -> None:
    clock.advance(60)
    (row,) = push(sandbox, {"id": mug.id, "stock_quantity": 10})
    assert row["date_modified_gmt"] == "2026-11-20T12:01:00"


def test_trash_is_written_and_says_so_and_what_is_deleted_is_gone(sandbox: Sandbox, shop: Shop, mug: Product) -> None:
    shop.set_status(mug, "trash")
    (row,) = push(sandbox, {"id": mug.id, "stock_quantity": 1})
    assert (row["status"], row["stock_quantity"]) == ("trash", 1)
    shop.delete(mug)
    assert error_of(push(sandbox, {"id": mug.id})[0]) == ("woocommerce_rest_product_invalid_id", 400)
    assert sandbox.ask("GET", f"products/{mug.id}").status == 404


def test_a_sku_belongs_to_one_unless_the_shop_says_otherwise(sandbox: Sandbox, shop: Shop, mug: Product) -> None:
    cup = shop.add_product("CUP", 1)
    (row,) = push(sandbox, {"id": cup.id, "sku": " mug "})
    assert error_of(row) == ("product_invalid_sku", 400)
    assert row["error"]["data"]["resource_id"] == mug.id
    assert sandbox.ask("POST", "products", {"name": "Mug", "sku": "MUG"}).status == 400
    shop.unique_skus = False
    assert push(sandbox, {"id": cup.id, "sku": " MUG "})[0]["sku"] == "MUG"
    assert len(sandbox.ask("GET", "products", sku="mug").json()) == 2


def test_a_plugin_may_veto_one_product(sandbox: Sandbox, shop: Shop, mug: Product) -> None:
    shop.refuse(mug, "some_plugin_says_no", 403)
    assert error_of(push(sandbox, {"id": mug.id, "stock_quantity": 1})[0]) == ("some_plugin_says_no", 403)
    assert mug.stock_quantity == 10


# 10. Races


def test_a_value_equal_to_the_loaded_one_is_not_written(sandbox: Sandbox, shop: Shop) -> None:
    product = shop.add_product("A", 100)
    sandbox.before_save(lambda _: shop.place_order({"A": 3}))
    assert push(sandbox, {"id": product.id, "stock_quantity": 100})[0]["stock_quantity"] == 97


def test_another_value_overwrites_the_order_that_came_between(sandbox: Sandbox, shop: Shop) -> None:
    product = shop.add_product("A", 100)
    sandbox.before_save(lambda _: shop.place_order({"A": 3}))
    assert push(sandbox, {"id": product.id, "stock_quantity": 105})[0]["stock_quantity"] == 105


def test_a_delta_is_no_better(sandbox: Sandbox, shop: Shop) -> None:
    product = shop.add_product("A", 100)
    sandbox.before_save(lambda _: shop.place_order({"A": 3}))
    assert push(sandbox, {"id": product.id, "inventory_delta": 1})[0]["stock_quantity"] == 101


# A catalogue


def test_a_seeded_catalogue_is_the_same_again_and_has_every_kind(clock: ManualClock) -> None:
    first, second = Shop(clock=clock), Shop(clock=clock)
    seeded = seed_catalogue(first, 400, seed=7)
    assert seed_catalogue(second, 400, seed=7) == seeded
    assert first.numbers() == second.numbers()
    kinds = ("writable", "variations", "pools", "pooled", "unmanaged", "grouped", "external", "duplicates", "drafts")
    assert all(getattr(seeded, kind) for kind in (*kinds, "backordered", "odd"))
    assert seeded.without_sku
    assert len(set(seeded.writable)) == len(seeded.writable)
    assert all(first.managing(first.find(sku)) is True for sku in seeded.writable)
