"""A shop that answers, and not as WooCommerce: a person is told what to do, or it passes; and none of three
thousand products is ever gone because of it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.installation import Installation

COUNT = 3_000


def build(harness_with: Any, count: int, **named: Any) -> Installation:
    harness: Installation = harness_with(only="outlet", **named)
    for n in range(count):
        harness.add(f"S{n:04}", 10)
    assert harness.cycle().code == 0
    harness.warehouse.set_stock("S0000", 7)
    harness.warehouse.set_stock("S0001", 13)
    return harness


Break = Callable[[Any], None]


def _plain(sandbox: Any) -> None:
    sandbox.plain_permalinks = True


def _plugin_off(sandbox: Any) -> None:
    sandbox.plugin_on = False


def _read_only(sandbox: Any) -> None:
    for key in sandbox.keys.known.values():
        key.permissions = "read"


def _maintenance(sandbox: Any) -> None:
    sandbox.maintenance = True


def _database(sandbox: Any) -> None:
    sandbox.database_down = True


def _php(sandbox: Any) -> None:
    sandbox.php_down = True


def _unmanaged(sandbox: Any) -> None:
    sandbox.shop.manage_stock = False


def _fault(kind: str, **settings: Any) -> Break:
    return lambda sandbox: sandbox.faults.add(kind, times=-1, **settings)


def repair(sandbox: Any) -> None:
    sandbox.plain_permalinks = sandbox.maintenance = sandbox.database_down = sandbox.php_down = False
    sandbox.plugin_on = sandbox.shop.manage_stock = True
    for key in sandbox.keys.known.values():
        key.permissions = "read_write"
    sandbox.faults.mend()


OPERATOR = [
    pytest.param(_plain, "Permalinks", id="plain permalinks"),
    pytest.param(_plugin_off, "plugin", id="plugin off"),
    pytest.param(_read_only, "Read/Write", id="read-only key"),
    pytest.param(_fault("redirect"), "elsewhere.example", id="redirect"),
    pytest.param(_fault("redirect", on="write"), "elsewhere.example", id="redirect of writes"),
    pytest.param(_fault("status", status=414), "addresses", id="414"),
    pytest.param(_fault("status", status=403), "firewall", id="403 of a firewall"),
    pytest.param(_fault("status", status=404), "url", id="404 of a web server"),
]
WAIT = [
    pytest.param(_maintenance, "", id="maintenance page"),
    pytest.param(_database, "", id="database down"),
    pytest.param(_php, "", id="PHP down"),
    pytest.param(_fault("html"), "cache", id="a page with HTTP 200"),
    pytest.param(_fault("html", on="write"), "cache", id="a page in answer to writes"),
    pytest.param(_fault("warnings", on="read"), "PHP warnings", id="warnings before the JSON of reads"),
    pytest.param(_fault("cut"), "", id="JSON cut off"),
    pytest.param(_fault("throttled"), "", id="throttled"),
    pytest.param(_fault("refuse"), "", id="refused"),
    pytest.param(_fault("drop"), "", id="broken off"),
    pytest.param(_fault("gateway"), "", id="502"),
]


def stays_known(harness: Installation, count: int) -> None:
    counts = harness.state.counts("outlet")
    assert (counts["mapped"], counts["quarantined"], counts["held"]) == (count, 0, 0)
    assert sum(1 for _ in harness.state.every_listing("outlet")) == count


def hours_of(harness: Installation, expected: int) -> str:
    """The trouble lasts: hours, over the daily reading of everything → what people are told."""
    for span in ({"minutes": 1}, {"minutes": 20}, {"hours": 3}, {"hours": 23}):
        harness.later(**span)
        done = harness.cycle()
        assert done.code == expected, done
    return str(done.stores["outlet"].error)


@pytest.mark.parametrize(("breaks", "remedy"), OPERATOR)
def test_a_person_must_act_and_is_told_what_to_do(harness_with: Any, breaks: Break, remedy: str) -> None:
    harness = build(harness_with, 120)
    breaks(harness["outlet"].sandbox)
    error = hours_of(harness, 1)
    assert remedy in error
    assert harness.breaker("outlet").kind == "operator"
    stays_known(harness, 120)
    assert (harness["outlet"].shows("S0000"), harness["outlet"].shows("S0001")) == (10, 10)
    repair(harness["outlet"].sandbox)
    harness.later(minutes=2)
    for _ in range(2):
        harness.later(minutes=2)
        assert harness.cycle().stores["outlet"].error is None
    assert (harness["outlet"].shows("S0000"), harness["outlet"].shows("S0001")) == (7, 13)
    assert harness.breaker("outlet") is None
    stays_known(harness, 120)


def test_stock_management_off_for_the_whole_shop(harness_with: Any) -> None:
    """Every write would answer 200 and do nothing. The next map tells a person; until then nothing is claimed."""
    harness = build(harness_with, 120)
    _unmanaged(harness["outlet"].sandbox)
    assert harness.cycle().stores["outlet"].applied == 0
    harness.later(minutes=20)
    done = harness.cycle()
    assert done.code == 1
    assert "Settings → Products → Inventory" in str(done.stores["outlet"].error)
    stays_known(harness, 120)
    repair(harness["outlet"].sandbox)
    for _ in range(2):
        harness.later(minutes=20)
        harness.cycle()
    assert (harness["outlet"].shows("S0000"), harness["outlet"].shows("S0001")) == (7, 13)


@pytest.mark.parametrize(("breaks", "remedy"), WAIT)
def test_what_passes_is_waited_for(harness_with: Any, breaks: Break, remedy: str) -> None:
    harness = build(harness_with, 120)
    breaks(harness["outlet"].sandbox)
    error = hours_of(harness, 75)
    assert remedy in error
    assert harness.breaker("outlet").kind == "failing"
    stays_known(harness, 120)
    repair(harness["outlet"].sandbox)
    for _ in range(3):
        harness.later(minutes=2)
        harness.cycle()
    assert (harness["outlet"].shows("S0000"), harness["outlet"].shows("S0001")) == (7, 13)
    assert harness.breaker("outlet") is None
    stays_known(harness, 120)


@pytest.mark.full
@pytest.mark.parametrize(
    "breaks", [_plain, _plugin_off, _maintenance, _fault("html")],
    ids=["plain permalinks", "plugin off", "maintenance", "a page with HTTP 200"],
)  # fmt: skip
def test_three_thousand_products_are_not_gone(harness_with: Any, breaks: Break) -> None:
    """Not for the map, not for a full reading, and not for writes that were due."""
    harness = build(harness_with, COUNT)
    breaks(harness["outlet"].sandbox)
    assert harness.cycle(full=True).code in (1, 75)
    harness.later(hours=25)
    assert harness.cycle().code in (1, 75)
    stays_known(harness, COUNT)
    repair(harness["outlet"].sandbox)
    harness.later(minutes=2)
    done = harness.cycle()
    assert (done.code, done.stores["outlet"].missing) == (0, 0)
    assert (harness["outlet"].shows("S0000"), harness["outlet"].shows("S0001")) == (7, 13)
    stays_known(harness, COUNT)
    assert done.stores["outlet"].applied == 2


@pytest.mark.parametrize("breaks", [_plain, _plugin_off, _maintenance], ids=["permalinks", "plugin", "maintenance"])
def test_it_breaks_between_reading_and_writing(harness_with: Any, breaks: Break) -> None:
    """A POST to a shop with plain permalinks is answered with HTTP 200 and a page, and nothing is written."""
    harness = build(harness_with, 120)
    sandbox = harness["outlet"].sandbox
    sandbox.before_request(lambda _: breaks(sandbox), on="write")
    done = harness.cycle()
    assert (done.stores["outlet"].applied, bool(done.stores["outlet"].error)) == (0, True)
    stays_known(harness, 120)
    assert len(harness.state.due("outlet")) == 2
    repair(sandbox)
    for _ in range(3):
        harness.later(minutes=2)
        harness.cycle()
    assert (harness["outlet"].shows("S0000"), harness["outlet"].shows("S0001")) == (7, 13)


def test_warnings_before_the_json_of_a_write_are_no_failure_of_the_write(harness_with: Any) -> None:
    """It was carried out, and a reading proves it: applied, once."""
    harness = build(harness_with, 120)
    harness["outlet"].sandbox.faults.add("warnings", on="write", times=-1)
    report = harness.cycle().stores["outlet"]
    assert (report.applied, report.error) == (2, None)
    assert (harness["outlet"].shows("S0000"), harness["outlet"].shows("S0001")) == (7, 13)


def test_a_shop_that_takes_only_a_few_items_gets_only_a_few(harness_with: Any) -> None:
    harness = build(harness_with, 200)
    harness["outlet"].sandbox.limits.batch_limit = 6
    for n in range(200):
        harness.warehouse.set_stock(f"S{n:04}", 12)
    report = harness.cycle().stores["outlet"]
    assert (report.applied, report.error) == (200, None)
    assert {harness["outlet"].shows(f"S{n:04}") for n in range(200)} == {12}


def test_a_maintenance_page_names_its_own_end(harness_with: Any) -> None:
    """WordPress says Retry-After: 600, which is longer than one call's patience: nobody hammers."""
    harness = build(harness_with, 120)
    harness["outlet"].sandbox.maintenance = True
    before = harness["outlet"].sandbox.calls.total()
    harness.cycle()
    assert harness["outlet"].sandbox.calls.total() - before == 1
    assert harness.slept == 0


def test_nothing_secret_in_what_people_are_told(harness_with: Any) -> None:
    harness = build(harness_with, 120)
    for breaks in (_plain, _plugin_off, _read_only, _fault("drop"), _fault("html")):
        breaks(harness["outlet"].sandbox)
        harness.later(minutes=30)
        error = str(harness.cycle().stores["outlet"].error)
        assert len(error) > 20
        assert "ck_" not in error
        assert "cs_" not in error
        repair(harness["outlet"].sandbox)
    assert "ck_0" not in str(harness.events)
    assert harness["outlet"].sandbox.leaks == []
