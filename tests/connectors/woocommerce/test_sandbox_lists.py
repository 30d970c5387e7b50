"""The WooCommerce sandbox's lists: what is found, in which order, on which page (10.5.0)."""

from datetime import timedelta
from typing import Any

import pytest

from connectors.woocommerce.sandbox import ManualClock, Response, Sandbox, Shop


def skus(answer: Response) -> list[str]:
    return [row["sku"] for row in answer.json()]


# 7. Lists


def test_sku_lists_find_variations_drafts_and_any_case_but_no_trash(sandbox: Sandbox, shop: Shop) -> None:
    shop.add_variable("TEE", {"S": 1})
    shop.add_product("draft", 1, status="draft")
    shop.set_status(shop.add_product("gone", 1), "trash")
    found = sandbox.ask("GET", "products", sku="tee-s,DRAFT,gone,TEE,none")
    assert skus(found) == ["draft", "TEE-S", "TEE"]
    assert skus(sandbox.ask("GET", "products", search_sku="ee")) == ["TEE-S", "TEE"]


def test_a_sku_with_a_comma_is_found_when_asked_for_alone(sandbox: Sandbox, shop: Shop) -> None:
    shop.add_product("m,n", 1)
    assert skus(sandbox.ask("GET", "products", sku="m,n")) == ["m,n"]
    assert skus(sandbox.ask("GET", "products", sku="m,n,other")) == []


def test_parents_only_and_variations_per_parent(sandbox: Sandbox, shop: Shop) -> None:
    tee = shop.add_variable("TEE", {"S": 1, "M": 2})
    (small, medium) = tee.children
    assert skus(sandbox.ask("GET", "products")) == ["TEE"]
    assert sandbox.ask("GET", "products").json()[0]["variations"] == [small.id, medium.id]
    assert sandbox.ask("GET", "products", include=small.id).json() == []
    assert sandbox.ask("GET", f"products/{small.id}").json()["type"] == "variation"
    assert skus(sandbox.ask("GET", f"products/{tee.id}/variations")) == ["TEE-M", "TEE-S"]
    shop.set_status(tee, "trash")
    assert skus(sandbox.ask("GET", "products")) == skus(sandbox.ask("GET", "variations")) == []
    shop.set_status(tee, "publish")
    assert skus(sandbox.ask("GET", "variations")) == ["TEE-M", "TEE-S"]


@pytest.mark.parametrize(
    "query",
    [
        {"per_page": 0},
        {"per_page": 101},
        {"per_page": "x"},
        {"page": 0},
        {"type": "variation"},
        {"status": "bogus"},
        {"modified_after": "yesterday"},
        {"modified_after": "2026-11-20"},
        {"modified_after": "2026-11-20T12:00:00 00:00"},
        {"dates_are_gmt": "perhaps"},
    ],
)
def test_bad_parameters_are_refused(sandbox: Sandbox, query: dict[str, Any]) -> None:
    answer = sandbox.ask("GET", "products", **query)
    assert (answer.status, answer.json()["code"]) == (400, "rest_invalid_param")
    assert set(answer.json()["data"]["params"]) == set(query)


def test_pages(sandbox: Sandbox, shop: Shop) -> None:
    for number in range(5):
        shop.add_product(f"A{number}", 1)
    pages = [sandbox.ask("GET", "products", per_page=2, page=page) for page in (1, 2, 3, 4)]
    assert [skus(page) for page in pages] == [["A4", "A3"], ["A2", "A1"], ["A0"], []]
    assert {(page.headers["X-WP-Total"], page.headers["X-WP-TotalPages"]) for page in pages} == {("5", "3")}
    assert ['rel="next"' in page.headers["Link"] for page in pages] == [True, True, False, False]
    assert skus(sandbox.ask("GET", "products", orderby="id", order="asc", per_page=2)) == ["A0", "A1"]


