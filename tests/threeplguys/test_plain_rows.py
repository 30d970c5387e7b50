"""Pages read without a detour say what the careful way says, or are left to it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.model import Level
from bridge.core.sku import carton_sku
from bridge.threeplguys.answers import decoded
from bridge.threeplguys.parse import parse_level
from bridge.threeplguys.plain_rows import levels_or_rows

PRINTED = json.loads(Path(__file__).with_name("examples").joinpath("stock_levels_breakdown.json").read_text())[0]
COUNTS = st.integers(0, 9) | st.sampled_from([-1, 2.5, 3.0, True, None, "3", 10**9, 10**9 + 1, 10**30, float("nan")])
IDS = st.sampled_from(["1", "2", "x" * 128, "x" * 129, "", "\ud800", carton_sku("7"), "\x00", 1, None]) | st.text()
TEXTS = st.none() | st.text() | st.integers() | st.sampled_from(["x" * 500, "x" * 501, "é" * 500, "\ud800"])
STAMPS = st.datetimes(timezones=st.timezones()).map(str) | st.sampled_from(["", "0001-01-01T00:00:00+14:00", 7])
PLACES = st.lists(st.fixed_dictionaries({"id": IDS, "quantity": COUNTS}, optional={"name": TEXTS}), max_size=3)
ODD = {
    "id": IDS,
    "sku": IDS | TEXTS,
    "name": TEXTS,
    "quantity": COUNTS,
    "updatedAt": STAMPS,
    "deletedAt": st.none() | STAMPS,
    "archived": st.none() | st.booleans() | st.integers(0, 1),
    "warehouses": PLACES | st.none() | st.lists(st.none(), max_size=2),
}


def row(**changes: object) -> dict[str, Any]:
    """The reference's row, with fields changed; a field set to `...` is left out."""
    return {name: value for name, value in (PRINTED | changes).items() if value is not ...}


def page(*rows: dict[str, Any]) -> bytes:
    return json.dumps(rows, ensure_ascii=False).encode(errors="surrogatepass")


def carefully(body: bytes) -> Any:
    rows = decoded(body)
    return [parse_level(raw) for raw in rows] if isinstance(rows, list) else rows


def plainly(body: bytes) -> Any:
    rows = levels_or_rows(body)
    return [parse_level(raw) for raw in rows] if isinstance(rows, list) else rows


@given(st.sampled_from([*ODD]).flatmap(lambda name: st.fixed_dictionaries({name: ODD[name] | st.just(...)})), st.data())
def test_both_ways_say_the_same_of_any_page(changes: dict[str, Any], data: st.DataObject) -> None:
    body = page(row(), row(**changes), row(**data.draw(st.fixed_dictionaries({}, optional=ODD))))
    assert plainly(page(row(**changes))) == carefully(page(row(**changes)))
    assert plainly(body) == carefully(body)


@given(st.integers(0, 10_000), st.integers(0, 255) | st.sampled_from(b'",:[]{}0\\'), st.booleans())
def test_both_ways_say_the_same_of_any_broken_page(at: int, sign: int, more: bool) -> None:
    body = bytearray(page(row(), row(note="é\\", name="é")))
    at %= len(body)
    body[at : at if more else at + 1] = [sign]
    assert plainly(bytes(body)) == carefully(bytes(body))


PLAIN = [
    pytest.param({}, id="as printed"),
    pytest.param({"deletedAt": "2026-03-04T12:00:00.000Z"}, id="deleted holds nothing"),
    pytest.param({"archived": True, "deletedAt": ...}, id="archived holds nothing"),
    pytest.param({"quantity": 0, "warehouses": ...}, id="nothing, and no warehouses"),
    pytest.param({"name": None, "surprise": {"deep": [1.5]}}, id="no name, and what nobody knows"),
    pytest.param({"name": "x" * 501}, id="an endless name"),
    pytest.param({"warehouses": [{"id": "1", "name": "x" * 501, "quantity": 290}]}, id="an endless name of a place"),
    pytest.param({"updatedAt": "2026-03-07T14:00:00.5+02:00"}, id="another zone"),
]


@pytest.mark.parametrize("changes", PLAIN)
def test_a_plain_page_is_read_without_a_detour(changes: dict[str, object]) -> None:
    body = page(row(**changes))
    assert levels_or_rows(body) == carefully(body)
    assert all(isinstance(level, Level) for level in carefully(body))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(page(row(), row(warehouses=[{"id": "1", "quantity": n} for n in (1, 2)])), id="one place twice"),
        pytest.param(page(row(), row(warehouses=[])), id="units nowhere"),
        pytest.param(page(row(), row(updatedAt="yesterday")), id="no instant"),
        pytest.param(page(row(), row(deletedAt="")), id="deleted at no time"),
        pytest.param(page(row(), row(quantity=-3)), id="negative"),
        pytest.param(page(row(), row(quantity=10**10)), id="more than a warehouse holds"),
        pytest.param(page(row(), row(id=7)), id="an id of digits"),
        pytest.param(page(row(), row(id=carton_sku("7"))), id="the id of a carton"),
        pytest.param(page(row(), row(sku=carton_sku("7"))), id="the SKU of a carton"),
        pytest.param(page(row(), row(warehouses=[{"id": carton_sku("7"), "quantity": 1}])), id="a carton for a place"),
        pytest.param(page(row(), row(sku="\ud800")), id="half a pair in bytes"),
        pytest.param(json.dumps([row(), row(sku="\ud800")]).encode(), id="half a pair"),
        pytest.param(page(row(note="é")).replace("é".encode(), b"\xff"), id="no text, where nobody looks"),
        pytest.param(b"[" * 100_000, id="nested without end"),
        pytest.param(b"{}", id="no list"),
    ],
)
def test_any_other_page_is_left_to_the_careful_way(body: bytes) -> None:
    assert levels_or_rows(body) == decoded(body)
