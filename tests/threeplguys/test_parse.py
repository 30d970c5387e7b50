"""Rows that are garbled, and what is still read of them: nothing is guessed."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.model import Level
from bridge.threeplguys.fields import parse_instant
from bridge.threeplguys.marks import mark
from bridge.threeplguys.parse import BadRow, parse_level, parse_product

PRINTED = json.loads(Path(__file__).with_name("examples").joinpath("stock_levels_breakdown.json").read_text())[0]
AT = datetime(2025, 2, 20, 14, 0, tzinfo=UTC)


def row(**changes: object) -> dict[str, Any]:
    """The reference's row, with fields changed; a field set to `...` is left out."""
    changed = PRINTED | changes
    return {name: value for name, value in changed.items() if value is not ...}


@pytest.mark.states("3pl.guide.breakdown.archived", "3pl.levels.products.deleted_is_zero")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"quantity": 3.0, "warehouses": [{"id": "1", "quantity": 3.0}]}, {"1": 3}, id="integral float"),
        pytest.param({"quantity": 0, "warehouses": []}, {}, id="nothing anywhere"),
        pytest.param({"quantity": 0, "warehouses": ...}, {}, id="nothing, and no warehouses"),
        pytest.param(
            {"quantity": 9, "warehouses": [{"id": "1", "quantity": 3}, {"id": "2", "quantity": 4}]},
            {"1": 3, "2": 4},
            id="the sum differs: warehouses are believed",
        ),
        pytest.param({"quantity": 5, "warehouses": [{"id": 7, "quantity": 5}]}, {"7": 5}, id="numeric warehouse id"),
        pytest.param({"deletedAt": "2025-03-04T12:00:00.000Z"}, {}, id="deleted holds nothing"),
        pytest.param({"deletedAt": ..., "archived": True, "quantity": "?"}, {}, id="archived holds nothing"),
        pytest.param({"deletedAt": None, "archived": True}, {}, id="either tells it"),
        pytest.param({"deletedAt": ...}, {"1": 290}, id="neither: active"),
        pytest.param({"surprise": {"deep": []}}, {"1": 290}, id="unknown fields are ignored"),
    ],
)
def test_units(changes: dict[str, object], expected: dict[str, int]) -> None:
    level = parse_level(row(**changes))
    assert isinstance(level, Level)
    assert level.units == expected


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"quantity": "290"}, "quantity is '290'", id="text"),
        pytest.param({"quantity": None}, "quantity is missing or null", id="null"),
        pytest.param({"quantity": ...}, "quantity is missing or null", id="missing"),
        pytest.param({"quantity": True}, "quantity is True", id="bool is no number"),
        pytest.param({"quantity": float("nan")}, "quantity is nan", id="nan"),
        pytest.param({"quantity": float("inf")}, "quantity is inf", id="infinite"),
        pytest.param({"quantity": 10**30}, "quantity is a number of more than 18 digits", id="endless"),
        pytest.param({"quantity": 10**10}, "quantity is 10000000000", id="more than a warehouse holds"),
        pytest.param({"warehouses": [{"id": "1", "quantity": "1"}]}, "quantity is '1'", id="text in a warehouse"),
        pytest.param(
            {"quantity": None, "warehouses": [{"id": "1", "quantity": -1}]},
            "quantity is missing or null",
            id="null beside a negative",
        ),
        pytest.param({"warehouses": []}, "quantity is 290, but no warehouse holds any", id="units nowhere"),
        pytest.param({"warehouses": None}, "quantity is 290, but no warehouse holds any", id="warehouses null"),
        pytest.param({"warehouses": {}}, "warehouses is a JSON object", id="warehouses no list"),
        pytest.param({"warehouses": [7]}, "a warehouse is 7", id="warehouse no object"),
        pytest.param({"warehouses": [{"quantity": 1}]}, "id is missing or null", id="warehouse without id"),
        pytest.param(
            {"warehouses": [{"id": "1", "quantity": 1}, {"id": 1, "quantity": 2}]},
            "warehouse 1 is listed twice",
            id="one warehouse twice",
        ),
        pytest.param({"warehouses": [{"id": "1", "quantity": 0}] * 1001}, "1001 warehouses", id="too many warehouses"),
        pytest.param({"sku": ""}, "sku is ''", id="empty sku"),
        pytest.param({"sku": 123}, "sku is 123", id="numeric sku: leading zeros may be gone"),
        pytest.param({"sku": "x" * 501}, f"sku is {'x' * 60!r}", id="endless sku"),
        pytest.param({"sku": "\ud800"}, "sku is '\\ud800'", id="half a surrogate pair"),
        pytest.param({"updatedAt": "yesterday"}, "updatedAt is 'yesterday'", id="no instant"),
        pytest.param({"updatedAt": "2025-02-20T14:00:00"}, "updatedAt is '2025-02-20T14:00:00'", id="no zone"),
        pytest.param({"updatedAt": 1740060000}, "updatedAt is 1740060000", id="a number for an instant"),
        pytest.param({"deletedAt": 0}, "deletedAt is 0", id="deletedAt no instant"),
        pytest.param({"archived": "no"}, "archived is 'no'", id="archived no bool"),
        pytest.param({"id": None}, "id is missing or null", id="no id"),
        pytest.param({"id": True}, "id is True", id="bool id"),
        pytest.param({"id": "x" * 129}, f"id is {'x' * 60!r}", id="endless id"),
    ],
)
def test_a_garbled_row_says_why(changes: dict[str, object], reason: str) -> None:
    bad = parse_level(row(**changes))
    assert isinstance(bad, BadRow)
    assert bad.reason == reason


