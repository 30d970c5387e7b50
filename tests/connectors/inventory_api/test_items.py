"""The items file: every fault with its line, in one sentence, before anything is sent; what is right stays as it is."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from bridge.config import parse
from bridge.errors import ConfigError
from connectors.base import OperatorStoreError, StockUpdate, Verdict, send_once
from connectors.items import Items, ItemsFaultError, check_digit, load_items, parse_items
from connectors.testing.harness import batch, verdicts
from tests.harness.refusals import BAD_FILES, HEAD, BadFile

from .harness import InventoryHarness

CONFIGURATION = """
[source]
token = "3pl_1234567890"
[stores.run]
connector = "inventory_api"
url = "https://run.example"
token = "key-1234567890"
items = "{folder}/items.csv"
stores = {{ "1" = "3" }}
"""


def faults(text: str | bytes) -> list[str]:
    with pytest.raises(ItemsFaultError) as caught:
        parse_items(text.encode() if isinstance(text, str) else text)
    return str(caught.value).split("; line ")


@pytest.mark.states("update.errors.check_payload")
@pytest.mark.parametrize("bad", BAD_FILES, ids=[bad.name for bad in BAD_FILES])
def test_a_bad_file_is_one_sentence_with_its_line_and_stops_the_store(tmp_path: Path, bad: BadFile) -> None:
    (only,) = faults(bad.content)
    assert only.startswith(bad.said)
    assert only.partition("; ")[2], "and what to do about it"
    assert "\n" not in only
    harness = InventoryHarness(tmp_path)
    ref, connector = harness.add("A", 1), harness.connect(send_once)
    (tmp_path / "items.csv").write_bytes(bad.body)
    with pytest.raises(OperatorStoreError) as stopped:
        connector.push(batch(StockUpdate(ref, "3", 9)))
    assert f"items.csv has faults: {only}" in str(stopped.value)
    assert (harness.units(ref), harness.shop.written) == (1, [])
    with pytest.raises(ConfigError, match=r"stores\.run\.items: ") as refused:
        parse(CONFIGURATION.format(folder=tmp_path), {})
    assert refused.value.exit_code == 2
    assert [*refused.value.faults] == [f"stores.run.items: {tmp_path}/items.csv has faults: {only}"]


def test_every_fault_is_told_at_once() -> None:
    text = f"{HEAD}A,849632048260,,,\n,849632048270,,,\nC,,B,,D\n\nD,8E5,,,\nE,849632048260,,,\nF,1\n"
    assert [fault.partition(":")[0].removeprefix("line ") for fault in faults(text)] == ["3", "4", "6", "7", "8"]


def test_a_file_of_another_kind_is_not_told_line_by_line_without_end() -> None:
    told = faults(HEAD + "A,,,,\n" * 5000)
    assert len(told) == 100
    assert told[-1].endswith("and 4900 more")


# ---------------------------------------------------------------- what is right


def read(text: str) -> Items:
    return parse_items(text.encode())


@pytest.mark.states("update.fields.upc", "update.fields.sku", "update.fields.size")
def test_text_stays_text() -> None:
    items = read('\ufeffSKU,UPC,Style,Size,Width\r\n007,000012345670,,,\r\n"a, ""b""",,00/7%,06.5,-\r\n\r\n')
    first, second = items.by_ref.values()
    assert (first.sku, first.identity()) == ("007", {"upc": "000012345670"})
    assert (second.sku, second.identity()) == ('a, "b"', {"sku": "00/7%", "size": "06.5", "width": ""})
    assert [*items.by_ref] == ["upc:000012345670", "sku:00%2F7%25/06.5/"]
    assert items.warnings == ()


def test_a_upc_goes_before_the_other_name() -> None:
    (item,) = read(f"{HEAD}A,849632048260,B,34,\n").by_ref.values()
    assert item.identity() == {"upc": "849632048260"}


def test_columns_stand_in_any_order_and_those_not_needed_are_left_out() -> None:
    (item,) = read("upc,sku\n849632048260,A\n").by_ref.values()
    assert (item.sku, item.upc, item.line) == ("A", "849632048260", 2)
    assert [*read("width,size,style,sku\nD,34,B,A\n").by_ref] == ["sku:B/34/D"]


def test_one_sku_may_be_several_products() -> None:
    assert [x.sku for x in read(f"{HEAD}A,849632048260,,,\nA,,B,34,D\n").by_ref.values()] == ["A", "A"]


