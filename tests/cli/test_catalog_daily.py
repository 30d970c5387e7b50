"""The catalogue is read with `sync`, and what it says stands where a SKU is named."""

from typing import Any

import pytest


@pytest.mark.states("3pl.guide.script.both_read")
def test_sync_reads_the_catalogue_and_explain_tells_of_it(cli: Any) -> None:
    cli.warehouse.add("MUG-1", 20, "Mug", "Holds a pint")
    cli.main.add("MUG-1", 20)
    assert cli("sync").code == 0
    assert cli.source.calls["/v0/inventory/products"] == 1
    (product,) = cli("explain", "MUG-1", "--json").json["stock"][0]["products"]
    assert (product["name"], product["description"], product["deleted"]) == ("Mug", "Holds a pint", False)
    assert "Holds a pint" in cli("explain", "MUG-1").out
    cli("sync")
    assert cli.source.calls["/v0/inventory/products"] == 1, "once a day"


def test_a_dry_run_does_not_read_it(cli: Any) -> None:
    cli.add("A-1", 5)
    cli("sync", "--dry-run")
    assert cli.source.calls["/v0/inventory/products"] == 0


def test_a_name_that_only_the_catalogue_knows_finds_a_sku(synced: Any) -> None:
    cli = synced({"MUG-1": 20})
    item = cli.warehouse.find("MUG-1")
    cli.warehouse.rename("MUG-1", "Beaker of stoneware")
    cli.redis.hdel("stockbridge:source", "catalogue")  # as if a day had passed
    cli.warehouse.garble("MUG-1", name=item.name, updatedAt="2020-01-01T00:00:00.000Z")
    assert cli("explain", "Beaker of stoneware").code == 2
    cli("sync")
    assert cli("explain", "Beaker of stoneware", "--json").json["sku"] == "MUG-1"
    cli.main.rename("MUG-1", "ANOTHER-1")
    cli("sync", "--full")
    assert cli("unmapped", "--json").json["stores"]["main"]["products"][0]["title"] == "Beaker of stoneware"


def test_check_says_that_the_token_may_not_have_it_and_goes_on(cli: Any) -> None:
    cli.source.switches.catalogue_scope = "another"
    cli.add("A-1", 5)
    said = cli("check")
    assert said.code == 0
    assert "The catalogue cannot be read, which stops no stock" in said.out
    assert "(403)" in cli("check", "--json").json["source"]["warnings"][0]
    assert cli("sync").code == 0
    assert cli("status").code == 0
