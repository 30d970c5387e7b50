"""One shop under two names that only the network shows: no session writes to it, until a table is removed."""

from collections.abc import Callable
from functools import partialmethod
from typing import Any

import pytest

from bridge.sync.identity import same_shop
from connectors.base import RetryableStoreError
from connectors.skills import IdentifiesShop
from connectors.testing.local import two_platforms
from tests.harness.installation import Installation
from tests.harness.shops import Build


@pytest.fixture
def twice(harness_with: Build) -> Installation:
    """`main` and `outlet` lead to one shop; nothing in the configuration says so."""
    kind = two_platforms()[0]
    harness = harness_with(only="", kinds=(kind, kind))
    harness["outlet"].shop, harness["outlet"].sandbox = harness["main"].shop, harness["main"].sandbox
    harness.warehouse.add("A", 40)
    harness.main.add("A", 30)
    return harness


def test_one_shop_under_two_names_is_an_operator_error_that_names_both_tables(twice: Installation) -> None:
    done = twice.cycle()
    assert done.code == 1
    assert any("stores.main and stores.outlet are one shop" in (x.error or "") for x in done.stores.values())
    for _ in range(3):
        done = twice.cycle()
        assert {x.error for x in done.stores.values()} == {
            "stores.main and stores.outlet are one shop under two names, so that every order would count twice: "
            "nothing is written to it until one of the two tables is removed."
        }
    assert (done.code, twice.main.writes) == (1, 0)


def test_a_worker_writes_nothing_once_it_is_known(twice: Installation) -> None:
    twice.cycle()
    twice.warehouse.set_stock("A", 12)
    for store in ("main", "outlet"):
        assert twice.session(store).operator
    assert twice.main.writes == 0


def test_it_goes_on_when_a_table_is_removed(twice: Installation) -> None:
    twice.cycle()
    twice.leave("outlet")
    twice.later(minutes=20)
    assert twice.cycle().code == 0
    assert twice.main.shows("A") == 40


def test_two_shops_are_two_and_are_asked_once_a_day(harness_with: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    harness, asked = harness_with(only=""), list[str]()

    def counted(connector: IdentifiesShop, ask: Callable[[Any], str]) -> str:
        asked.append(ask(connector))
        return asked[-1]

    for kind in {store.connector for store in harness.stores.values()}:
        monkeypatch.setattr(kind, "shop_id", partialmethod(counted, kind.shop_id))
    harness.add("A", 10)
    for _ in range(5):
        assert harness.cycle().code == 0
    assert (len(asked), len(set(asked))) == (2, 2)
    harness.later(hours=25)
    harness.cycle()
    assert (len(asked), len(set(asked))) == (4, 2)


def test_a_shop_that_does_not_say_stops_nobody(harness_with: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_: object) -> str:
        raise RetryableStoreError("no answer")

    harness = harness_with(only="")
    for store in harness.stores.values():
        monkeypatch.setattr(store.connector, "shop_id", silent)
    harness.add("A", 10, shown=7)
    harness.cycle()
    assert (harness.main.shows("A"), harness["outlet"].shows("A")) == (10, 10)


def test_who_is_not_known_is_nobodys_duplicate() -> None:
    assert same_shop("a", {"a": "", "b": ""}) == []
    assert same_shop("a", {"a": "x", "b": "y", "c": "x"}) == ["c"]