@pytest.mark.states("update.lookup.variations")
def test_names_that_only_look_alike_stay_apart() -> None:
    refs = read(f'{HEAD}A,,a/b,c,d\nB,,a,b/c,d\nC,,a%2Fb,c,d\nD,upc:1,,,\nE,,"upc:1",1,1\n').by_ref
    assert len(refs) == 5


@pytest.mark.parametrize(
    ("upc", "said"),
    [
        ("849632048269", "should end in 0 by its check digit"),
        ("84963204826", "has 11 digits, as if a spreadsheet had taken a zero from its beginning"),
        ("1234", "has 4 digits"),
        ("RUN-0042", "holds more than digits"),
        ("٨٤٩٦٣٢٠٤٨٢٦٠", "holds more than digits"),
    ],
)
def test_a_doubtful_upc_is_a_warning_and_goes_as_it_stands(upc: str, said: str) -> None:
    items = read(f"{HEAD}A,{upc},,,\n")
    assert items.warnings == (f"items line 2: the UPC {upc} {said}; it is sent as it stands",)
    assert [item.identity() for item in items.by_ref.values()] == [{"upc": upc}]


def test_the_same_number_with_other_zeros_is_a_warning() -> None:
    items = read(f"{HEAD}A,849632048260,,,\nB,0849632048260,,,\n")
    assert len(items.by_ref) == 2
    assert items.warnings == ("items line 3: the UPC 0849632048260 is that of line 2 but for zeros at its beginning",)


def test_a_file_without_items_is_a_warning_and_empty_lines_are_none() -> None:
    assert read(f"{HEAD}\n,,,,\n").warnings == ("the items file lists nothing yet",)


@pytest.mark.parametrize("digits", ["84963204826", "400638133393", "9638507", "1234567890123"])
def test_a_check_digit_makes_the_weighted_sum_a_ten(digits: str) -> None:
    whole = (digits + check_digit(digits))[::-1]
    assert sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(whole)) % 10 == 0


# ---------------------------------------------------------------- where it lies, and when it changes


def test_a_path_begins_at_the_folder_of_the_configuration(tmp_path: Path) -> None:
    harness = InventoryHarness(tmp_path)
    given = {**dict(harness.options()), "items": "items.csv"}
    found = type(harness.options()).model_validate(given, context={"folder": tmp_path})
    assert found.items == str(tmp_path / "items.csv")


UNREADABLE: list[tuple[str, Callable[[Path], str], str]] = [
    ("missing", lambda folder: str(folder / "none.csv"), "there is no file"),
    ("a folder", str, "cannot be read"),
    ("empty", lambda _: "", "is empty; write the path"),
    ("NUL", lambda _: "a\0b", "null"),
]


@pytest.mark.parametrize(("path", "said"), [x[1:] for x in UNREADABLE], ids=[x[0] for x in UNREADABLE])
def test_a_file_that_cannot_be_read_is_a_fault_of_the_key(
    tmp_path: Path, path: Callable[[Path], str], said: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        InventoryHarness(tmp_path).options(items=path(tmp_path))
    (error,) = caught.value.errors()
    assert error["loc"] == ("items",)
    assert said in error["msg"]


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    with path.open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    with pytest.raises(ItemsFaultError, match="more than 64 MiB"):
        load_items(str(path))


def test_a_file_is_read_again_once_it_changed(tmp_path: Path) -> None:
    harness = InventoryHarness(tmp_path)
    connector = harness.connect(send_once)
    first = harness.add("A", 1)
    assert [x.ref for x in connector.listings()] == [first]
    second = harness.add("B", 1)
    assert verdicts(connector.push(batch(StockUpdate(second, "3", 4)))) == [Verdict.APPLIED]


def test_a_file_that_is_spoilt_while_a_worker_runs_stops_the_store_and_names_the_lines(tmp_path: Path) -> None:
    harness = InventoryHarness(tmp_path)
    ref, connector = harness.add("A", 1), harness.connect(send_once)
    harness.shop.write_items(lambda text: f"{text}B,,,,\n,1,,,\n")
    with pytest.raises(OperatorStoreError, match=r"line 3: .*; line 4: ") as caught:
        connector.push(batch(StockUpdate(ref, "3", 9)))
    assert "Nothing is sent" in str(caught.value)
    assert harness.units(ref) == 1
