"""Which rows a list holds, in which order, and which of them are on the page."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from connectors.woocommerce.sandbox.goods import Product, sku_key
from connectors.woocommerce.sandbox.http import Call
from connectors.woocommerce.sandbox.orders import Shop
from connectors.woocommerce.sandbox.params import shop_time
from connectors.woocommerce.sandbox.sales import Order

Given = Mapping[str, Any]
Row = TypeVar("Row", Product, Order)
DATES = {
    "after": ("created", False),
    "before": ("created", True),
    "modified_after": ("modified", False),
    "modified_before": ("modified", True),
}
ORDER: dict[str, Callable[[Any], Any]] = {
    "date": lambda row: (row.created, row.id),
    "modified": lambda row: (row.modified, row.id),
    "id": lambda row: row.id,
    "title": lambda row: (row.name, row.id),
    "slug": lambda row: (row.slug, row.id),
}


def products(shop: Shop, given: Given) -> Sequence[Product]:
    """Parents only; asked by SKU, variations too. Everything but the trash, unless that is asked for."""
    trash = given.get("status") == "trash"
    if "sku" in given or "search_sku" in given:
        rows = [each for each in _by_sku(shop, given) if (each.status == "trash") == trash]
        return _sorted(_filtered(shop, rows, given), given)
    return _plain(shop, shop.in_order("products", trash=trash), given)


def variations(shop: Shop, given: Given, parent: int | None = None) -> Sequence[Product]:
    """Of the whole store, or of one parent. A parent that does not exist has none."""
    rows = shop.in_order("variations", trash=given.get("status") == "trash")
    if parent is not None:
        owner = shop.products.get(parent)
        rows = [each for each in (owner.children if owner else []) if each.status != "trash"][::-1]
    if "sku" in given or "search_sku" in given:
        found = {each.id for each in _by_sku(shop, given)}
        rows = [each for each in rows if each.id in found]
    return _plain(shop, rows, given)


def _plain(shop: Shop, rows: Sequence[Product], given: Given) -> Sequence[Product]:
    filtered = _filtered(shop, rows, given)
    return filtered if given.keys().isdisjoint({"order", "orderby"}) else _sorted(filtered, given)


def _by_sku(shop: Shop, given: Given) -> list[Product]:
    """A SKU that itself holds a comma is found when it is asked for alone (10.5.0)."""
    if "sku" not in given:
        part = given["search_sku"].casefold()
        return [each for each in shop.products.values() if each.sku and part in each.sku.casefold()]
    wanted = given["sku"]
    keys = dict.fromkeys(sku_key(sku) for sku in (*wanted.split(","), wanted))
    return [each for key in keys if key for each in shop.with_sku(key)]


def _filtered(shop: Shop, rows: Sequence[Product], given: Given) -> Sequence[Product]:
    tests = _tests(shop, given)
    if shop.left_out and "include" not in given:
        tests.append(lambda row: row.id not in shop.left_out)
    if given.get("status") not in {None, "any", "trash"}:
        tests.append(lambda row: bool(row.status == given["status"]))
    if "type" in given:
        tests.append(lambda row: bool(row.type == given["type"]))
    if "stock_status" in given:
        tests.append(lambda row: shop.stock_status(row) == given["stock_status"])
    if "category" in given:
        tests.append(lambda row: given["category"] in {str(each) for each in row.categories})
    return [row for row in rows if all(test(row) for test in tests)] if tests else rows


def orders(shop: Shop, given: Given) -> Sequence[Order]:
    """Everything but the trash, or the statuses asked for; "any" goes before whatever stands beside it, as in
    WooCommerce's source. `product` knows parents only (10.5.0)."""
    wanted = set(given.get("status", ["any"]))
    if "any" in wanted:
        wanted = {row.status for row in shop.orders.values()} - {"trash"}
    tests = _tests(shop, given)
    if "product" in given:
        tests.append(lambda row: any(line.product_id == given["product"] for line in row.lines))
    seen = [row for row in shop.orders.values() if row.status in wanted]
    return _sorted([row for row in seen if all(test(row) for test in tests)], given)


def _tests(shop: Shop, given: Given) -> list[Callable[[Any], bool]]:
    tests: list[Callable[[Any], bool]] = []
    if given.get("include"):
        wanted = set(given["include"])
        tests.append(lambda row: row.id in wanted)
    if given.get("exclude"):
        unwanted = set(given["exclude"])
        tests.append(lambda row: row.id not in unwanted)
    return tests + [_dated(shop, name, given) for name in DATES if name in given]


def _dated(shop: Shop, name: str, given: Given) -> Callable[[Any], bool]:
    """Strictly later, strictly earlier (10.5.0)."""
    border = shop_time(given[name], shop.utc_offset)
    column, before = DATES[name]

    def test(row: Any) -> bool:
        stamp: datetime = getattr(row, column)
        shown = (stamp if given.get("dates_are_gmt") else stamp + shop.utc_offset).replace(tzinfo=None)
        return shown < border if before else shown > border

    return test


def _sorted(rows: Sequence[Row], given: Given) -> list[Row]:
    if given.get("orderby") == "include":
        place = {id_: number for number, id_ in enumerate(given.get("include", []))}
        return sorted(rows, key=lambda row: place.get(row.id, 0))
    return sorted(rows, key=ORDER[given.get("orderby", "date")], reverse=given.get("order", "desc") == "desc")


def page_of(rows: Sequence[Row], given: Given, call: Call) -> tuple[Sequence[Row], dict[str, str]]:
    """A page past the end is empty, with the totals still right (10.5.0)."""
    size, page = given.get("per_page", 10), given.get("page", 1)
    first = given.get("offset", (page - 1) * size)
    pages = -(-len(rows) // size)
    headers = {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": str(pages)}
    links = [f'<{_address(call, min(page - 1, pages))}>; rel="prev"'] if page > 1 and pages else []
    links += [f'<{_address(call, page + 1)}>; rel="next"'] if page < pages else []
    return rows[first : first + size], headers | ({"Link": ", ".join(links)} if links else {})


def _address(call: Call, page: int) -> str:
    parts = urlsplit(call.url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}?{urlencode({**call.query, 'page': page})}"
