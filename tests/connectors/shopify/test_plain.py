"""A line of a bulk file that is decoded in one step tells what the rules of `translate` make of it."""

import io
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connectors.shopify.bulk import lines
from connectors.shopify.plain import Variant, variants
from connectors.shopify.queries import alias
from connectors.shopify.translate import listed

PLACES = ("gid://shopify/Location/1", "gid://shopify/Location/2")
NAMES = ("available", "on_hand", "committed", "reserved")

texts = st.none() | st.sampled_from(["", "A", "Mug - Default Title", "Mug"]) | st.text(max_size=5)
quantities = st.lists(
    st.fixed_dictionaries({"name": st.sampled_from(NAMES), "quantity": st.integers(-5, 5)}), max_size=5
)
levels = st.none() | st.fixed_dictionaries({"isActive": st.booleans(), "quantities": quantities})
items = st.fixed_dictionaries(
    {"id": st.just("gid://shopify/InventoryItem/7"), "tracked": st.booleans()},
    optional={alias(place): levels for place, _ in enumerate(PLACES)},
)
products = st.none() | st.fixed_dictionaries({"status": st.sampled_from(["ACTIVE", "DRAFT", "ARCHIVED", "UNLISTED"])})
rows = st.fixed_dictionaries(
    {"inventoryItem": items},
    optional={"sku": texts, "displayName": texts, "requiresComponents": st.booleans(), "product": products},
)
odd = st.sampled_from([None, True, 0, 1.5, "", "x", 2**70, [], {}, [None], {"status": 1}])


def read(line: bytes) -> list[Any]:
    return list(lines(io.BytesIO(line), variants(len(PLACES)), what="shop"))


def told(row: Any, *, activate: bool) -> Any:
    """repr: True and 1 are not the same."""
    try:
        return repr(listed(row, PLACES, activate=activate))
    except (KeyError, TypeError, ValueError, AttributeError):
        return "left out"


@given(rows, st.booleans())
def test_a_plain_row_tells_the_same(row: dict[str, Any], activate: bool) -> None:
    (found,) = read(json.dumps(row).encode())
    assert isinstance(found, Variant)
    assert told(found, activate=activate) == told(row, activate=activate)


@given(rows, st.data())
def test_so_does_any_other(row: dict[str, Any], data: st.DataObject) -> None:
    """One of its members, however deep, is something else or missing."""
    members = [row, row["inventoryItem"], row.get("product"), row["inventoryItem"].get(alias(0))]
    member = data.draw(st.sampled_from([x for x in members if x]))
    name = data.draw(st.sampled_from(sorted(member)))
    member[name] = data.draw(odd)
    if data.draw(st.booleans()):
        del member[name]
    (found,) = read(json.dumps(row).encode())
    assert told(found, activate=False) == told(row, activate=False)
