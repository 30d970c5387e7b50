"""Tables for what is pure: rows, numbers, instants, echoes, answers, lines, pace, options."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pydantic
import pytest

from connectors.base import Outcome, Status, Verdict
from connectors.woocommerce import translate
from connectors.woocommerce.pace import Pace
from connectors.woocommerce.sandbox import SECRET
from connectors.woocommerce.translate import Parent, Ref

from .scripted import options

APPLIED, REJECTED, MISSING, DEFERRED = Verdict.APPLIED, Verdict.REJECTED, Verdict.MISSING, Verdict.DEFERRED


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("12", Ref(12)),
        ("12:34", Ref(34, 12)),
        ("", None),
        ("0", None),
        ("12:", None),
        (":34", None),
        ("012", None),
        ("12:34:56", None),
        ("-1", None),
        ("1 ", None),
        ("１２", None),
        ("gid://shopify/InventoryItem/1", None),
    ],
)
def test_refs(text: str, ref: object) -> None:
    assert translate.ref_of(text) == ref
    assert ref is None or str(ref) == text


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ({"manage_stock": True, "status": "publish"}, Status.LIVE),
        ({"manage_stock": True}, Status.LIVE),
        ({"manage_stock": True, "status": "draft"}, Status.DRAFT),
        ({"manage_stock": True, "status": "future"}, Status.DRAFT),
        ({"manage_stock": False, "status": "draft"}, Status.UNTRACKED),
        ({"manage_stock": "parent", "status": "draft"}, Status.POOLED),
        ({"manage_stock": "yes"}, Status.UNTRACKED),
        ({"manage_stock": 1}, Status.UNTRACKED),
        ({}, Status.UNTRACKED),
        ({"manage_stock": True, "type": "grouped"}, Status.UNTRACKED),
    ],
)
def test_status_of_a_product(row: dict[str, Any], status: Status) -> None:
    assert translate.product({"id": 1, **row}).status == status


def test_a_variation_takes_its_title_and_its_being_on_sale_from_the_parent() -> None:
    row = {"id": 34, "sku": "TEE-S", "name": "S &amp; M", "manage_stock": True, "status": "publish"}
    found = translate.variation(row, Parent(12, "T-Shirt", "TEE", "publish"))
    assert (found.ref, found.sku, found.title, found.status) == ("12:34", "TEE-S", "T-Shirt – S & M", Status.LIVE)
    assert translate.variation(row, Parent(12, "T-Shirt", "TEE", "draft")).status == Status.DRAFT


def test_a_variation_that_shows_its_parents_sku_has_none() -> None:
    row = {"id": 34, "sku": "TEE", "name": "T-Shirt - S", "manage_stock": True}
    found = translate.variation(row, Parent(12, "T-Shirt", "TEE", "publish"))
    assert (found.sku, found.title) == ("", "T-Shirt - S")


@pytest.mark.parametrize(
    ("row", "available", "stocked"),
    [
        ({"manage_stock": True, "stock_quantity": 7}, 7, True),
        ({"manage_stock": True, "stock_quantity": -4}, -4, True),
        ({"manage_stock": True, "stock_quantity": 2.7}, 2, True),
        ({"manage_stock": True, "stock_quantity": "3"}, 3, True),
        ({"manage_stock": True, "stock_quantity": None}, 0, True),
        ({"manage_stock": True, "stock_quantity": "abc"}, 0, True),
        ({"manage_stock": "parent", "stock_quantity": 30}, 0, False),
        ({"manage_stock": False, "stock_quantity": None}, 0, False),
    ],
)
def test_readings(row: dict[str, Any], available: int, stocked: bool) -> None:
    found = translate.reading(row, Ref(1))
    assert (found.available, found.committed, found.stocked) == (available, None, stocked)
    assert found.on_hand == (3 if row["stock_quantity"] == 2.7 else available)  # a fraction is no whole number


def test_instants_are_sent_without_a_zone() -> None:
    """WordPress would turn a marked time into the shop's own and compare that with GMT."""
    moment = datetime(2026, 11, 20, 7, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=-5)))
    assert translate.modified_since(moment) == {"modified_after": "2026-11-20T11:59:59", "dates_are_gmt": "true"}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20T14:07:01", datetime(2026, 11, 20, 14, 7, 1, tzinfo=UTC)),
        ("2026-11-20T14:07:01Z", datetime(2026, 11, 20, 14, 7, 1, tzinfo=UTC)),
        (None, None),
        ("", None),
        ("0000-00-00T00:00:00", None),
        (17, None),
    ],
)
def test_instants(text: int | str | None, moment: object) -> None:
    assert translate.instant(text) == moment


# ---------------------------------------------------------------- echoes


def error(code: str, status: int | None = 400, id_: int = 1) -> dict[str, Any]:
    return {"id": id_, "error": {"code": code, "message": "x", "data": {"status": status}}}


