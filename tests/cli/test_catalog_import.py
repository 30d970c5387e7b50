"""`catalog products|cartons import` and `catalog products adopt`: every fault at once, and nothing twice."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.spreadsheet import csv_text
from bridge.ops.catalog_file import read_rows
from tests.cli.test_catalog_change import WHO, changes_in_history, writes

PRODUCTS = "sku,name,description\nMUG-1,Mug,Holds a pint\nHAT-1,Hat,\n"
CARTONS = (
    "sku,units,name,length,width,height,length_unit,weight,weight_unit\n"
    "MUG-1,10,Ten mugs,12,10,8.5,inch,5,pound\n"
    "MUG-1,20,,300,200,100,mm,900,g\n"
)  # fmt: skip


def imported(cli: Any, nouns: str, text: str | bytes, *more: str) -> Any:
    Path("things.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return cli("catalog", nouns, "import", "things.csv", *more)


def counts(said: Any) -> tuple[int, int, int, int]:
    return said.code, said.json["created"], said.json["changed"], said.json["unchanged"]


# -- what is done --------------------------------------------------------------------------------------


def test_products_are_created_and_changed_and_a_second_import_changes_nothing(synced: Any) -> None:
    cli = synced({"HAT-1": 3})
    said = imported(cli, "products", PRODUCTS, "--yes", "--json")
    assert counts(said) == (0, 1, 1, 0)
    assert [(x["line"], x["what"], x["sku"], x["changes"], x["done"]) for x in said.json["rows"]] == [
        (2, "create", "MUG-1", None, True), (3, "change", "HAT-1", 'name "Product HAT-1" → "Hat"', True),
    ]  # fmt: skip
    assert cli.warehouse.find("MUG-1").description == "Holds a pint"
    assert cli.warehouse.find("HAT-1").name == "Hat"
    before = writes(cli)
    assert counts(imported(cli, "products", PRODUCTS, "--json")) == (0, 0, 0, 2)
    assert writes(cli) == before
    assert changes_in_history(cli, "MUG-1") == [("catalog-create", WHO, "import of things.csv")]
    assert changes_in_history(cli, "HAT-1") == [("catalog-change", WHO, "import of things.csv")]


def test_cartons_are_created_and_a_second_import_changes_nothing(cli: Any) -> None:
    cli.warehouse.add("MUG-1", 200)
    assert counts(imported(cli, "cartons", CARTONS, "--yes", "--json")) == (0, 2, 0, 0)
    first, second = (cli.warehouse.cartons.find(x) for x in "12")
    assert (first.name, first.units, first.dimensions["height"]) == ("Ten mugs", 10, 8.5)
    assert (second.name, second.weight) == ("20-Pack Carton", {"amount": 900, "units": "gram"})
    before = writes(cli)
    assert counts(imported(cli, "cartons", CARTONS, "--json")) == (0, 0, 0, 2)
    assert writes(cli) == before


@pytest.mark.parametrize(
    "name", ["=1+1", "'+plus", "-minus", "@at", "\ttab", 'with "quotes", and ; more', "two\nlines"]
)
def test_what_was_exported_is_imported_without_a_change(cli: Any, name: str) -> None:
    cli.warehouse.add("-A-1", 1, name, name)
    cli.warehouse.cartons.add("-A-1", 7, {"length": 0.1, "width": 30, "height": 8, "units": "inch"}, name=name)
    for nouns in ("products", "cartons"):
        cli("catalog", nouns, "export", "--output", "out.csv")
        said = cli("catalog", nouns, "import", "out.csv", "--json")
        assert counts(said) == (0, 0, 0, 1), said
    assert writes(cli) == []


def test_a_name_in_an_exported_file_renames_the_carton_of_that_id(cli: Any) -> None:
    cli.warehouse.add("MUG-1", 20)
    cli.warehouse.cartons.add("MUG-1", 10, name="Ten-Pack")
    cli("catalog", "cartons", "export", "--output", "out.csv")
    said = imported(cli, "cartons", Path("out.csv").read_text().replace("Ten-Pack", "Box of ten"), "--yes", "--json")
    assert counts(said) == (0, 0, 1, 0)
    assert cli.warehouse.cartons.find("1").name == "Box of ten"


def test_a_column_that_is_not_there_leaves_what_it_would_say(cli: Any) -> None:
    cli.warehouse.add("MUG-1", 1, "Mug", "Holds a pint")
    assert counts(imported(cli, "products", "name,sku\nMug,MUG-1\n", "--json")) == (0, 0, 0, 1)


@pytest.mark.parametrize("changed", ["name", "description"])
def test_an_import_does_not_cut_what_an_export_could_not_tell_whole(cli: Any, changed: str) -> None:
    told = {"name": "n" * 501, "description": "d" * 10_001}
    cli.warehouse.add("MUG-1", 1, **told)
    cells = {"name": "n" * 500, "description": "d" * 10_000}
    same = imported(cli, "products", f"sku,name,description\nMUG-1,{','.join(cells.values())}\n", "--json")
    assert counts(same) == (0, 0, 0, 1)
    cells[changed], kept = "Other", next(name for name in told if name != changed)
    said = imported(cli, "products", f"sku,name,description\nMUG-1,{','.join(cells.values())}\n", "--yes", "--json")
    assert (said.code, writes(cli)) == (2, [])
    assert f"its {kept} at 3PLGuys is too long to be read" in str(said.json)
    assert (cli.warehouse.find("MUG-1").name, cli.warehouse.find("MUG-1").description) == tuple(told.values())


def test_files_of_other_spreadsheets_are_read(cli: Any) -> None:
    said = imported(cli, "products", b"\xef\xbb\xbfsku;name\r\nMUG-1;M\xc3\xbag, blue\r\n\r\n", "--yes", "--json")
    assert counts(said) == (0, 1, 0, 0)
    assert cli.warehouse.find("MUG-1").name == "Múg, blue"


def test_a_dry_run_shows_what_it_would_do_and_does_nothing(synced: Any) -> None:
    cli = synced({"HAT-1": 3})
    said = imported(cli, "products", PRODUCTS, "--dry-run")
    assert said.code == 0
    assert 'name "Product HAT-1" → "Hat"' in said.out
    assert "Nothing was changed." in said.out
    assert imported(cli, "products", PRODUCTS, "--dry-run", "--json").json["rows"][0]["done"] is False
    assert writes(cli) == []


def test_a_pipe_cannot_be_asked(cli: Any) -> None:
    assert (imported(cli, "products", PRODUCTS).code, writes(cli)) == (2, [])


def test_few_lines_cost_few_requests_however_large_the_catalogue(synced: Any) -> None:
    cli = synced({"HAT-1": 3})
    for number in range(300):
        cli.warehouse.add(f"S{number}", 0)
    asked = cli.source.calls["/v0/inventory/products"]
    assert counts(imported(cli, "products", PRODUCTS, "--yes", "--json")) == (0, 1, 1, 0)
    assert cli.source.calls["/v0/inventory/products"] - asked == 3  # two looks, and one creation


def test_many_lines_read_the_catalogue_once(cli: Any) -> None:
    for number in range(40):
        cli.warehouse.add(f"S{number:02}", 0, f"Thing {number}")
    text = "sku,name\n" + "".join(f"S{number:02},Thing {number}\n" for number in range(40))
    assert counts(imported(cli, "products", text, "--json")) == (0, 0, 0, 40)
    assert cli.source.calls["/v0/inventory/products"] <= 2


@given(st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12)), min_size=1, max_size=4))
def test_whatever_is_written_reads_back(pairs: list[tuple[str, str]]) -> None:
    pairs = [(one.encode(errors="replace").decode(), other.encode(errors="replace").decode()) for one, other in pairs]
    text = csv_text(("sku", "name"), [{"sku": sku, "name": name} for sku, name in pairs])
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")]
    rows, faults = read_rows(text.encode(), ("sku", "name"), ("sku", "name"))
    assert faults == []
    assert [(row.cells["sku"], row.cells["name"]) for row in rows] == [x for x in pairs if any(x)]


# -- faults --------------------------------------------------------------------------------------------


def test_all_faults_of_a_file_come_at_once_each_with_its_line(cli: Any) -> None:
    cli.warehouse.add("TWO", 0)
    cli.warehouse.add("TWO", 0, duplicate=True)
    text = (
        "sku,name,deleted\n"
        "GOOD,Fine,no\n"
        "X,Name,\n"
        "A-1,N,\n"
        "GOOD,Again,\n"
        '"two\nlines",Fine too,\n'
        "B-1,Only two cells\n"
        "C-1,Gone,yes\n"
        " D-1,Blank,\n"
        "TWO,Doubled,\n"
        "E-1,Odd,perhaps\n"
    )
    said = imported(cli, "products", text, "--yes", "--json")
    assert said.code == 2
    assert [(x["line"], x["why"]) for x in said.json["faults"]] == [
        (3, "the SKU has fewer than 2 characters"),
        (4, "the name has fewer than 2 characters"),
        (5, 'the SKU "GOOD" stands on line 2 already'),
        (8, "it has 2 cells, and the header has 3"),
        (9, "it is of something deleted; leave the line out, or restore that first"),
        (10, 'the SKU " D-1" begins or ends with a blank'),
        (11, 'several live products have the SKU "TWO": 1 and 2'),
        (12, 'deleted is "perhaps"; write yes or no'),
    ]
    assert "8 faults" in said.json["error"]
    assert writes(cli) == []
    told = imported(cli, "products", text, "--yes").err.splitlines()
    assert told[0] == "line 3: the SKU has fewer than 2 characters."
    assert told[-1] == "things.csv has 8 faults, and nothing was changed."


def test_all_faults_of_cartons(cli: Any) -> None:
    cli.warehouse.add("MUG-1", 20)
    cli.warehouse.cartons.add("MUG-1", 10, name="Ten-Pack")
    cli.warehouse.cartons.add("MUG-1", 11)
    cli.warehouse.cartons.delete("2")
    head, good = "id,sku,units,name,length,width,height,length_unit,weight,weight_unit\n", "12,10,8,inch,5,pound\n"
    text = (
        f"{head},NONE,10,Name,{good}"
        ",MUG-1,ten,Name,1e9,x,8,mile,5,pound\n"
        f",MUG-1,0,N,{good}"
        f"1,MUG-1,12,Name,{good}"
        f"9,MUG-1,12,Name,{good}"
        f"2,MUG-1,11,Name,{good}"
        f",MUG-1,30,,{good}"
        f",MUG-1,30,Thirty,{good}"
    )
    said = imported(cli, "cartons", text, "--yes", "--json")
    assert said.code == 2
    assert [(x["line"], x["why"]) for x in said.json["faults"]] == [
        (2, 'no product has the SKU "NONE"'),
        (3, "height: 'mile' is no unit of length; say millimeter, centimeter, meter, inch, foot"),
        (3, 'length is "1e9", and no number such as 12.5'),
        (3, 'units is "ten", and no whole number'),
        (3, 'width is "x", and no number such as 12.5'),
        (4, "it holds 0 units, and the least is 1"),
        (4, "the name has fewer than 2 characters"),
        (5, "the contents cannot be changed after creation; create a new carton and delete the old one"),
        (6, 'the carton type with the id "9" does not exist; leave the id out to create one'),
        (7, 'the carton type with the id "2" is deleted; restore it first; leave the id out to create one'),
        (9, "line 8 asks for the same"),
    ]
    assert writes(cli) == []


@pytest.mark.parametrize(
    ("raw", "line", "why"),
    [
        (b"", 1, 'the column "sku" is missing'),
        (b"sku,nane\nA-1,Thing\n", 1, 'no column is called "nane"; perhaps "name" is meant'),
        (b"sku,name,name\n", 1, 'the column "name" stands there 2 times'),
        (b"sku,name\nA-1,M\xfcg\n", 2, "it is not UTF-8; save the file as CSV UTF-8"),
        (b'sku,name\nA-1,"open\nend', 2, "it is no CSV: unexpected end of data"),
    ],
)
def test_a_file_that_is_none_is_told_before_anything_is_asked(cli: Any, raw: bytes, line: int, why: str) -> None:
    said = imported(cli, "products", raw, "--json")
    assert (said.code, (line, why) in [(x["line"], x["why"]) for x in said.json["faults"]]) == (2, True), said.out
    assert cli.source.calls.total() == 0


def test_a_file_that_is_not_there(cli: Any) -> None:
    said = cli("catalog", "products", "import", "none.csv", "--json")
    assert (said.code, said.json["error"]) == (2, "none.csv cannot be read: No such file or directory.")


# -- what goes wrong on the way ------------------------------------------------------------------------


def test_a_line_that_is_refused_holds_up_no_other(cli: Any) -> None:
    cli.warehouse.reuse_sku = False
    cli.warehouse.add("OLD-1", 0)
    cli.warehouse.delete("OLD-1")
    said = imported(cli, "products", "sku,name\nOLD-1,Old\nNEW-1,New\n", "--yes", "--json")
    assert (said.code, said.json["created"], said.json["error"]) == (1, 1, "1 of 2 changes were not made.")
    assert "SKU is already in use in your inventory" in said.json["rows"][0]["error"]
    assert [x["done"] for x in said.json["rows"]] == [False, True]
    assert changes_in_history(cli, "NEW-1") == [("catalog-create", WHO, "import of things.csv")]
    assert cli("history", "OLD-1").code == 2, "nobody has heard of it"


def test_what_concerns_all_ends_it_and_the_rest_is_done_by_a_second_import(cli: Any) -> None:
    text = "sku,name\n" + "".join(f"S{number},Thing\n" for number in range(5))
    tokens, posts = cli.source.tokens, iter(range(9))

    def revoke_at_the_third(request: Any) -> None:
        if request.method == "POST" and next(posts) == 2:
            cli.source.tokens = {}

    cli.source.before = revoke_at_the_third
    said = imported(cli, "products", text, "--yes", "--json")
    assert (said.code, said.json["created"], said.json["error"]) == (1, 2, "3 of 5 changes were not made.")
    assert [bool(x["error"]) for x in said.json["rows"]] == [False, False, True, False, False]
    cli.source.tokens = tokens
    assert counts(imported(cli, "products", text, "--yes", "--json")) == (0, 3, 0, 2)
    assert len(cli.warehouse) == 5


# -- adopt ---------------------------------------------------------------------------------------------


def lacking(synced: Any) -> Any:
    cli = synced({"A-1": 5})
    cli.main.add("NEW-1", 7)
    cli.main.add("a_1", 1)
    cli.main.add("Z", 1, "Zip")
    cli.main.add("", 1)
    cli("sync", "--full")
    return cli


def test_adopt_shows_what_a_store_sells_and_the_source_lacks(synced: Any) -> None:
    cli = lacking(synced)
    said = cli("catalog", "products", "adopt", "main", "--dry-run", "--json")
    assert [(x["sku"], x["what"]) for x in said.json["rows"]] == [("NEW-1", "create")]
    left = {x["sku"]: x["why"] for x in said.json["stores"]["main"]["left_out"]}
    assert left == {
        "Z": "the SKU has fewer than 2 characters",
        "a_1": "it looks like A-1: join them in [stores.main.map]",
    }
    assert said.json["stores"]["main"]["on_sale"] == {"NEW-1": 7}
    out = cli("catalog", "products", "adopt", "main", "--dry-run").out
    assert "left out, because" in out
    assert ["NEW-1", "7"] in [line.split()[:2] for line in out.splitlines()]
    assert writes(cli) == []
    assert cli("catalog", "products", "adopt", "main").code == 2


def test_what_was_adopted_is_mapped_by_its_sku_with_the_next_pull(synced: Any) -> None:
    cli = lacking(synced)
    said = cli("catalog", "products", "adopt", "main", "--yes")
    assert (said.code, "1 created" in said.out) == (0, True)
    assert cli.warehouse.find("NEW-1").name
    cli.warehouse.set_stock("NEW-1", 4)
    cli("sync")
    assert cli.main.shows("NEW-1") == 4
    assert changes_in_history(cli, "NEW-1") == [("catalog-create", WHO, "adopted from main")]
    assert cli("catalog", "products", "adopt", "main", "--json", "--yes").json["rows"] == []


@pytest.mark.parametrize(
    "rules",
    ['[stores.main.cartons]\n"NEW-1" = "9"', '[stores.main.bundles]\n"NEW-1" = { "A-1" = 2, "GONE" = 1 }'],
    ids=["carton", "bundle"],
)
def test_what_has_parts_that_the_source_lacks_is_no_product_to_create(synced: Any, rules: str) -> None:
    cli = lacking(synced)
    cli.configure(rules)
    cli("sync")
    said = cli("catalog", "products", "adopt", "main", "--json", "--yes").json
    assert said["rows"] == []
    left = {x["sku"]: x["why"] for x in said["stores"]["main"]["left_out"]}
    assert left["NEW-1"] == "[stores.main] says what it is made of, and 3PLGuys lacks that"


def test_what_3plguys_has_already_is_not_created_again(synced: Any) -> None:
    cli = lacking(synced)
    cli.warehouse.add("NEW-1", 0)
    adopt = ("catalog", "products", "adopt", "main", "--yes", "--json")
    left = {x["sku"]: x["why"] for x in cli(*adopt).json["stores"]["main"]["left_out"]}
    assert left["NEW-1"] == "3PLGuys has it; the next pull maps it"
    cli.warehouse.delete("NEW-1")
    left = {x["sku"]: x["why"] for x in cli(*adopt).json["stores"]["main"]["left_out"]}
    assert left["NEW-1"] == "3PLGuys has it deleted: `stockbridge catalog products restore`"
    assert writes(cli) == []
