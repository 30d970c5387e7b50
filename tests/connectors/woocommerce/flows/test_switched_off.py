"""Stock management switched off in WooCommerce for a moment: every product says "not managed"; none of it is true."""

from contextlib import closing
from typing import Any

import pytest

from connectors.base import OperatorStoreError, send_once
from tests.harness.installation import Installation
from tests.harness.sweeps import turns

COUNT = 20


@pytest.fixture(params=turns([True, False]), ids=["the switch can be read", "nobody may read it"])
def harness(harness_with: Any, request: pytest.FixtureRequest) -> Installation:
    made: Installation = harness_with(only="outlet")
    for n in range(COUNT):
        made.add(f"S{n:02}", 10)
    made.cycle()
    assert made.cycle().code == 0
    for key in made["outlet"].sandbox.keys.known.values():
        key.manages_shop = request.param
    return made


def shows(harness: Installation) -> set[int]:
    return {harness["outlet"].shows(f"S{n:02}") for n in range(COUNT)}


def deliver(harness: Installation, units: int) -> None:
    for n in range(COUNT):
        harness.warehouse.set_stock(f"S{n:02}", units)


@pytest.mark.crossed
@pytest.mark.parametrize("touched", ["nothing", "orders", "edits", "everything"])
def test_nothing_is_noted_and_all_is_written_when_it_is_on_again(harness: Installation, touched: str) -> None:
    outlet = harness["outlet"]
    deliver(harness, 12)
    if touched == "orders":
        outlet.sell("S00", 1)
    if touched == "edits":
        for n in range(COUNT):
            outlet.edit(f"S{n:02}", 9)
    outlet.shop.manage_stock = False
    for minutes in (0, 20, 60 * 25 if touched == "everything" else 1):
        harness.later(minutes=minutes)
        deliver(harness, 12)
        done = harness.cycle()
        assert (done.code, done.stores["outlet"].skipped) == (1, 0), done
        assert "switch it on" in str(done.stores["outlet"].error)
    outlet.shop.manage_stock = True
    done = harness.cycle()
    assert done.stores["outlet"].error is None
    harness.cycle()
    assert shows(harness) == ({12} if touched != "orders" else {12, 11})
    assert harness.cycle().code == 0


def test_it_goes_off_while_a_long_list_is_read(harness: Installation) -> None:
    """Of the daily reading, half was read by then."""
    outlet = harness["outlet"]
    for n in range(COUNT, 150):
        harness.add(f"S{n:02}", 10)
    harness.later(minutes=20)
    harness.cycle()
    harness.cycle()
    harness.later(hours=25)
    calls = []

    def off(call: Any) -> None:
        calls.append(call)
        outlet.shop.manage_stock = len(calls) < 6

    outlet.sandbox.before_request(off, on="read", times=-1)
    assert harness.cycle().code == 1
    outlet.sandbox.faults.clear()
    outlet.shop.manage_stock = True
    deliver(harness, 12)
    for _ in range(2):
        harness.cycle()
    assert shows(harness) == {12}
    assert harness.cycle().code == 0


@pytest.mark.parametrize("seen", ["by a reading", "by a write"])
def test_a_merchant_stops_managing_one_product(harness: Installation, seen: str) -> None:
    """It is theirs: told once, and neither drift nor a refusal nor something that waits."""
    outlet = harness["outlet"]
    product = outlet.shop.find("S03")

    def give_up(_: Any = None) -> None:
        product.manage_stock = False
        outlet.shop.touch(product)

    if seen == "by a reading":
        give_up()
    else:
        outlet.sandbox.before_request(give_up, on="write")
    deliver(harness, 12)
    report = harness.cycle().stores["outlet"]
    assert (report.applied, report.skipped, report.rejected, report.error) == (COUNT - 1, 1, 0, None), report
    for _ in range(2):
        assert harness.cycle().code == 0
    harness.later(hours=25)
    assert harness.cycle().code == 0
    told = [said for said in harness.state.history("S03") if said["what"] == "untracked"]
    assert len(told) == 1
    assert harness.quarantine("outlet") == harness.state.notes("outlet", "drift") == {}
    product.manage_stock = True
    outlet.shop.touch(product)
    for _ in range(2):
        harness.later(minutes=20)
        harness.cycle()
    assert outlet.shows("S03") == 12


@pytest.mark.parametrize("harness", [False], indirect=True)
def test_check_names_a_switch_that_nobody_may_read(harness: Installation) -> None:
    outlet = harness["outlet"]
    with closing(harness.open_store(harness.context.settings, "outlet", send_once, harness.clock)) as connector:
        assert any("may not read settings" in warning for warning in connector.check().warnings)
        outlet.shop.find("S03").manage_stock = False
        assert any("may not read settings" in warning for warning in connector.check().warnings)
        outlet.shop.manage_stock = False
        with pytest.raises(OperatorStoreError, match="no product whose stock is managed"):
            connector.check()