@pytest.mark.parametrize(
    ("echo", "verdict"),
    [
        ({"id": 1, "manage_stock": True, "stock_quantity": 5}, APPLIED),
        ({"id": 1, "manage_stock": True, "stock_quantity": 5.0}, APPLIED),
        ({"id": 1, "manage_stock": True, "stock_quantity": "5"}, APPLIED),
        ({"id": 1, "manage_stock": "parent", "stock_quantity": 5}, REJECTED),
        ({"id": 1, "manage_stock": False, "stock_quantity": None}, DEFERRED),
        ({"id": 1, "manage_stock": "yes", "stock_quantity": 5}, DEFERRED),
        ({"id": 1, "manage_stock": True, "stock_quantity": None}, DEFERRED),
        ({"id": 1, "manage_stock": True, "stock_quantity": 5, "status": "trash"}, MISSING),
        ({"id": 1}, DEFERRED),
        (None, DEFERRED),
        (error("woocommerce_rest_product_invalid_id"), MISSING),
        (error("woocommerce_rest_product_variation_invalid_id", 404), MISSING),
        (error("woocommerce_rest_invalid_product_id", 404), MISSING),
        (error("rest_no_route", 404), REJECTED),
        (error("product_external_invalid_manage_stock"), REJECTED),
        (error("product_invalid_sku"), REJECTED),
        (error("some_plugin", 429), DEFERRED),
        (error("some_plugin", 503), DEFERRED),
        (error("", None), REJECTED),
        ({"id": 1, "error": "odd"}, REJECTED),
    ],
)
def test_outcomes(echo: dict[str, Any] | None, verdict: Verdict) -> None:
    found = translate.outcome(echo, 5)
    assert found.verdict == verdict
    assert found.shown == (5 if verdict is APPLIED else None)
    assert found.reason or verdict is APPLIED


def test_another_number_than_was_sent_is_the_stores_word() -> None:
    echo = {"id": 1, "manage_stock": True, "stock_quantity": 97}
    assert translate.outcome(echo, 100) == Outcome(APPLIED, shown=97)


@pytest.mark.parametrize(
    ("payload", "ids"),
    [
        ({"update": [{"id": 1}, {"id": 2}]}, [1, 2]),
        ({"update": [{"id": None, "error": {}}, {"id": 2}]}, [None, 2]),
        ({"update": [{"id": 2}, {"id": 1}]}, [1, 2]),
        ({"update": [{"id": 2}]}, [None, 2]),
        ({"update": [{"id": 1}, {"id": 2}, {"id": 3}]}, [1, 2]),
        ({"update": [{"id": 3}, {"id": 2}]}, [None, 2]),
        ({"update": []}, [None, None]),
        ([], [None, None]),
        ("nonsense", [None, None]),
        ({"update": ["odd", {"id": 2}]}, [None, 2]),
    ],
)
def test_echoes_are_matched_by_place_and_then_by_id(
    payload: dict[str, Any] | list[Any] | str, ids: list[Any] | list[None] | list[int]
) -> None:
    found = translate.echoes(payload, [1, 2])
    assert [row.get("id") if row else None for row in found] == ids


def test_an_error_without_an_id_keeps_its_place() -> None:
    found = translate.echoes({"update": [{"id": None, "error": {"code": "x"}}, {"id": 2}]}, [1, 2])
    assert found[0] == {"id": None, "error": {"code": "x"}}


# ---------------------------------------------------------------- pace


def test_pace() -> None:
    pace = Pace(25)
    assert pace.size == 25
    pace.took(25, 0.65)
    assert pace.size == 100
    pace.took(100, 20.0)
    assert pace.size == 25
    pace.took(1, 60.0)
    assert pace.size == 1
    pace.took(1, 0.0)
    assert pace.size == 4
    pace.lost()
    assert pace.size == 2
    pace.took(0, 1.0)
    assert pace.size == 2
    pace.took(50, 0.1)
    pace.refused(8)
    assert pace.size == 4


# ---------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://shop.example/", "https://shop.example"),
        ("HTTPS://shop.example", "https://shop.example"),
        (" https://shop.example//blog/ ", "https://shop.example/blog"),
        ("http://127.0.0.1:9002", "http://127.0.0.1:9002"),
        ("http://localhost:9002", "http://localhost:9002"),
        ("http://[::1]:9002", "http://[::1]:9002"),
    ],
)
def test_addresses_that_are_taken(url: str, kept: str) -> None:
    """A doubled slash would be 404 rest_no_route, and the library looks for a lower-case https."""
    assert options(url=url).url == kept


@pytest.mark.parametrize(
    "given",
    [
        {"url": "http://shop.example"},
        {"url": "shop.example"},
        {"url": "ftp://127.0.0.1"},
        {"url": "https://user:cs_hidden@shop.example"},
        {"url": "https://shop.example/?consumer_secret=cs_hidden"},
        {"url": "https://shop.example/wp-json"},
        {"url": "https://shop.example/wp-json/wc/v3"},
        {"consumer_key": ""},
        {"consumer_secret": "cs_hidden x"},
        {"consumer_secret": "cs_hiddenü"},
        {"consumer_key": "ck:hidden"},
        {"shipped_statuses": "completed"},
        {"shipped_statuses": ["cancelled"]},
        {"shipped_statuses": [""]},
        {"reserve_max_age": "90"},
        {"reserve_max_age": "0d"},
        {"reserve_max_age": 90},
        {"first_batch": 0},
        {"first_batch": 101},
        {"timeout": 5},
    ],
)
def test_options_that_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        options(**given)
    assert "hidden" not in str(caught.value)


def test_defaults() -> None:
    chosen = options()
    assert chosen.shipped_statuses == ("completed",)
    assert chosen.reserve_max_age == timedelta(days=90)
    assert SECRET not in repr(chosen)
    assert options(shipped_statuses=[]).shipped_statuses == ()


@pytest.mark.parametrize("slip", [10**400, 1e300, "1e18", -(10**30)], ids=["endless", "float", "text", "negative"])
def test_a_number_beyond_any_stock_is_cut(slip: object) -> None:
    number = translate.number_of(slip)
    assert number is not None
    assert abs(number) == 10**12
