"""A shop that answers, and not as WooCommerce: a person is told what to do, or it passes; and none of three
thousand products is ever gone because of it."""

from collections.abc import Callable
from typing import Any

import pytest

from .stage import Stage

COUNT = 3_000


def build(stage_with: Any, count: int, **named: Any) -> Stage:
    stage: Stage = stage_with(only="outlet", **named)
    for n in range(count):
        stage.add(f"S{n:04}", 10)
    assert stage.cycle().code == 0
    stage.warehouse.set_stock("S0000", 7)
    stage.warehouse.set_stock("S0001", 13)
    return stage


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


def stays_known(stage: Stage, count: int) -> None:
    counts = stage.state.counts("outlet")
    assert (counts["mapped"], counts["quarantined"], counts["held"]) == (count, 0, 0)
    assert sum(1 for _ in stage.state.every_listing("outlet")) == count


def hours_of(stage: Stage, expected: int) -> str:
    """The trouble lasts: hours, over the daily reading of everything → what people are told."""
    for span in ({"minutes": 1}, {"minutes": 20}, {"hours": 3}, {"hours": 23}):
        stage.later(**span)
        done = stage.cycle()
        assert done.code == expected, done
    return str(done.stores["outlet"].error)


@pytest.mark.parametrize(("breaks", "remedy"), OPERATOR)
def test_a_person_must_act_and_is_told_what_to_do(stage_with: Any, breaks: Break, remedy: str) -> None:
    stage = build(stage_with, 120)
    breaks(stage["outlet"].sandbox)
    error = hours_of(stage, 1)
    assert remedy in error
    assert stage.trouble("outlet").kind == "operator"
    stays_known(stage, 120)
    assert (stage["outlet"].shows("S0000"), stage["outlet"].shows("S0001")) == (10, 10)
    repair(stage["outlet"].sandbox)
    stage.later(minutes=2)
    for _ in range(2):
        stage.later(minutes=2)
        assert stage.cycle().stores["outlet"].error is None
    assert (stage["outlet"].shows("S0000"), stage["outlet"].shows("S0001")) == (7, 13)
    assert stage.trouble("outlet") is None
    stays_known(stage, 120)


def test_stock_management_off_for_the_whole_shop(stage_with: Any) -> None:
    """Every write would answer 200 and do nothing. The next map tells a person; until then nothing is claimed."""
    stage = build(stage_with, 120)
    _unmanaged(stage["outlet"].sandbox)
    assert stage.cycle().stores["outlet"].applied == 0
    stage.later(minutes=20)
    done = stage.cycle()
    assert done.code == 1
    assert "Settings → Products → Inventory" in str(done.stores["outlet"].error)
    stays_known(stage, 120)
    repair(stage["outlet"].sandbox)
    for _ in range(2):
        stage.later(minutes=20)
        stage.cycle()
    assert (stage["outlet"].shows("S0000"), stage["outlet"].shows("S0001")) == (7, 13)


@pytest.mark.parametrize(("breaks", "remedy"), WAIT)
def test_what_passes_is_waited_for(stage_with: Any, breaks: Break, remedy: str) -> None:
    stage = build(stage_with, 120)
    breaks(stage["outlet"].sandbox)
    error = hours_of(stage, 75)
    assert remedy in error
    assert stage.trouble("outlet").kind == "failing"
    stays_known(stage, 120)
    repair(stage["outlet"].sandbox)
    for _ in range(3):
        stage.later(minutes=2)
        stage.cycle()
    assert (stage["outlet"].shows("S0000"), stage["outlet"].shows("S0001")) == (7, 13)
    assert stage.trouble("outlet") is None
    stays_known(stage, 120)


@pytest.mark.parametrize(
    "breaks", [_plain, _plugin_off, _maintenance, _fault("html")],
    ids=["plain permalinks", "plugin off", "maintenance", "a page with HTTP 200"],
)  # fmt: skip
def test_three_thousand_products_are_not_gone(stage_with: Any, breaks: Break) -> None:
    """Not for the map, not for a full reading, and not for writes that were due."""
    stage = build(stage_with, COUNT)
    breaks(stage["outlet"].sandbox)
    assert stage.cycle(full=True).code in (1, 75)
    stage.later(hours=25)
    assert stage.cycle().code in (1, 75)
    stays_known(stage, COUNT)
    repair(stage["outlet"].sandbox)
    stage.later(minutes=2)
    done = stage.cycle()
    assert (done.code, done.stores["outlet"].missing) == (0, 0)
    assert (stage["outlet"].shows("S0000"), stage["outlet"].shows("S0001")) == (7, 13)
    stays_known(stage, COUNT)
    assert done.stores["outlet"].applied == 2


@pytest.mark.parametrize("breaks", [_plain, _plugin_off, _maintenance], ids=["permalinks", "plugin", "maintenance"])
def test_it_breaks_between_reading_and_writing(stage_with: Any, breaks: Break) -> None:
    """A POST to a shop with plain permalinks is answered with HTTP 200 and a page, and nothing is written."""
    stage = build(stage_with, 120)
    sandbox = stage["outlet"].sandbox
    sandbox.before_request(lambda _: breaks(sandbox), on="write")
    done = stage.cycle()
    assert (done.stores["outlet"].applied, bool(done.stores["outlet"].error)) == (0, True)
    stays_known(stage, 120)
    assert len(stage.state.due("outlet")) == 2
    repair(sandbox)
    for _ in range(3):
        stage.later(minutes=2)
        stage.cycle()
    assert (stage["outlet"].shows("S0000"), stage["outlet"].shows("S0001")) == (7, 13)


def test_warnings_before_the_json_of_a_write_are_no_failure_of_the_write(stage_with: Any) -> None:
    """It was carried out, and a reading proves it: applied, once."""
    stage = build(stage_with, 120)
    stage["outlet"].sandbox.faults.add("warnings", on="write", times=-1)
    report = stage.cycle().stores["outlet"]
    assert (report.applied, report.error) == (2, None)
    assert (stage["outlet"].shows("S0000"), stage["outlet"].shows("S0001")) == (7, 13)


def test_a_shop_that_takes_only_a_few_items_gets_only_a_few(stage_with: Any) -> None:
    stage = build(stage_with, 200)
    stage["outlet"].sandbox.limits.batch_limit = 6
    for n in range(200):
        stage.warehouse.set_stock(f"S{n:04}", 12)
    report = stage.cycle().stores["outlet"]
    assert (report.applied, report.error) == (200, None)
    assert {stage["outlet"].shows(f"S{n:04}") for n in range(200)} == {12}


def test_a_maintenance_page_names_its_own_end(stage_with: Any) -> None:
    """WordPress says Retry-After: 600, which is longer than one call's patience: nobody hammers."""
    stage = build(stage_with, 120)
    stage["outlet"].sandbox.maintenance = True
    before = stage["outlet"].sandbox.calls.total()
    stage.cycle()
    assert stage["outlet"].sandbox.calls.total() - before == 1
    assert stage.slept == 0


def test_nothing_secret_in_what_people_are_told(stage_with: Any) -> None:
    stage = build(stage_with, 120)
    for breaks in (_plain, _plugin_off, _read_only, _fault("drop"), _fault("html")):
        breaks(stage["outlet"].sandbox)
        stage.later(minutes=30)
        error = str(stage.cycle().stores["outlet"].error)
        assert len(error) > 20
        assert "ck_" not in error
        assert "cs_" not in error
        repair(stage["outlet"].sandbox)
    assert "ck_0" not in str(stage.events)
    assert stage["outlet"].sandbox.leaks == []
