"""`catalog products|cartons`: what 3PLGuys says, as people and machines read it."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from bridge.cli.app import stockbridge_command
from bridge.cli.commands import CATALOG, ListedCommand

ARGUMENTS = {
    "show": ["1"], "history": ["1"], "delete": ["1"], "restore": ["1"], "rename": ["1", "Name"],
    "products create": ["A-1", "Name"], "products adopt": ["main"], "import": [__file__],
    "cartons create": ["A-1", "5", "--size", "1x1x1 inch", "--weight", "1 pound"],
}  # fmt: skip
FORMULA = '=HYPERLINK("http://example.invalid","Look")'


def catalogue(cli: Any) -> Any:
    """Three products, one of them deleted, and two carton types."""
    cli.warehouse.add("MUG-1", 20, "Mug", "Holds a pint")
    cli.warehouse.clock.move(timedelta(seconds=1))  # lists sort by when
    cli.warehouse.add("HAT m", 3, "Hat")
    cli.warehouse.clock.move(timedelta(seconds=1))
    cli.warehouse.add("OLD", 0, "Old thing")
    cli.warehouse.delete("OLD")
    cli.warehouse.cartons.add("MUG-1", 10, name="Ten-Pack")
    cli.warehouse.cartons.set_count("1", 2)
    cli.warehouse.cartons.add(
        "HAT m", 4, {"length": 300, "width": 200, "height": 100.5, "units": "millimeter"},
        {"amount": 900, "units": "gram"},
    )  # fmt: skip
    return cli


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# -- list ----------------------------------------------------------------------------------------------


def test_products_are_listed_the_newest_first(cli: Any) -> None:
    said = catalogue(cli)("catalog", "products", "list", "--json")
    assert (said.code, said.err) == (0, "")
    assert [x["sku"] for x in said.json["products"]] == ["HAT m", "MUG-1"]
    assert (said.json["complete"], said.json["unreadable"]) == (True, [])
    mug = said.json["products"][1]
    assert (mug["id"], mug["name"], mug["description"], mug["deleted"]) == ("1", "Mug", "Holds a pint", False)


def test_a_list_is_a_plain_table_in_a_pipe(cli: Any) -> None:
    out = catalogue(cli)("catalog", "products", "list").out
    assert out.splitlines()[0].split()[:4] == ["product", "sku", "name", "description"]
    assert "Old thing" not in out
    assert "Old thing" in cli("catalog", "products", "list", "--deleted").out


@pytest.mark.parametrize(
    ("options", "skus"),
    [
        (("--search", "hat"), ["HAT m"]),
        (("--search", "nothing like it"), []),
        (("--sort", "sku"), ["HAT m", "MUG-1"]),
        (("--sort", "-sku"), ["MUG-1", "HAT m"]),
        (("--sort", "created", "--deleted"), ["MUG-1", "HAT m", "OLD"]),
        (("--sort", "-updated", "--deleted", "--limit", "1"), ["MUG-1"]),
    ],
)
def test_a_list_is_searched_sorted_and_cut(cli: Any, options: tuple[str, ...], skus: list[str]) -> None:
    catalogue(cli).warehouse.rename("MUG-1", "Mug, large")
    assert [x["sku"] for x in cli("catalog", "products", "list", *options, "--json").json["products"]] == skus


def test_more_than_the_limit_is_said(cli: Any) -> None:
    for number in range(3):
        cli.warehouse.add(f"S{number}", 1)
    said = cli("catalog", "products", "list", "--limit", "2")
    assert "These are the first 2; --limit 0 lists all." in said.err
    assert cli("catalog", "products", "list", "--limit", "2", "--json").json["complete"] is False
    assert cli("catalog", "products", "list", "--limit", "3").err == ""


def test_a_long_list_is_read_page_by_page_and_no_further_than_asked(cli: Any) -> None:
    for number in range(180):
        cli.warehouse.add(f"S{number:03}", 1)
    asked = cli.source.calls["/v0/inventory/products"]
    found = cli("catalog", "products", "list", "--sort", "sku", "--limit", "0", "--json").json["products"]
    assert [x["sku"] for x in found] == [f"S{number:03}" for number in range(180)]
    assert cli.source.calls["/v0/inventory/products"] - asked == 4
    asked = cli.source.calls["/v0/inventory/products"]
    cli("catalog", "products", "list", "--limit", "50")
    assert cli.source.calls["/v0/inventory/products"] - asked <= 2


def test_a_key_that_nothing_is_sorted_by_is_named(cli: Any) -> None:
    said = cli("catalog", "cartons", "list", "--sort", "sku", "--json")
    assert (said.code, 'cannot be sorted by "sku"; say name, created, updated' in said.json["error"]) == (2, True)


def test_cartons_are_listed_with_their_units(cli: Any) -> None:
    row = catalogue(cli)("catalog", "cartons", "list", "--search", "Ten", "--json").json["cartons"][0]
    assert row["contents"] == [{"product": "1", "sku": "MUG-1", "name": "Mug", "units": 10}]
    assert row["dimensions"] == {"length": 12, "width": 10, "height": 8, "unit": "inch"}
    assert row["weight"] == {"amount": 5, "unit": "pound"}
    assert "12 inch × 10 inch × 8 inch" in cli("catalog", "cartons", "list").out


# -- CSV -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [FORMULA, "+1", "-1", "@SUM(A1)", "\tx", "'=1", 'plain, with "quotes"'])
def test_no_cell_is_a_formula_and_every_one_reads_back(cli: Any, name: str) -> None:
    cli.warehouse.add("A-1", 1, name)
    (row,) = rows_of(cli("catalog", "products", "list", "--csv").out)
    assert row["name"][:1] not in "=+-@\t"
    assert row["name"].removeprefix("'") == name or row["name"] == name


def test_an_export_has_every_product_and_can_go_to_a_file(cli: Any, tmp_path: Any) -> None:
    catalogue(cli)
    assert [x["sku"] for x in rows_of(cli("catalog", "products", "export").out)] == ["MUG-1", "HAT m"]
    said = cli("catalog", "products", "export", "--deleted", "--output", "all.csv")
    assert (said.code, said.out) == (0, "3 products written to all.csv.\n")
    rows = rows_of((tmp_path / "all.csv").read_text("utf-8"))
    assert cli("catalog", "products", "export", "--output", "no/such/folder.csv").code == 2
    assert [(x["sku"], x["deleted"]) for x in rows] == [("MUG-1", "no"), ("HAT m", "no"), ("OLD", "yes")]


def test_an_export_of_cartons_says_units_and_contents(cli: Any) -> None:
    mug, hat = rows_of(catalogue(cli)("catalog", "cartons", "export").out)
    assert (mug["sku"], mug["units"], mug["length"], mug["length_unit"]) == ("MUG-1", "10", "12", "inch")
    assert (hat["height"], hat["length_unit"], hat["weight"], hat["weight_unit"]) == (
        "100.5",
        "millimeter",
        "900",
        "gram",
    )


# -- show and history ----------------------------------------------------------------------------------


def test_a_product_is_shown_by_its_sku_or_its_id(cli: Any) -> None:
    catalogue(cli)
    by_sku, by_id = (cli("catalog", "products", "show", name, "--json").json for name in ("HAT m", "2"))
    assert by_sku == by_id
    assert by_sku["product"]["name"] == "Hat"
    assert 'product 1, MUG-1 "Mug"\n  description  Holds a pint\n' in cli("catalog", "products", "show", "MUG-1").out


def test_the_live_one_of_several_with_one_sku_is_meant(cli: Any) -> None:
    cli.warehouse.add("A", 0)
    cli.warehouse.recreate("A")
    assert cli("catalog", "products", "show", "A", "--json").json["product"]["id"] == "2"
    cli.warehouse.add("A", 0, duplicate=True)
    said = cli("catalog", "products", "show", "A", "--json")
    assert (said.code, 'Several products have the SKU "A"' in said.json["error"]) == (2, True)


@pytest.mark.parametrize("which", ["NO SUCH", "nosuch", "99"])
@pytest.mark.parametrize("nouns", ["products", "cartons"])
@pytest.mark.parametrize("verb", ["show", "history"])
def test_what_there_is_not_is_named_with_a_way_to_find_it(cli: Any, nouns: str, verb: str, which: str) -> None:
    said = catalogue(cli)("catalog", nouns, verb, which, "--json")
    assert said.code == 2
    assert f'"{which}"' in said.json["error"]
    assert f"stockbridge catalog {nouns} list --search" in said.json["error"]


@pytest.mark.states("3pl.guide.cartons.choose", "3pl.guide.cartons.shipments", "3pl.levels.choose_cartons")
def test_a_carton_is_shown_with_what_planning_a_shipment_takes(cli: Any) -> None:
    catalogue(cli)
    cli.warehouse.warehouses["2"] = "East"
    cli.warehouse.cartons.set_count("1", 3, "2")
    carton = cli("catalog", "cartons", "show", "1", "--json").json["carton"]
    assert (carton["cartons"], carton["warehouses"]) == ({"1": 2, "2": 3}, {"1": "Main Warehouse", "2": "East"})
    assert (carton["dimensions_mm"], carton["weight_g"], carton["doubt"]) == ([305, 254, 203], 2268, None)
    out = cli("catalog", "cartons", "show", "1").out
    assert "10 × MUG-1 Mug" in out
    assert "12 inch × 10 inch × 8 inch (305 × 254 × 203 mm)" in out
    assert "5 pound (2268 g)" in out
    assert [line.split()[-3:] for line in out.splitlines()[-3:]] == [
        ["2", "20", "4.536"], ["3", "30", "6.804"], ["5", "50", "11.34"],
    ]  # fmt: skip


def test_counts_that_cannot_be_read_are_no_zeros(cli: Any) -> None:
    catalogue(cli).warehouse.cartons.garble("1", quantity="many")
    carton = cli("catalog", "cartons", "show", "1", "--json").json["carton"]
    assert (carton["cartons"], carton["doubt"]) == (None, "quantity is 'many'")
    assert "How many there are is not known: quantity is 'many'." in cli("catalog", "cartons", "show", "1").out


def test_a_history_is_told_in_the_words_of_3plguys(cli: Any) -> None:
    catalogue(cli).warehouse.cartons.set_count("1", 5)
    told = cli("catalog", "cartons", "history", "1", "--json").json
    assert told["carton"]["name"] == "Ten-Pack"
    said = "Updated carton count '2' changed to '5' for 'Ten-Pack' carton type."
    assert (told["history"][0]["what"], told["history"][0]["by"]) == (said, "admin")
    assert said in cli("catalog", "products", "history", "MUG-1").out
    assert len(cli("catalog", "products", "history", "MUG-1", "--limit", "1", "--json").json["history"]) == 1
    assert rows_of(cli("catalog", "cartons", "history", "1", "--csv").out)[0]["what"] == said


# -- when it fails -------------------------------------------------------------------------------------


def test_a_row_that_cannot_be_read_is_told_beside_the_rest(cli: Any) -> None:
    catalogue(cli)
    cli.warehouse.find("HAT m").sku = ""
    said = cli("catalog", "products", "list", "--json")
    assert said.code == 1
    assert [x["sku"] for x in said.json["products"]] == ["MUG-1"]
    assert [(x["id"], x["why"]) for x in said.json["unreadable"]] == [("2", "sku is ''")]
    assert "A product (id 2) cannot be read, and is left out: sku is ''." in cli("catalog", "products", "export").err


def test_a_token_without_the_scope_is_told_with_its_remedy(cli: Any) -> None:
    cli.source.tokens = dict.fromkeys(cli.source.tokens, frozenset({"locations"}))
    said = cli("catalog", "products", "list", "--json")
    assert (said.code, "scope `inventory`" in said.json["error"]) == (1, True)


def test_what_polls_need_of_the_budget_is_left_to_them(cli: Any) -> None:
    cli.source.switches.rate_limit = 20
    for number in range(1_500):
        cli.warehouse.add(f"S{number:04}", 1)
    said = cli("catalog", "products", "export", "--json")
    assert (said.code, "only what polls for changes need is left" in said.json["error"]) == (75, True)
    assert sum(cli.source.calls.values()) == 18
    assert cli("catalog", "cartons", "list").code == 75
    assert sum(cli.source.calls.values()) == 18


# -- as commands ---------------------------------------------------------------------------------------


def test_help_goes_down_the_groups(cli: Any) -> None:
    assert "catalog" in cli("--help").out
    assert "cartons" in cli("catalog", "--help").out
    assert "contents, size, weight" in cli("catalog", "cartons", "--help").out
    assert "--limit" in cli("catalog", "products", "list", "-h").out
    assert cli("catalog", "products", "lst").code == 2


@pytest.mark.parametrize("path", CATALOG)
def test_the_list_says_of_a_command_what_it_says_of_itself(path: str) -> None:
    command = ListedCommand(path, CATALOG[path]).imported()
    assert command.callback.__doc__.splitlines()[0] == CATALOG[path].sentence
    assert "{noun" not in command.callback.__doc__


@pytest.mark.parametrize("path", CATALOG)
def test_every_command_below_reports_as_json_and_fails_as_json(cli: Any, path: str) -> None:
    words = path.split()
    group = stockbridge_command().commands["catalog"].commands[words[0]]  # type: ignore[attr-defined]
    assert any("--json" in option.opts for option in group.commands[words[1]].imported().params)
    cli.configure("bufer = 2")
    arguments = ARGUMENTS.get(path, ARGUMENTS.get(words[1], []))
    said = cli("catalog", *words, *arguments, "--json")
    assert (said.code, "stores.main.bufer" in said.json["error"]) == (2, True)