def held(**units: object) -> list[dict[str, object]]:
    return [{"id": name[1:], "name": f"Hall {name[1:]}", "quantity": value} for name, value in units.items()]


@pytest.mark.parametrize(
    ("changes", "units", "doubt"),
    [
        pytest.param({"quantity": 7, "warehouses": held(w1=-3, w2=10)}, {"1": 0, "2": 7},
                     "quantity of warehouse 1 is -3", id="never more than the total"),
        pytest.param({"quantity": 10, "warehouses": held(w1=-3, w2=10)}, {"1": 0, "2": 10},
                     "quantity of warehouse 1 is -3", id="a negative one counts as none"),
        pytest.param({"quantity": 12, "warehouses": held(w1=-3, w2=10, w3=5)}, {"1": 0, "2": 7, "3": 5},
                     "quantity of warehouse 1 is -3", id="what is too much comes off the fullest"),
        pytest.param({"quantity": 5, "warehouses": held(w1=-3, w2=4, w3=4)}, {"1": 0, "2": 2, "3": 3},
                     "quantity of warehouse 1 is -3", id="of equals from the first"),
        pytest.param({"quantity": -3, "warehouses": held(w1=10)}, {"1": 0}, "quantity is -3", id="negative total"),
        pytest.param({"quantity": -3, "warehouses": []}, {}, "quantity is -3", id="negative, and no warehouse"),
        pytest.param({"quantity": 7.5, "warehouses": held(w1=7.5)}, {"1": 7}, "quantity is 7.5", id="fraction: floor"),
        pytest.param({"quantity": 3, "warehouses": held(w1=1.5, w2=1.5)}, {"1": 1, "2": 1},
                     "quantity of warehouse 1 is 1.5", id="floor in each warehouse"),
        pytest.param({"quantity": 2.5, "warehouses": held(w1=3)}, {"1": 2}, "quantity is 2.5", id="cap of a fraction"),
    ],
)  # fmt: skip
def test_a_number_that_cannot_be_is_rounded_down_and_doubted(
    changes: dict[str, object], units: dict[str, int], doubt: str
) -> None:
    level = parse_level(row(**changes))
    assert isinstance(level, Level)
    assert (dict(level.units), level.doubt) == (units, doubt)


