"""Looking for a product by its name."""

import pytest

from .conftest import CommandLine, Synced


@pytest.fixture
def shelf(synced: Synced) -> CommandLine:
    """Three mugs and a pot, as the warehouse calls them; what the shop calls them says nothing."""
    cli = synced({"POT": 3})
    for sku, name in (("M-1", "Blue Mug"), ("M-2", "Red Mug"), ("M-3", "Red Mug, large"), ("T-1", "Tea Pot 1 l")):
        cli.warehouse.add(sku, 5, name)
        cli.main.add(sku, 5)
    assert cli("sync", "--full").code == 0
    return cli


@pytest.mark.parametrize(
    ("text", "sku"),
    [
        pytest.param("blue  mug", "M-1", id="whole name"),
        pytest.param("Red Mug", "M-2", id="whole name that is part of another"),
        pytest.param("large", "M-3", id="part of a name"),
        pytest.param("POT", "POT", id="a SKU that is part of a name"),
    ],
)
def test_a_name_that_only_one_has_is_as_good_as_its_sku(shelf: CommandLine, text: str, sku: str) -> None:
    said = shelf("explain", text, "--json")
    assert (said.code, said.json["sku"]) == (0, sku)
    assert [x["sku"] for x in said.json["stores"]["main"]["slips"]] == [sku]
    assert shelf("history", text, "--json").json["sku"] == sku


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        pytest.param("mug", 'called so: "M-1" (Blue Mug), "M-2" (Red Mug), "M-3" (Red Mug, large).', id="several"),
        pytest.param("m1", 'did you mean "M-1" (Blue Mug)?', id="near a SKU"),
        pytest.param("Blu Mugg", 'did you mean "M-1" (Blue Mug)?', id="near a name"),
    ],
)
def test_else_near_ones_are_told_with_their_names(shelf: CommandLine, text: str, hint: str) -> None:
    for command in ("explain", "history"):
        said = shelf(command, text)
        assert said.code == 2
        assert hint in said.err


def test_diff_shows_what_is_looked_for_alone(shelf: CommandLine) -> None:
    for sku in ("M-1", "M-2", "POT"):
        shelf.warehouse.set_stock(sku, 4)
    shelf("pause", "main")
    shelf("sync")
    title = shelf("explain", "M-2", "--json").json["stores"]["main"]["slips"][0]["title"]
    for text, found in (("m-", ["M-1", "M-2"]), (title, ["M-2"]), ("nothing", [])):
        rows = shelf("diff", "main", "--search", text, "--json").json["stores"]["main"]["listings"]
        assert [row["sku"] for row in rows] == found
