"""`state`: what stands in Redis for a SKU, in words and as JSON."""

import pytest

from bridge.core.model import StockKey
from bridge.state import keys, pack

from .conftest import CommandLine, Synced


@pytest.fixture
def sold(synced: Synced) -> CommandLine:
    """Two units on order of one, which shipped a third."""
    cli = synced({"A": 9, "B": 5})
    order = cli.main.sell("A", 3)
    cli("sync")
    cli.main.ship(order)
    cli.main.sell("A", 2)
    cli("sync")
    return cli


def test_it_tells_levels_ledger_and_what_the_store_showed(sold: CommandLine) -> None:
    said = sold("state", "A")
    assert (said.code, said.err) == (0, "")
    for words in (
        "warehouse: A",
        "1:9, as of",
        "3 by main",
        "0 of them counted",
        "main: A",
        "rested on A: stock 9, claimed 5",
    ):
        assert words in said.out
    told = sold("state", "A", "--json").json
    (part,), (listing,) = told["source"], told["stores"]["main"]["listings"]
    assert (part["levels"][0]["units"], [x["unconfirmed"] for x in part["shipments"]]) == ({"1": 9}, [3])
    (place,) = listing["places"]
    assert (place["last_target"], place["rests_on"]["A"]["claimed"], listing["due"]) == (4, 5, False)
    assert listing["ref"] == sold.main.ref("A")


def test_it_tells_what_waits_and_why(sold: CommandLine) -> None:
    ref, location = (
        sold.main.ref("B"),
        sold("state", "B", "--json").json["stores"]["main"]["listings"][0]["places"][0]["location"],
    )
    name = pack.stock_key(StockKey("main", ref, location))
    sold.redis.hset(keys.of_store("main", "quarantine"), name, pack.dumps({"why": "too dear", "at": 0, "run": ""}))
    sold.redis.hset(keys.of_store("main", "due"), ref, "1")
    sold.redis.hset(keys.of_store("main", "orphaned"), ref, pack.dumps([0, "nobody knows it"]))
    said = sold("state", "B").out
    for words in ("too dear", "due: its target may differ", "nobody knows it"):
        assert words in said


def test_a_fall_that_is_held_is_told(synced: Synced) -> None:
    cli = synced({"A": 9, "B": 5})
    for sku in "AB":
        cli.warehouse.set_stock(sku, 0)
    cli("sync")
    assert "decided: nothing" in cli("state", "A").out
    (listing,) = cli("state", "A", "--json").json["stores"]["main"]["listings"]
    assert listing["places"][0]["held"]["decision"] is None


def test_a_sku_that_nobody_knows_is_refused(sold: CommandLine) -> None:
    said = sold("state", "nowhere")
    assert said.code == 2
    assert "nowhere" in said.err
