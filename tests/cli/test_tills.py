"""What the commands say of a till: when it reported, what, and what nobody knows."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.config import load_settings
from bridge.core.shelf import Report
from bridge.state import keys
from bridge.sync.reports import take
from bridge.wiring import build

from .conftest import CommandLine
from .test_metrics import parsed, value

TABLE = """
[inbound.shelf]
token = "${SHELF_TOKEN}"
stores = { "3" = "shelf-3" }
items = "items.csv"
"""


@pytest.fixture
def shelf(cli: CommandLine) -> CommandLine:
    """A till beside the shop."""
    Path("items.csv").write_text("sku,upc\nA,849632048260\nGHOST,036000291453\n")
    cli.monkeypatch.setenv("SHELF_TOKEN", "a-token-of-the-till")
    cli.configure(TABLE)
    cli.add("A", 5)
    return cli


@pytest.fixture
def report(redis_url: str) -> Callable[[str, int], None]:
    """What the till says of a product: its code and units."""

    def say(upc: str, units: int) -> None:
        context = build(load_settings(), redis_url)
        take(context, "shelf", Report(upc, None, "3", units), context.now())
        context.state.db.close()

    return say


def test_check_names_codes_faults_and_what_is_sold_nowhere(shelf: CommandLine) -> None:
    said = shelf("check", "--offline")
    assert said.code == 0
    assert "ok        till shelf: 2 in the items file; store 3 (shelf-3)" in said.out
    assert "items line 3: the UPC 036000291453 should end in 2 by its check digit" in said.out
    shelf.configure('warehouses = ["1"]' + TABLE)
    shelf("sync")
    report = shelf("check", "--json").json["inbound"]["shelf"]
    assert report["warnings"][:2] == [
        'no store may ship from "shelf-3", so what is reported there is sold nowhere; name it under `warehouses` or'
        " `locations` of a store",
        "the warehouse knows no such SKU, so its shelf is not sold from: GHOST",
    ]
    Path("items.csv").write_text("sku,upc\nA\n")
    said = shelf("check", "--offline")
    assert (said.code, "line 2: has 1 cells where the header has 2" in said.err) == (2, True)


def test_status_names_a_silent_till_and_unknown_products(
    shelf: CommandLine, report: Callable[[str, int], None]
) -> None:
    shelf("sync")
    said = shelf("status")
    assert said.code == 1
    assert "till shelf, store 3: has reported nothing yet; its shelf counts as nothing" in said.out
    report("1234", 7)
    said = shelf("status")
    assert said.code == 0, said.out
    assert re.search(r"store 3 \(shelf-3\)  last reported \d+ seconds? ago\n", said.out), said.out
    assert "1, which its items file does not list; see `stockbridge unmapped`" in said.out
    found = shelf("unmapped", "--json").json["inbound"]["shelf"]
    assert [(x["product"], x["store"], x["units"]) for x in found] == [("upc:1234", "3", 7)]
    assert "upc:1234" in shelf("unmapped").out
    assert "upc:1234" not in shelf("unmapped", "main").out


def test_explain_and_history_name_the_till_its_time_and_its_count(
    shelf: CommandLine, report: Callable[[str, int], None]
) -> None:
    report("849632048260", 3)
    assert shelf("sync").code == 0
    said = shelf("explain", "A")
    assert "till shelf, store 3, upc:849632048260  3 in shelf-3, as of 20" in said.out
    assert "warehouse store 3 of till shelf (shelf-3) holds of A  +3" in said.out
    [level] = shelf("explain", "A", "--json").json["stock"]
    assert [(x["till"], x["store"], x["units"], x["silent"]) for x in level["shelves"]] == [("shelf", "3", 3, False)]
    rows = json.loads(shelf("history", "A", "--json").out)["history"]
    assert [(x["till"], x["from"], x["to"]) for x in rows if x["what"] == "shelf"] == [("shelf", {}, {"shelf-3": 3})]
    assert "till counts" in shelf("history", "A").out
    assert "a-token-of-the-till" not in said.everything


def test_metrics_tell_of_each_store_code_and_count_what_is_unknown(
    shelf: CommandLine, report: Callable[[str, int], None]
) -> None:
    shelf.configure(TABLE.replace('"shelf-3" }', '"shelf-3", "4" = "shelf-4" }'))
    found = parsed(shelf("metrics").out)
    assert [value(found, "till_silent", till="shelf", code=code) for code in "34"] == [1, 1]
    assert [value(found, "till_age_seconds", till="shelf", code=code) for code in "34"] == [None, None]
    assert value(found, "till_reports_total", till="shelf", result="taken") is None
    for upc in ("849632048260", "849632048260", "1234"):
        report(upc, 7)
    shelf.redis.hincrby(keys.COUNTERS, "reports|shelf|refused", 2)
    found = parsed(shelf("metrics").out)
    assert [value(found, "till_silent", till="shelf", code=code) for code in "34"] == [0, 1]
    assert 0 <= (value(found, "till_age_seconds", till="shelf", code="3") or 0) < 60
    assert value(found, "till_age_seconds", till="shelf", code="4") is None
    assert value(found, "till_unknown", till="shelf") == 1
    assert [value(found, "till_reports_total", till="shelf", result=x) for x in ("taken", "refused")] == [3, 2]
