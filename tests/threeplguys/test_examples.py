"""Every example of the four 3PLGuys documents is read as it is printed. They stand word for word in examples/."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bridge.core.measure import Length, Weight
from bridge.core.model import Level
from bridge.threeplguys.cartons import (
    Carton,
    CartonLevel,
    Dimensions,
    HistoryEntry,
    Packed,
    parse_carton,
    parse_carton_level,
    parse_history_entry,
)
from bridge.threeplguys.parse import BadRow, Product, parse_level, parse_product

EXAMPLES = Path(__file__).with_name("examples")
GUIDE_CREATED, GUIDE_UPDATED = datetime(2024, 6, 15, 8, tzinfo=UTC), datetime(2026, 3, 7, 12, tzinfo=UTC)
CREATED, UPDATED = datetime(2025, 1, 15, 8, 30, tzinfo=UTC), datetime(2025, 2, 20, 14, tzinfo=UTC)


def printed(name: str) -> Any:
    return json.loads((EXAMPLES / f"{name}.json").read_text())


@pytest.mark.states(
    "3pl.guide.breakdown.array", "3pl.guide.breakdown.id", "3pl.guide.breakdown.sku", "3pl.guide.breakdown.name",
    "3pl.guide.breakdown.warehouses", "3pl.guide.breakdown.warehouse_id", "3pl.guide.breakdown.warehouse_quantity",
    "3pl.guide.breakdown.archived", "3pl.guide.breakdown.updatedAt", "3pl.levels.products.id",
    "3pl.levels.products.name", "3pl.levels.products.sku", "3pl.levels.products.warehouses",
    "3pl.levels.products.warehouse_id", "3pl.levels.products.warehouse_quantity", "3pl.levels.products.updatedAt",
    "3pl.levels.products.deletedAt",
)  # fmt: skip
def test_breakdown_rows() -> None:
    """The guide has `archived` and no milliseconds, the reference `deletedAt` and milliseconds."""
    assert [parse_level(raw) for raw in printed("guide_breakdown") + printed("stock_levels_breakdown")] == [
        Level(
            "101", "WDG-2024-BLK", {"1": 360}, GUIDE_UPDATED, name="Widget Black", warehouses={"1": "Main Warehouse"}
        ),
        Level("1", "ABC123", {"1": 290}, UPDATED, name="Egg Shells", warehouses={"1": "Main Warehouse"}),
    ]


def egg_shells(updated_at: datetime, **changes: Any) -> Product:
    said: dict[str, Any] = {"name": "Egg Shells", "description": "Premium egg shells for baking", "created_at": CREATED}
    return Product("1", "ABC123", updated_at=updated_at, **(said | changes))


DELETED = datetime(2025, 3, 4, 12, tzinfo=UTC)


@pytest.mark.states(
    "3pl.guide.products.id", "3pl.guide.products.name", "3pl.guide.products.sku", "3pl.guide.products.description",
    "3pl.guide.products.createdAt", "3pl.guide.products.updatedAt", "3pl.guide.products.deletedAt",
    "3pl.products.row.id", "3pl.products.row.name", "3pl.products.row.sku", "3pl.products.row.description",
    "3pl.products.row.createdAt", "3pl.products.row.updatedAt", "3pl.products.row.deletedAt",
)  # fmt: skip
@pytest.mark.parametrize(
    ("name", "product"),
    [
        (
            "guide_products",
            Product("101", "WDG-2024-BLK", "Widget Black", GUIDE_UPDATED, False, "Premium black widget", GUIDE_CREATED),
        ),
        ("products_list", egg_shells(UPDATED)),
        ("products_get", egg_shells(UPDATED)),
        ("products_create", egg_shells(CREATED)),
        (
            "products_update",
            egg_shells(
                datetime(2025, 3, 4, 10, 15, tzinfo=UTC), name="Egg Shells (Large)", description="Updated description"
            ),
        ),
        ("products_delete", egg_shells(DELETED, deleted=True, deleted_at=DELETED)),
        ("products_restore", egg_shells(datetime(2025, 3, 4, 12, 5, tzinfo=UTC))),
    ],
)
def test_products(name: str, product: Product) -> None:
    found = printed(name)
    assert [parse_product(raw) for raw in (found if isinstance(found, list) else [found])] == [product]


TEN = (Packed("1", 10, "Egg Shells", "ABC123"),)
BOX = Dimensions(Length.of(12, "inch"), Length.of(10, "inch"), Length.of(8, "inch"))
POUNDS = Weight.of(5, "pound")
MADE = datetime(2025, 3, 4, 10, tzinfo=UTC)


@pytest.mark.states(
    "3pl.cartons.row.id", "3pl.cartons.row.name", "3pl.cartons.row.contents", "3pl.cartons.row.contents_quantity",
    "3pl.cartons.row.dimensions", "3pl.cartons.row.dimensions_units", "3pl.cartons.row.weight",
    "3pl.cartons.row.weight_units", "3pl.cartons.row.createdAt", "3pl.cartons.row.updatedAt",
)  # fmt: skip
@pytest.mark.parametrize(
    ("name", "carton"),
    [
        ("cartons_list", Carton("1", "10-Pack Case", TEN, BOX, POUNDS, UPDATED, created_at=CREATED)),
        ("cartons_get", Carton("1", "10-Pack Case", TEN, BOX, POUNDS, UPDATED, created_at=CREATED)),
        ("cartons_create", Carton("3", "10-Pack Case", TEN, BOX, POUNDS, MADE, created_at=MADE)),
    ],
)
def test_cartons(name: str, carton: Carton) -> None:
    found = printed(name)
    assert [parse_carton(raw) for raw in (found if isinstance(found, list) else [found])] == [carton]


def filled(name: str) -> Any:
    """What is printed with ellipses: they stand for what the created carton 3 says."""
    text, whole = (EXAMPLES / f"{name}.txt").read_text(), printed("cartons_create")
    for field, ellipsis in (("contents", "[ ... ]"), ("dimensions", "{ ... }"), ("weight", "{ ... }")):
        text = text.replace(f'"{field}": {ellipsis}', f'"{field}": {json.dumps(whole[field])}')
    rest = {key: value for key, value in whole.items() if f'"{key}"' not in text}
    return json.loads(text.replace("...", json.dumps(rest)[1:-1] + ","))


@pytest.mark.states("3pl.cartons.row.deletedAt")
def test_cartons_that_are_printed_in_part() -> None:
    assert parse_carton(filled("cartons_delete")) == Carton(
        "3", "10-Pack Shipping Case", TEN, BOX, POUNDS, DELETED, True, MADE, DELETED
    )
    assert parse_carton(filled("cartons_restore")) == Carton(
        "3", "10-Pack Shipping Case", TEN, BOX, POUNDS, MADE, created_at=MADE
    )


@pytest.mark.states(
    "3pl.guide.cartons.id", "3pl.guide.cartons.name", "3pl.guide.cartons.dimensions", "3pl.guide.cartons.weight",
    "3pl.guide.cartons.contents", "3pl.guide.cartons.contents_quantity", "3pl.guide.cartons.createdAt",
    "3pl.guide.cartons.updatedAt", "3pl.levels.cartons.id", "3pl.levels.cartons.name", "3pl.levels.cartons.contents",
    "3pl.levels.cartons.contents_id", "3pl.levels.cartons.contents_sku", "3pl.levels.cartons.contents_name",
    "3pl.levels.cartons.contents_quantity", "3pl.levels.cartons.contents_createdAt",
    "3pl.levels.cartons.contents_updatedAt", "3pl.levels.cartons.warehouses", "3pl.levels.cartons.warehouse_id",
    "3pl.levels.cartons.warehouse_quantity", "3pl.levels.cartons.dimensions", "3pl.levels.cartons.length",
    "3pl.levels.cartons.width", "3pl.levels.cartons.height", "3pl.levels.cartons.weight",
    "3pl.levels.cartons.createdAt", "3pl.levels.cartons.updatedAt",
)  # fmt: skip
def test_carton_breakdown_rows() -> None:
    """Cartons, not pieces; whole millimetres and grams, which no field says."""

    def packed(product: str, name: str, sku: str, created_at: datetime, updated_at: datetime) -> tuple[Packed, ...]:
        return (Packed(product, 10, name, sku, created_at, updated_at),)

    def sizes(*millimetres: int) -> Dimensions:
        length, width, height = (Length.of(size, "mm") for size in millimetres)
        return Dimensions(length, width, height)

    rows = printed("guide_cartons_breakdown") + printed("stock_levels_cartons_breakdown")
    assert [parse_carton_level(raw) for raw in rows] == [
        CartonLevel(
            "1",
            "Widget Black [10-Pack Case]",
            packed("101", "Widget Black", "WDG-2024-BLK", GUIDE_CREATED, GUIDE_UPDATED),
            {"1": 36},
            sizes(762, 508, 381),
            Weight.of(2041, "gram"),
            GUIDE_UPDATED,
            created_at=GUIDE_CREATED,
        ),
        CartonLevel(
            "1",
            "Egg Shells [10-Pack Case]",
            packed("1", "Egg Shells", "ABC123", CREATED, UPDATED),
            {"1": 50},
            sizes(305, 254, 203),
            Weight.of(2268, "gram"),
            UPDATED,
            created_at=CREATED,
        ),
    ]


@pytest.mark.states("3pl.levels.cartons.warehouse_name", "3pl.levels.units.millimetres", "3pl.levels.units.grams")
def test_the_breakdown_is_the_definition_rounded() -> None:
    defined, counted = (parse_carton(printed("cartons_get")), printed("stock_levels_cartons_breakdown")[0])
    level = parse_carton_level(counted)
    assert isinstance(defined, Carton)
    assert isinstance(level, CartonLevel)
    assert defined.dimensions.rounded == level.dimensions.rounded == (305, 254, 203)
    assert defined.weight.rounded == level.weight.rounded == 2268
    assert str(defined.dimensions) == "12 inch × 10 inch × 8 inch"
    assert (level.name, level.warehouses) == ("Egg Shells [10-Pack Case]", {"1": "Main Warehouse"})


COUNT = "Updated carton count '10' changed to '15' for '10-Pack Case' carton type."


@pytest.mark.states(
    "3pl.products.history.id", "3pl.products.history.type", "3pl.products.history.description",
    "3pl.products.history.createdAt", "3pl.cartons.history.id", "3pl.cartons.history.type",
    "3pl.cartons.history.description", "3pl.cartons.history.createdAt",
)  # fmt: skip
def test_histories() -> None:
    assert [parse_history_entry(raw) for raw in printed("products_history")] == [
        HistoryEntry("15", "customer", "Updated product Egg Shells (ABC123)", datetime(2026, 3, 4, 10, 15, tzinfo=UTC)),
        HistoryEntry("12", "admin", COUNT, datetime(2026, 3, 2, 8, tzinfo=UTC)),
        HistoryEntry("1", "customer", "Created new product Egg Shells (ABC123)", CREATED),
    ]
    assert [parse_history_entry(raw) for raw in printed("cartons_history")] == [
        HistoryEntry("20", "admin", COUNT, datetime(2026, 3, 2, 8, tzinfo=UTC)),
        HistoryEntry("5", "customer", 'Created carton type "10-Pack Case" (10 units per carton)', CREATED),
    ]


def carton(**changes: object) -> dict[str, Any]:
    return {name: value for name, value in (printed("cartons_get") | changes).items() if value is not ...}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"contents": ...}, "contents is missing or null"),
        ({"contents": ["1"]}, "a part of contents is '1', not an object"),
        ({"contents": [{"productId": "1", "quantity": 0, "sku": "A"}]}, "quantity per carton is 0"),
        ({"contents": [{"productId": "1", "quantity": 2.5, "sku": "A"}]}, "quantity per carton is 2.5"),
        ({"contents": [{"productId": "1", "quantity": "2", "sku": "A"}]}, "quantity is '2'"),
        ({"contents": [{"id": "1", "quantity": 2, "sku": "A"}]}, "productId is missing or null"),
        ({"dimensions": None}, "dimensions is missing or null, not an object"),
        ({"dimensions": {"length": 12, "width": 10, "height": 8}}, "the unit of length is missing or null"),
        (
            {"dimensions": {"length": 12, "width": 10, "height": 8, "units": "hand"}},
            "the unit of length is 'hand'",
        ),
        ({"dimensions": {"length": 12, "width": "10", "height": 8, "units": "inch"}}, "width is '10'"),
        ({"dimensions": {"length": 12, "width": -1, "height": 8, "units": "inch"}}, "width is -1"),
        ({"weight": {"amount": 5, "units": "inch"}}, "the unit of amount is 'inch'"),
        ({"weight": {"amount": True, "units": "pound"}}, "amount is True"),
        ({"updatedAt": "soon"}, "updatedAt is 'soon'"),
        ({"id": None}, "id is missing or null"),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_a_garbled_carton_says_why(changes: dict[str, object], reason: str) -> None:
    found = parse_carton(carton(**changes))
    assert isinstance(found, BadRow)
    assert found.reason == reason
    assert found.product == ("1" if changes != {"id": None} else None)


@pytest.mark.states("3pl.guide.cartons.archived", "3pl.levels.cartons.deleted_is_zero")
def test_a_doubtful_count_of_cartons_is_rounded_down_and_a_deleted_type_holds_none() -> None:
    row = printed("stock_levels_cartons_breakdown")[0]
    level = parse_carton_level(row | {"warehouses": [{"id": 1, "name": "Main Warehouse", "quantity": 49.5}]})
    assert isinstance(level, CartonLevel)
    assert (level.cartons, level.doubt) == ({"1": 49}, "quantity of warehouse 1 is 49.5")
    gone = parse_carton_level(row | {"archived": True, "quantity": "?"})
    assert isinstance(gone, CartonLevel)
    assert (gone.cartons, gone.deleted) == ({}, True)


def test_a_word_of_a_history_may_be_new_but_not_missing() -> None:
    row = printed("cartons_history")[0]
    new = parse_history_entry(row | {"type": "robot"})
    assert isinstance(new, HistoryEntry)
    assert new.by == "robot"
    missing = parse_history_entry(row | {"type": None})
    assert isinstance(missing, BadRow)
    assert missing.reason == "type is missing or null"
