"""What commands say of a listing that sells full cartons."""

from typing import Any

import pytest

CARTONS = '[stores.main.cartons]\n"CASE-10" = "1"\n"CASE-99" = "99"'


@pytest.fixture
def packed(synced: Any) -> Any:
    """Fifty cartons of ten, which the shop sells by the carton."""
    cli = synced({"ABC123": 0})
    cli.warehouse.rename("ABC123", "Egg Shells")
    cli.warehouse.cartons.add("ABC123", 10, name="10-Pack Case")
    cli.warehouse.cartons.receive("1", 50)
    cli.main.add("CASE-10", 0)
    cli.configure(CARTONS)
    cli("sync")
    return cli


def test_a_carton_listing_is_explained_with_what_a_carton_is(packed: Any) -> None:
    told = [" ".join(line.split()) for line in packed("explain", "CASE-10", "main").out.splitlines()]
    (count,) = (line for line in told if line.startswith("full cartons of"))
    assert "warehouse: carton type 1" in told
    assert count.startswith("full cartons of Egg Shells [10-Pack Case] Main Warehouse (1): 50, as of ")
    assert "each of them 10 of ABC123, 305 × 254 × 203 mm, 2268 g" in told
    assert "warehouse Main Warehouse (1) holds of carton type 1 +50" in told
    assert "part carton type 1 1 each, 50 free, enough for 50, the scarcest" in told
    assert "part ABC123 10 each, 500 free, enough for 50" in told


def test_no_command_shows_our_own_name_of_a_carton_type(packed: Any) -> None:
    packed.warehouse.cartons.garble("1", quantity="many")
    packed("sync")
    assert "carton type 1: quantity is 'many'" in packed("status").out
    for command in (("history", "CASE-10"), ("status",), ("unmapped", "main"), ("diff", "main"), ("explain", "ABC123")):
        said = packed(*command)
        assert "\x00" not in said.everything
        assert "\\u0000" not in packed(*command, "--json").everything
    assert "carton type 1" in packed("history", "CASE-10").out


def test_check_names_types_that_do_not_exist_and_listings_that_nobody_has(packed: Any) -> None:
    said = packed("check").err
    assert 'stores.main.cartons: CASE-99: the warehouse has no carton type "99"; there are 1.' in said
    assert 'stores.main.cartons: no listing has the SKU "CASE-99"' in said
    assert "CASE-10:" not in said