@given(
    st.integers(-20, 40) | st.floats(-20, 40, allow_nan=False),
    st.lists(st.integers(-20, 40) | st.floats(-20, 40, allow_nan=False), min_size=1, max_size=4),
)
def test_a_doubted_row_never_counts_more_than_it_says_anywhere(total: float, counts: list[float]) -> None:
    level = parse_level(row(quantity=total, warehouses=[{"id": str(n), "quantity": x} for n, x in enumerate(counts)]))
    assert isinstance(level, Level)
    assert all(0 <= level.units[str(n)] <= max(0, x) for n, x in enumerate(counts))
    assert not level.doubt or sum(level.units.values()) <= max(0, total)


@pytest.mark.states("3pl.guide.breakdown.warehouse_name", "3pl.levels.products.warehouse_name")
def test_names_of_warehouses_come_with_the_row() -> None:
    level = parse_level(row(quantity=0, warehouses=[*held(w1=0), {"id": 2, "quantity": 0}]))
    assert isinstance(level, Level)
    assert level.warehouses == {"1": "Hall 1", "2": ""}


def test_a_garbled_row_keeps_what_can_be_read() -> None:
    assert parse_level(row(quantity=None)) == BadRow("1", "ABC123", "quantity is missing or null", AT)
    for bad, reason in ((parse_level([]), "a JSON array"), (parse_product(None), "missing or null")):
        assert isinstance(bad, BadRow)
        assert (bad.product, bad.sku, bad.reason) == (None, None, f"row is {reason}, not an object")


def test_a_garbled_row_is_known_again_while_nobody_touches_it() -> None:
    stamp = {"updatedAt": "2025-02-20T14:00:00"}
    assert mark(parse_level(row(**stamp))) == mark(parse_level(row(**stamp)))
    assert mark(parse_level(row(**stamp))) != mark(parse_level(row(**stamp, quantity=7)))
    assert mark(parse_level(row(quantity=None))) == mark(parse_level(row()))


@pytest.mark.parametrize("id_", ["prd_9-A", 7, "007", "a/b"], ids=str)
def test_ids_are_opaque_text(id_: object) -> None:
    level = parse_level(row(id=id_))
    assert isinstance(level, Level)
    assert level.product == str(id_)


@pytest.mark.parametrize("sku", [" ABC 123 ", "abc123", "ÅÄÖ-1", "a,b;c|d", "x\ty", "[10-Pack]"])
def test_a_sku_is_kept_to_the_letter(sku: str) -> None:
    level = parse_level(row(sku=sku))
    assert isinstance(level, Level)
    assert level.sku == sku


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-07T12:00:00Z",
        "2026-03-07T12:00:00.000Z",
        "2026-03-07T12:00:00.000000+00:00",
        "2026-03-07T12:00:00.000000000Z",
        "2026-03-07T14:00:00+02:00",
        "2026-03-07T06:30:00.0-05:30",
    ],
)
def test_every_form_of_one_instant(text: str) -> None:
    assert parse_instant(text) == datetime(2026, 3, 7, 12, tzinfo=UTC)


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(-840, 840))  # noqa: DTZ001
def test_an_instant_survives_any_offset(naive: datetime, minutes: int) -> None:
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    parsed = parse_instant(moment.isoformat())
    assert parsed == moment
    assert parsed is not None
    assert parsed.tzinfo is UTC


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*row(), "archived"]), JSON))
def test_whatever_arrives_is_a_level_or_a_reason(changes: dict[str, Any]) -> None:
    parsed = parse_level(row(**changes))
    if isinstance(parsed, Level):
        assert all(type(units) is int and units >= 0 for units in parsed.units.values())
        assert parsed.sku.encode()
    else:
        assert 0 < len(parsed.reason) < 200