def test_fields(sandbox: Sandbox, shop: Shop) -> None:
    mug = shop.add_product("MUG", 1)
    order = shop.place_order({"MUG": 1})
    assert sandbox.ask("GET", "products", _fields="id,sku").json() == [{"id": mug.id, "sku": "MUG"}]
    assert set(sandbox.ask("GET", f"products/{mug.id}", _fields="id").json()) == {"id", "_links"}
    version = sandbox.ask("GET", "system_status", _fields="environment.version").json()
    assert version == {"environment": {"version": "10.5.0"}}
    (row,) = sandbox.ask("GET", "orders", _fields="id,line_items.id").json()
    assert row == {"id": order.id, "line_items": []}, "a dotted name does not reach into a list"


@pytest.mark.parametrize("status", [None, "any", "draft", "trash"])
def test_statuses(sandbox: Sandbox, shop: Shop, status: str | None) -> None:
    for each in ("publish", "draft", "private"):
        shop.add_product(each, 1, status=each)
    shop.set_status(shop.add_product("trash", 1), "trash")
    query: dict[str, Any] = {"status": status} if status else {}
    found = skus(sandbox.ask("GET", "products", **query))
    assert found == ([status] if status in {"draft", "trash"} else ["private", "draft", "publish"])


# 8. Query strings


def test_of_a_repeated_key_the_last_wins_and_unknown_ones_are_ignored(sandbox: Sandbox, shop: Shop) -> None:
    first, second = shop.add_product("A", 1), shop.add_product("B", 1)
    assert skus(sandbox.ask("GET", f"products?include={first.id}&include={second.id}")) == ["B"]
    assert skus(sandbox.ask("GET", f"products?include[]={first.id}&include[]={second.id}")) == ["B", "A"]
    assert skus(sandbox.ask("GET", "products", modified_aftr="2030-01-01T00:00:00")) == ["B", "A"]


# 12. Versions


@pytest.mark.parametrize(("version", "status"), [("10.5.0", 200), ("10.3.0", 200), ("9.9.5", 404)])
def test_all_variations_came_with_10_3(sandbox: Sandbox, shop: Shop, version: str, status: int) -> None:
    shop.add_variable("TEE", {"S": 1})
    sandbox.limits.version = version
    answer = sandbox.ask("GET", "variations")
    assert answer.status == status
    assert sandbox.ask("GET", "system_status").json()["environment"]["version"] == version
    if status == 404:
        assert answer.json()["code"] == "rest_no_route"


# Dates


def test_modified_after_is_strict_and_sees_every_write(sandbox: Sandbox, shop: Shop, clock: ManualClock) -> None:
    mug = shop.add_product("MUG", 1)
    tee = shop.add_variable("TEE", {"S": 1})
    clock.advance(5)
    sandbox.ask("PUT", f"products/{mug.id}", {"stock_quantity": 1})
    clock.advance(5)
    sandbox.ask("PUT", f"products/{tee.id}/variations/{tee.children[0].id}", {"stock_quantity": 1})

    def after(time: str, route: str = "products") -> list[str]:
        return skus(sandbox.ask("GET", route, modified_after=f"2026-11-20T{time}", dates_are_gmt="true"))

    assert after("12:00:04") == ["TEE", "MUG"]
    assert after("12:00:05") == ["TEE"]
    assert after("12:00:10") == []
    assert after("12:00:09", "variations") == ["TEE-S"]


@pytest.mark.parametrize(
    ("asked", "gmt", "found"),
    [
        ("2026-11-20T11:59:59", "true", True),
        ("2026-11-20T12:00:00", "true", False),
        ("2026-11-20T13:59:59", "false", True),
        ("2026-11-20T14:00:00", "false", False),
        ("2026-11-20T11:59:59Z", "false", True),
        ("2026-11-20T11:59:59Z", "true", False),  # turned into local time, then compared with GMT
    ],
)
def test_dates_in_a_shop_two_hours_east(sandbox: Sandbox, shop: Shop, asked: str, gmt: str, found: bool) -> None:
    shop.utc_offset = timedelta(hours=2)
    shop.add_product("MUG", 1)
    shop.place_order({"MUG": 1})
    for route in ("products", "orders"):
        rows = sandbox.ask("GET", route, modified_after=asked, dates_are_gmt=gmt).json()
        assert [row["date_modified"] for row in rows] == ["2026-11-20T14:00:00"] * found
        assert [row["date_modified_gmt"] for row in rows] == ["2026-11-20T12:00:00"] * found
