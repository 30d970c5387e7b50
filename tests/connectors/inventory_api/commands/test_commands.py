"""`init`, `check`, `sync`, `status` and `explain` on a shop with the Inventory Update API."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.config import load_settings
from connectors.inventory_api.sandbox import TOKEN, Product
from tests.cli.conftest import Output

from .conftest import SECTION, Run

pytestmark = pytest.mark.needs("inventory_api")
FILE = Path("stockbridge.toml")


def test_a_first_sync_is_green_and_says_what_nobody_can_verify(run: Run) -> None:
    ref = run.add("A", 7)
    said = run.cli("sync")
    assert said.code == 0, said
    assert run.shop.quantity(ref, "3") == 7
    assert "which cannot be verified" in run.cli("status").out
    assert "the store accepted" in run.cli("explain", "A").out


def test_check_tells_doubtful_numbers_and_what_a_first_push_would_send(run: Run) -> None:
    run.add("A", 7)
    run.shop.add(Product("B", upc="849632048269"))
    said = run.cli("check")
    assert said.code == 0, said
    assert "2 in the items file; locations: store 3 (3); it cannot be read" in said.out
    assert "items line 3: the UPC 849632048269 should end in 0 by its check digit; it is sent as it stands" in said.out
    assert "1 sent for the first time: the store cannot be read" in said.out
    assert run.shop.written == []


def test_check_tells_every_fault_of_the_items_file_at_once_without_asking_anybody(run: Run) -> None:
    run.file.write_text("sku,upc,style,size,width\nA,,,,\nB,8E11,,,\n,1,,,\n")
    said = run.cli("check", "--offline")
    assert said.code == 2
    assert "stores.run.items: " in said.err
    for line in ("line 2: names no product", "line 3: the upc was made a number", "line 4: has no sku"):
        assert line in " ".join(said.err.split())


@pytest.mark.parametrize("status", [200, 401])
def test_check_says_that_the_token_is_not_accepted(run: Run, status: int) -> None:
    run.sandbox.token, run.sandbox.token_status = None, status
    said = run.cli("check")
    assert said.code == 1
    assert "does not accept the token" in said.everything
    assert TOKEN not in said.everything


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('stores = { "1" = "3" }', "", "stores.run.stores: is missing"),
        ('stores = { "1" = "3" }', "stores = {}", 'stores.run.stores: write { "1" = "3" }'),
        ('stores = { "1" = "3" }', 'stores = { "1" = 3 }', "that is no text; put it into quotes"),
        ('stores = { "1" = "3" }', 'stores = { "1" = "" }', "that is empty or has blanks around it"),
        ('stores = { "1" = "3" }', 'stores = { "1" = "3", " 1" = "4" }', "names a warehouse twice"),
        ('items = "items.csv"', "", "stores.run.items: is missing"),
        ('items = "items.csv"', 'items = "other.csv"', "stores.run.items: there is no file"),
        ("[source]", "[source]\n", None),
        ("", 'locations = { "1" = "3" }', "stores.run.locations: means nothing to inventory_api; write it"),
        ("", 'warehouses = ["2"]', 'names the warehouse "2", which has no location; add it to stores'),
        ("", "parallel = 0", "stores.run.parallel: is too small; write 1 or more"),
        ("", "parallel = 9", "stores.run.parallel: is too large; write 8 or less"),
        ("", 'repush_every = "1m"', 'stores.run.repush_every: write something between "10m" and "365d"'),
        ("", "repush_every = 24", "stores.run.repush_every: write a whole number and m, h or d in quotes"),
        ("", 'tokn = "x"', 'stores.run.tokn: is not a known key; did you mean "token"?'),
        ('token = "${RUN_TOKEN}"', 'token = "Bearer x"', "stores.run.token: holds a space"),
        ('token = "${RUN_TOKEN}"', "", 'stores.run.token: is missing; add token = "${NAME}"'),
        ('url = "SHOP_URL"', 'url = "http://shop.example"', "stores.run.url: plain http is refused except on loopback"),
        (
            'url = "SHOP_URL"',
            'url = "https://shop.example/api/product/inventory"',
            "stores.run.url: leave /api/product/inv",
        ),
        ('url = "SHOP_URL"', 'url = "shop"', "stores.run.url: write the address of the shop"),
    ],
)
def test_what_is_wrong_is_named_by_its_key_and_its_remedy(run: Run, old: str, new: str, told: str | None) -> None:
    """old: what `new` stands for; "": it is added."""
    assert old in SECTION
    run.configure(text=SECTION.replace(old, new) if old else SECTION + new)
    said = run.cli("check", "--offline")
    assert said.code == (2 if told else 0), said
    assert (told or "") in " ".join(said.everything.split())


def test_one_shop_in_two_tables_is_refused(run: Run) -> None:
    table = f'connector = "inventory_api"\nurl = "{run.url}/"\ntoken = "x"\nitems = "items.csv"\n'
    run.configure(f'[stores.again]\n{table}stores = {{ "2" = "4" }}')
    said = run.cli("check", "--offline")
    assert said.code == 2
    assert "stores.again: is the same shop as stores.run" in said.err


def test_a_relative_path_begins_at_the_folder_of_the_configuration(run: Run) -> None:
    run.add("A", 7)
    folder = Path("etc")
    folder.mkdir()
    run.file.rename(folder / "goods.csv")
    run.shop.items_file = (folder / "goods.csv").absolute()
    text = os.environ["STOCKBRIDGE_CONFIG_TOML"].replace("items.csv", "goods.csv")
    (folder / "shop.toml").write_text(text)
    run.cli.monkeypatch.delenv("STOCKBRIDGE_CONFIG_TOML")
    assert run.cli("check", "--offline", "--config", str(folder / "shop.toml")).code == 0
    run.cli.monkeypatch.setenv("STOCKBRIDGE_CONFIG", str(folder / "shop.toml"))
    assert run.cli("check").code == 0


def test_init_asks_for_the_items_file_until_it_is_right(run: Run, answer: Callable[..., Output]) -> None:
    run.cli.monkeypatch.delenv("STOCKBRIDGE_CONFIG_TOML")
    run.cli.monkeypatch.delenv("REDIS_URL")
    run.add("A", 7)
    Path("bad.csv").write_text("sku,upc\nA\n")
    typed = (run.cli.source_url, "", "inventory_api", "run", run.url, "wrong-token", "bad.csv", "items.csv")
    said = answer(*typed, '{ "1" = "3" }', "", TOKEN, "", "", "0")
    assert said.code == 0, said
    assert "line 2: has 1 cells where the header has 2" in said.err
    assert "does not accept the token" in said.err
    assert "1 sent for the first time" in said.out
    text = FILE.read_text()
    assert re.search(r'^items += "items.csv"', text, re.MULTILINE)
    assert re.search(r'^stores += \{"?1"? ?= ?"3"\}', text, re.MULTILINE)
    assert "locations" not in text
    assert TOKEN not in text + said.everything
    environ = {"THREEPLGUYS_TOKEN": "3pl_x", "INVENTORY_API_TOKEN": TOKEN}
    assert load_settings(environ, FILE).stores["run"].rules.locations == {"1": "3"}
