"""Shopify's rows and the contract's values: tables."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from connectors.base import Batch, Listing, Location, OperatorStoreError, Reading, Shipped, Status, StockUpdate
from connectors.shopify import translate
from connectors.shopify.orders import lines_of_order

ITEM, HOME, FAR = "gid://shopify/InventoryItem/1", "gid://shopify/Location/11", "gid://shopify/Location/12"


def variant(**changes: Any) -> dict[str, Any]:
    row = {"id": "v", "sku": "A", "displayName": "Shirt - M", "requiresComponents": False}
    item = {"id": ITEM, "tracked": changes.pop("tracked", True)}
    return {**row, "inventoryItem": item, "product": {"status": changes.pop("status", "ACTIVE")}, **changes}


@pytest.mark.parametrize(
    ("row", "listing"),
    [
        pytest.param(variant(), Listing(ITEM, "A", "Shirt - M"), id="plain"),
        pytest.param(variant(displayName="Shirt - Default Title"), Listing(ITEM, "A", "Shirt"), id="in one form only"),
        pytest.param(variant(sku=None), Listing(ITEM, "", "Shirt - M"), id="no SKU"),
        pytest.param(variant(status="UNLISTED"), Listing(ITEM, "A", "Shirt - M"), id="unlisted sells"),
        pytest.param(variant(status="DRAFT"), Listing(ITEM, "A", "Shirt - M", Status.DRAFT), id="draft"),
        pytest.param(variant(status="ARCHIVED"), Listing(ITEM, "A", "Shirt - M", Status.DRAFT), id="archived"),
        pytest.param(variant(tracked=False), Listing(ITEM, "A", "Shirt - M", Status.UNTRACKED), id="untracked"),
        pytest.param(
            variant(requiresComponents=True, tracked=False),
            Listing(ITEM, "A", "Shirt - M", Status.BUNDLE),
            id="bundle, whatever else",
        ),
    ],
)
def test_listing(row: dict[str, Any], listing: Listing) -> None:
    assert translate.listing(row) == listing


def level(units: Mapping[str, int], *, active: bool = True) -> dict[str, Any]:
    return {"isActive": active, "quantities": [{"name": name, "quantity": units[name]} for name in units]}


FULL = {"available": 5, "on_hand": 10, "committed": 3, "reserved": 2}


@pytest.mark.parametrize(
    ("row", "reading"),
    [
        pytest.param(
            level(FULL), Reading(ITEM, HOME, available=5, committed=5, on_hand=10), id="open is committed + reserved"
        ),
        pytest.param(
            level({"available": -2, "on_hand": 1, "committed": 3, "reserved": 0}),
            Reading(ITEM, HOME, available=-2, committed=3, on_hand=1),
            id="oversold",
        ),
        pytest.param(None, Reading(ITEM, HOME, available=0, committed=0, on_hand=0, stocked=False), id="never stocked"),
        pytest.param(
            level(FULL, active=False),
            Reading(ITEM, HOME, available=0, committed=5, on_hand=10, stocked=False),
            id="inactive sells nothing and keeps its books",
        ),
    ],
)
def test_reading(row: object, reading: Reading) -> None:
    assert list(translate.readings({"id": ITEM, "at0": row}, [HOME])) == [reading]


def test_with_activate_an_unstocked_item_may_be_written() -> None:
    (reading,) = translate.readings({"id": ITEM, "at0": None}, [HOME], activate=True)
    assert reading.stocked


def test_one_reading_per_location() -> None:
    rows = translate.readings({"id": ITEM, "at0": level(FULL), "at1": None}, [HOME, FAR])
    assert [(row.location, row.stocked) for row in rows] == [(HOME, True), (FAR, False)]


def test_the_comparison_is_always_there_even_when_null() -> None:
    body = translate.set_quantities([StockUpdate(ITEM, HOME, 7), StockUpdate(ITEM, FAR, 7, 0)], Batch("k", "r/1 ü", ()))
    assert body["name"] == "on_hand"
    assert [row["changeFromQuantity"] for row in body["quantities"]] == [None, 0]
    assert body["referenceDocumentUri"] == "gid://stockbridge/Run/r%2F1%20%C3%BC"
    assert translate.set_quantities([], Batch("k", "", ()))["referenceDocumentUri"].endswith("/-"), "all three parts"


def test_search_text_is_in_utc() -> None:
    moment = datetime(2026, 11, 20, 14, 0, 0, 999_000, tzinfo=timezone(timedelta(hours=2)))
    assert translate.updated_since(moment) == "updated_at:>='2026-11-20T12:00:00Z'"


@pytest.mark.parametrize(
    ("granted", "missing"),
    [
        ("read_products write_inventory read_locations read_orders", ()),
        ("write_products write_inventory write_locations write_orders", ()),
        ("write_products write_inventory write_locations read_all_orders", ()),
        ("read_products read_inventory read_locations", ("write_inventory", "read_orders")),
    ],
)
def test_scopes(granted: str, missing: tuple[str, ...]) -> None:
    assert translate.missing_scopes(granted.split()) == missing


PLACES = (Location(HOME, "Home"), Location(FAR, "Far"), Location("gid://shopify/Location/13", "Shut", active=False))


def test_configured_locations_are_used_as_they_are() -> None:
    assert translate.chosen([FAR, HOME], PLACES, what="shop") == (FAR, HOME)
    assert translate.sleeping(["gid://shopify/Location/13", HOME], PLACES)[0].startswith(
        "Location gid://shopify/Location/13 (Shut)"
    )


def test_the_only_active_location_needs_no_configuration() -> None:
    assert translate.chosen([], PLACES[1:], what="shop") == (FAR,)


@pytest.mark.parametrize(
    ("configured", "found", "said"),
    [
        pytest.param(
            ["gid://shopify/Location/9"],
            PLACES,
            f"no location gid://shopify/Location/9; it has: {HOME} (Home)",
            id="absent",
        ),
        pytest.param([], PLACES, f'locations = {{ "1" = "{HOME}" }}', id="several: shows the line to write"),
        pytest.param([], PLACES[2:], "no active location", id="none active"),
        pytest.param([HOME], (), "it has: none", id="none at all"),
    ],
)
def test_locations_that_a_person_must_sort_out(configured: list[str], found: tuple[Location, ...], said: str) -> None:
    with pytest.raises(OperatorStoreError) as caught:
        translate.chosen(configured, found, what="shop")
    assert said in str(caught.value)


# ---------------------------------------------------------------- orders

Moves = dict[str, tuple[int, tuple[Shipped, ...]]]

T0, T1 = "2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def line(number: int, ref: str | None, unfulfilled: int) -> dict[str, Any]:
    return {"id": f"l{number}", "unfulfilledQuantity": unfulfilled, "variant": ref and {"inventoryItem": {"id": ref}}}


def parcel(
    lines: Mapping[int, int], *, status: str = "SUCCESS", location: str | None = HOME, created: str = T1
) -> dict[str, Any]:
    rows = [{"quantity": units, "lineItem": {"id": f"l{number}"}} for number, units in lines.items()]
    return {
        "status": status,
        "createdAt": created,
        "location": location and {"id": location},
        "fulfillmentLineItems": rows,
    }


def moves(lines: Sequence[object], parcels: Sequence[object] = (), cancelled: str | None = None) -> Moves:
    order = {"id": "o", "createdAt": T0, "updatedAt": T1, "cancelledAt": cancelled}
    rows = lines_of_order({**order, "lineItems": lines, "fulfillments": list(parcels)}, home=lambda: HOME)
    return {row.ref: (row.committed, row.shipped) for row in rows}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(moves([line(1, "A", 2)]), {"A": (2, ())}, id="open"),
        pytest.param(
            moves([line(1, "A", 2), line(2, "A", 3), line(3, "B", 1)]), {"A": (5, ()), "B": (1, ())}, id="summed"
        ),
        pytest.param(moves([line(1, "A", 2)], cancelled=T1), {"A": (0, ())}, id="cancelled keeps nothing open"),
        pytest.param(moves([line(1, "A", 0)]), {"A": (0, ())}, id="a removed line is told with 0"),
        pytest.param(moves([line(1, None, 2), line(2, "B", 1)]), {"": (2, ()), "B": (1, ())}, id="variant gone"),
        pytest.param(
            moves([line(1, None, 0)], [parcel({1: 2})]),
            {"": (0, (Shipped(HOME, 2, at(T1)),))},
            id="shipped, variant gone",
        ),
        pytest.param(moves([line(1, "A", 0)], [parcel({1: 2})]), {"A": (0, (Shipped(HOME, 2, at(T1)),))}, id="shipped"),
        pytest.param(
            moves([line(1, "A", 1), line(2, "A", 0)], [parcel({1: 1, 2: 2}, created=T0), parcel({1: 1})]),
            {"A": (1, (Shipped(HOME, 4, at(T1)),))},
            id="several parcels: summed, the latest instant",
        ),
        pytest.param(
            moves([line(1, "A", 0)], [parcel({1: 1}), parcel({1: 2}, location=FAR, created=T0)]),
            {"A": (0, (Shipped(HOME, 1, at(T1)), Shipped(FAR, 2, at(T0))))},
            id="per location",
        ),
        pytest.param(
            moves([line(1, "A", 0)], [parcel({1: 1}, location=None)]),
            {"A": (0, (Shipped(HOME, 1, at(T1)),))},
            id="no location",
        ),
        *(
            pytest.param(
                moves([line(1, "A", 1)], [parcel({1: 1}, status=status)]), {"A": (1, ())}, id=f"{status} does not stand"
            )
            for status in ("CANCELLED", "ERROR", "FAILURE", "PENDING", "OPEN")
        ),
    ],
)
def test_orders(found: Moves, expected: Moves) -> None:
    assert found == expected


def test_instants_are_the_stores_own() -> None:
    order: dict[str, Any] = {
        "id": "o", "createdAt": T0, "updatedAt": T1, "cancelledAt": None, "fulfillments": []
    }  # fmt: skip
    (row,) = lines_of_order({**order, "lineItems": [line(1, "A", 1)]}, home=lambda: HOME)
    assert (row.order, row.ordered_at, row.changed_at) == ("o", datetime(2026, 11, 20, 10, tzinfo=UTC), at(T1))
