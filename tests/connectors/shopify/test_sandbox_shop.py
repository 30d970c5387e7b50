"""The sandbox's shop moves stock and stamps as Shopify does."""

from collections.abc import Callable
from typing import Any

import pytest

from connectors.shopify.sandbox import ManualClock, Sandbox, Shop, Variant

from .asking import numbers

# What people do to stock: (available, committed, on_hand) of 10 units and an order of 4


def nothing(_: Shop) -> None:
    pass


@pytest.mark.parametrize(
    ("act", "after"),
    [
        pytest.param(nothing, (6, 4, 10), id="placed"),
        pytest.param(lambda shop: shop.fulfil("#1001"), (6, 0, 6), id="fulfilled"),
        pytest.param(lambda shop: shop.fulfil("#1001", {"MUG": 1}), (6, 3, 9), id="fulfilled in part"),
        pytest.param(lambda shop: shop.fulfil("#1001", location="Shop floor"), (10, 0, 10), id="from elsewhere"),
        pytest.param(lambda shop: shop.cancel("#1001"), (10, 0, 10), id="cancelled"),
        pytest.param(lambda shop: shop.cancel("#1001", restock=False), (6, 0, 6), id="cancelled without restock"),
        pytest.param(lambda shop: shop.refund("#1001", {"MUG": 1}, restock="CANCEL"), (7, 3, 10), id="refund, cancel"),
        pytest.param(lambda shop: shop.refund("#1001", {"MUG": 1}), (6, 4, 10), id="refund, money only"),
        pytest.param(
            lambda shop: (shop.fulfil("#1001"), shop.refund("#1001", {"MUG": 1}, restock="RETURN")),
            (7, 0, 7),
            id="returned",
        ),
        pytest.param(
            lambda shop: (shop.fulfil("#1001"), shop.cancel_fulfillment("#1001")), (6, 4, 10), id="fulfilment cancelled"
        ),
        pytest.param(lambda shop: shop.edit_order("#1001", "MUG", 7), (3, 7, 10), id="edited up"),
        pytest.param(lambda shop: shop.edit_order("#1001", "MUG", 1), (9, 1, 10), id="edited down"),
        pytest.param(lambda shop: shop.hand_edit("MUG", 20), (16, 4, 20), id="on_hand by hand"),
        pytest.param(lambda shop: shop.hand_edit("MUG", 20, name="available"), (20, 4, 24), id="available by hand"),
        pytest.param(lambda shop: shop.set_aside("MUG", 2), (4, 4, 10), id="damaged"),
    ],
)
def test_what_stock_does(shop: Shop, mug: Variant, act: Callable[[Shop], object], after: tuple[int, int, int]) -> None:
    shop.place_order({"MUG": 4})
    act(shop)
    assert numbers(shop, mug) == after


def test_shipping_from_elsewhere_takes_from_there(shop: Shop, mug: Variant) -> None:
    shop.place_order({"MUG": 4})
    shop.fulfil("#1001", location="Shop floor")
    assert numbers(shop, mug, "Shop floor") == (6, 0, 6)


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda shop: shop.fulfil("#1001", {"MUG": 4}), id="ship"),
        pytest.param(lambda shop: shop.refund("#1001", {"MUG": 4}, restock="CANCEL"), id="take out"),
        pytest.param(lambda shop: shop.refund("#1001", {"MUG": 2}, restock="RETURN"), id="return"),
        pytest.param(lambda shop: shop.edit_order("#1001", "MUG", 0), id="edit away"),
        pytest.param(lambda shop: (shop.fulfil("#1001"), shop.fulfil("#1001")), id="ship twice"),
    ],
)
def test_nobody_can_do_more_than_there_is(shop: Shop, mug: Variant, act: Callable[[Shop], object]) -> None:
    shop.place_order({mug: 4})
    shop.fulfil("#1001", {"MUG": 1})
    with pytest.raises(ValueError, match="left"):
        act(shop)


def test_an_order_may_oversell(shop: Shop, mug: Variant) -> None:
    shop.place_order({mug: 12})
    assert numbers(shop, mug) == (-2, 12, 10)


def test_untracked_items_are_not_counted(shop: Shop) -> None:
    card = shop.add_variant("CARD", tracked=False)
    shop.place_order({card: 3})
    assert numbers(shop, card) == (0, 0, 0)


def test_a_bundle_sells_its_components(shop: Shop, mug: Variant) -> None:
    shop.add_variant("KIT", components={mug.id: 2})
    order = shop.place_order({"KIT": 3})
    assert [(line.sku, line.quantity) for line in order.lines] == [("MUG", 6)]
    assert numbers(shop, mug) == (4, 6, 10)


def test_an_item_made_anew_has_new_ids_and_its_old_orders_lose_it(shop: Shop, sandbox: Sandbox, mug: Variant) -> None:
    order = shop.place_order({mug: 1})
    again = shop.recreate(mug, on_hand=5)
    assert (again.sku, again.id == mug.id, again.item.id == mug.item.id) == ("MUG", False, False)
    shop.fulfil(order)  # the line is still there, its stock is not
    reply = sandbox.ask(
        "query O($id: ID!) { order(id: $id) { lineItems(first: 5) { nodes { variant { id } } } } }", id=order.id
    )
    assert reply["data"]["order"]["lineItems"]["nodes"] == [{"variant": None}]
    assert numbers(shop, again) == (5, 0, 5)


def test_swapped_skus(shop: Shop, mug: Variant) -> None:
    cup = shop.add_variant("CUP")
    shop.swap_skus("MUG", "CUP")
    assert (mug.sku, cup.sku) == ("CUP", "MUG")


# Stamps


@pytest.mark.parametrize(
    ("act", "moved"),
    [
        pytest.param(lambda shop: shop.hand_edit("MUG", 3), {"level", "product"}, id="stock"),
        pytest.param(lambda shop: shop.set_sku("MUG", "CUP"), {"variant", "item", "product"}, id="SKU"),
        pytest.param(lambda shop: shop.set_tracked("MUG", False), {"variant", "item", "product"}, id="tracked"),
        pytest.param(lambda shop: shop.set_status(shop.variant("MUG").product, "DRAFT"), {"product"}, id="status"),
        pytest.param(lambda shop: shop.fulfil("#1001"), {"order", "level", "product"}, id="fulfilment"),
        pytest.param(lambda shop: shop.refund("#1001", {"MUG": 1}), {"order"}, id="refund of money"),
    ],
)
def test_which_stamps_move(
    shop: Shop, clock: ManualClock, mug: Variant, act: Callable[[Shop], object], moved: set[str]
) -> None:
    order = shop.place_order({mug: 4})
    clock.advance(60)
    act(shop)
    things: dict[str, Any] = {
        "variant": mug,
        "item": mug.item,
        "product": mug.product,
        "level": shop.level(mug),
        "order": order,
    }
    assert {name for name, thing in things.items() if thing.updated_at == clock.now} == moved


def test_stamps_are_whole_seconds(shop: Shop, clock: ManualClock) -> None:
    clock.advance(0.7)
    assert shop.place_order({shop.add_variant("A"): 1}).updated_at == clock.now.replace(microsecond=0)
