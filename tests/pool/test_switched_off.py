"""Stock management switched off in WooCommerce for a moment: every product says "not managed"; none of it is true."""

from contextlib import closing
from typing import Any

import pytest

from connectors.base import OperatorStoreError, send_once

from .stage import Stage

COUNT = 20


@pytest.fixture(params=[True, False], ids=["the switch can be read", "nobody may read it"])
def stage(stage_with: Any, request: pytest.FixtureRequest) -> Stage:
    made: Stage = stage_with(only="outlet")
    for n in range(COUNT):
        made.add(f"S{n:02}", 10)
    made.cycle()
    assert made.cycle().code == 0
    for key in made["outlet"].sandbox.keys.known.values():
        key.manages_shop = request.param
    return made


def shows(stage: Stage) -> set[int]:
    return {stage["outlet"].shows(f"S{n:02}") for n in range(COUNT)}


def deliver(stage: Stage, units: int) -> None:
    for n in range(COUNT):
        stage.warehouse.set_stock(f"S{n:02}", units)


@pytest.mark.parametrize("touched", ["nothing", "orders", "edits", "everything"])
def test_nothing_is_noted_and_all_is_written_when_it_is_on_again(stage: Stage, touched: str) -> None:
    outlet = stage["outlet"]
    deliver(stage, 12)
    if touched == "orders":
        outlet.sell("S00", 1)
    if touched == "edits":
        for n in range(COUNT):
            outlet.edit(f"S{n:02}", 9)
    outlet.shop.manage_stock = False
    for minutes in (0, 20, 60 * 25 if touched == "everything" else 1):
        stage.later(minutes=minutes)
        deliver(stage, 12)
        done = stage.cycle()
        assert (done.code, done.stores["outlet"].skipped) == (1, 0), done
        assert "switch it on" in str(done.stores["outlet"].error)
    outlet.shop.manage_stock = True
    done = stage.cycle()
    assert done.stores["outlet"].error is None
    stage.cycle()
    assert shows(stage) == ({12} if touched != "orders" else {12, 11})
    assert stage.cycle().code == 0


def test_it_goes_off_while_a_long_list_is_read(stage: Stage) -> None:
    """Of the daily reading, half was read by then."""
    outlet = stage["outlet"]
    for n in range(COUNT, 150):
        stage.add(f"S{n:02}", 10)
    stage.later(minutes=20)
    stage.cycle()
    stage.cycle()
    stage.later(hours=25)
    calls = []

    def off(call: Any) -> None:
        calls.append(call)
        outlet.shop.manage_stock = len(calls) < 6

    outlet.sandbox.before_request(off, on="read", times=-1)
    assert stage.cycle().code == 1
    outlet.sandbox.faults.clear()
    outlet.shop.manage_stock = True
    deliver(stage, 12)
    for _ in range(2):
        stage.cycle()
    assert shows(stage) == {12}
    assert stage.cycle().code == 0


@pytest.mark.parametrize("seen", ["by a reading", "by a write"])
def test_a_merchant_stops_managing_one_product(stage: Stage, seen: str) -> None:
    """It is theirs: told once, and neither drift nor a refusal nor something that waits."""
    outlet = stage["outlet"]
    product = outlet.shop.find("S03")

    def give_up(_: Any = None) -> None:
        product.manage_stock = False
        outlet.shop.touch(product)

    if seen == "by a reading":
        give_up()
    else:
        outlet.sandbox.before_request(give_up, on="write")
    deliver(stage, 12)
    report = stage.cycle().stores["outlet"]
    assert (report.applied, report.skipped, report.rejected, report.error) == (COUNT - 1, 1, 0, None), report
    for _ in range(2):
        assert stage.cycle().code == 0
    stage.later(hours=25)
    assert stage.cycle().code == 0
    told = [said for _, said in stage.state.every_note({"S03"}) if said["what"] == "untracked"]
    assert len(told) == 1
    assert stage.quarantine("outlet") == stage.state.notes("outlet", "drift") == {}
    product.manage_stock = True
    outlet.shop.touch(product)
    for _ in range(2):
        stage.later(minutes=20)
        stage.cycle()
    assert outlet.shows("S03") == 12


@pytest.mark.parametrize("stage", [False], indirect=True)
def test_check_names_a_switch_that_nobody_may_read(stage: Stage) -> None:
    outlet = stage["outlet"]
    with closing(outlet.open(stage.context.settings.stores["outlet"], send_once, stage.clock)) as connector:
        assert any("may not read settings" in warning for warning in connector.check().warnings)
        outlet.shop.find("S03").manage_stock = False
        assert any("may not read settings" in warning for warning in connector.check().warnings)
        outlet.shop.manage_stock = False
        with pytest.raises(OperatorStoreError, match="no product whose stock is managed"):
            connector.check()
