"""What a batch brought, item by item: half of it refused, its answer lost, another number due meanwhile."""

from typing import Any

import pytest

from bridge.core.outcomes import MAX_TRIES
from bridge.state.change import Change
from connectors.base import RetryableStoreError
from tests.harness.installation import Installation
from tests.harness.sweeps import sweep

COUNT = 1_000
BATCH = "products/batch"


@pytest.fixture
def outlet_with(harness_with: Any) -> Any:
    """A WooCommerce shop alone, with so many products of ten units, in order."""

    def build(count: int, **named: Any) -> Installation:
        harness: Installation = harness_with(only="outlet", **named)
        for n in range(count):
            harness.add(f"S{n:04}", 10)
        assert harness.cycle().code == 0
        return harness

    return build


def numbers(harness: Installation) -> dict[str, int]:
    return {str(row["sku"]): row["stock_quantity"] for row in harness["outlet"].shop.numbers()}


def test_of_a_thousand_items_twenty_fail_inside_a_200_and_exactly_that_is_reported(outlet_with: Any) -> None:
    harness = outlet_with(COUNT)
    shop, skus = harness["outlet"].shop, [f"S{n:04}" for n in range(COUNT)]
    refused = skus[::50]
    for sku in refused:
        shop.refuse(sku, "woocommerce_rest_cannot_edit", 403)
    for sku in skus:
        harness.warehouse.set_stock(sku, 12)
    report = harness.cycle().stores["outlet"]
    assert (report.applied, report.rejected, report.deferred, report.missing, report.error) == (980, 20, 0, 0, None)
    assert numbers(harness) == {sku: 10 if sku in refused else 12 for sku in skus}
    quarantine = harness.quarantine("outlet")
    assert quarantine.keys() == {harness["outlet"].ref(sku) for sku in refused}
    assert all("woocommerce_rest_cannot_edit" in why for why in quarantine.values())
    assert harness.state.store_record("outlet").not_applied == 0
    written = harness["outlet"].writes
    assert (harness.cycle().stores["outlet"].applied, harness["outlet"].writes) == (0, written)  # nobody tries again
    for sku in refused:
        shop.refuse(sku, "")
    harness.resync("outlet")
    assert harness.cycle().stores["outlet"].applied == 20
    assert set(numbers(harness).values()) == {12}
    assert harness.quarantine("outlet") == {}


def test_items_that_fail_for_a_passing_reason_stay_due(outlet_with: Any) -> None:
    harness = outlet_with(100)
    shop, skus = harness["outlet"].shop, [f"S{n:04}" for n in range(100)]
    for sku in skus[:20]:
        shop.refuse(sku, "woocommerce_rest_busy", 503)
    for sku in skus:
        harness.warehouse.set_stock(sku, 12)
    report = harness.cycle().stores["outlet"]
    assert (report.applied, report.rejected, report.deferred) == (80, 0, 20)
    assert harness.quarantine("outlet") == {}
    assert len(harness.state.due("outlet")) == 20
    for sku in skus[:20]:
        shop.refuse(sku, "")
    assert harness.cycle().stores["outlet"].applied == 20
    assert set(numbers(harness).values()) == {12}


@pytest.mark.crossed
@pytest.mark.parametrize("newer", [6, 14, None], ids=["lower meanwhile", "higher meanwhile", "nothing new"])
@pytest.mark.parametrize("landing", ["before the next look", "after one more look", "long after"])
def test_a_lost_reply_after_thirty_of_a_hundred(outlet_with: Any, newer: int | None, landing: str) -> None:
    """Thirty are seen to have landed; the others get the same number once more, at once. Another number waits for what
    may still land beside it, and stands at the end."""
    harness = outlet_with(100, outlet="first_batch = 100")
    sandbox, skus = harness["outlet"].sandbox, [f"S{n:04}" for n in range(100)]
    for sku in skus:
        harness.warehouse.set_stock(sku, 12)
    sandbox.faults.add("late", on="write", items=30)
    report = harness.cycle().stores["outlet"]
    assert (report.due, report.applied, report.unchanged, report.error) == (100, 70, 30, None)
    assert set(numbers(harness).values()) == {12}
    if newer is not None:
        for sku in skus:
            harness.warehouse.set_stock(sku, newer)
    if landing != "before the next look":
        harness.later(seconds=15)
        report = harness.cycle().stores["outlet"]
        assert (report.applied, report.waiting) == ((30, 70) if newer else (0, 0))
    if landing == "long after":
        harness.later(seconds=40)
        harness.cycle()
    assert [numbers(harness)[sku] for sku in skus[30:]] == [12] * 70
    sandbox.land()
    for _ in range(3):
        harness.later(seconds=60)
        harness.cycle()
    assert set(numbers(harness).values()) == {newer or 12}
    assert harness.state.due("outlet") == {}
    assert harness.state.notes("outlet", "flight") == {}
    assert harness.breaker("outlet") is None


def test_a_late_write_over_an_order_is_seen_and_put_right(outlet_with: Any) -> None:
    """The same number went twice; an order came in between, and the older write lands over it."""
    harness = outlet_with(1)
    harness.warehouse.set_stock("S0000", 12)
    harness["outlet"].sandbox.faults.add("late", on="write", items=0)
    assert harness.cycle().stores["outlet"].applied == 1
    harness["outlet"].sell("S0000", 3)
    harness.later(seconds=20)
    assert harness.cycle().code == 75  # something may still land
    harness["outlet"].sandbox.land()
    assert numbers(harness) == {"S0000": 12}
    harness.cycle()
    assert harness.session("outlet").waiting == 1
    harness.later(seconds=60)
    harness.cycle()
    assert (numbers(harness), harness.cycle().code) == ({"S0000": 9}, 0)


def test_a_cycle_goes_on_after_a_write_without_a_reply(outlet_with: Any) -> None:
    """In each of three cycles the first write of a hundred is lost: everything else arrives in the first."""
    harness = outlet_with(600, outlet="first_batch = 100")
    for n in range(600):
        harness.warehouse.set_stock(f"S{n:04}", 12)
    harness["outlet"].sandbox.faults.add("gateway", on="write")
    report = harness.cycle().stores["outlet"]
    assert (report.due, report.applied, report.error) == (600, 600, None)
    assert set(numbers(harness).values()) == {12}


def test_a_store_that_takes_readings_and_no_writes_is_left_alone_soon(outlet_with: Any) -> None:
    """After a few writes in a row without a reply the rest waits, and people hear why."""
    harness = outlet_with(1_000, outlet="first_batch = 100")
    for n in range(1_000):
        harness.warehouse.set_stock(f"S{n:04}", 12)
    harness["outlet"].sandbox.faults.add("gateway", on="write", times=-1)
    before = harness["outlet"].writes
    done = harness.cycle()
    report = done.stores["outlet"]
    assert (done.code, report.due, report.applied, bool(report.error)) == (75, 1_000, 0, True)
    assert report.waiting > 0
    assert harness["outlet"].writes - before <= 6
    harness["outlet"].sandbox.faults.mend()
    assert harness.cycle().stores["outlet"].applied == 1_000


def test_a_write_that_never_lands_is_repeated_once_it_cannot_land_any_more(outlet_with: Any) -> None:
    harness = outlet_with(100, outlet="first_batch = 100")
    for n in range(100):
        harness.warehouse.set_stock(f"S{n:04}", 12)
    harness["outlet"].sandbox.faults.add("drop", on="write", items=30, after=True)
    harness.cycle()
    for _ in range(4):
        harness.later(seconds=45)
        harness.cycle()
    assert set(numbers(harness).values()) == {12}
    assert harness.state.due("outlet") == {}


def test_a_sale_while_a_lost_write_is_waited_for(outlet_with: Any) -> None:
    """The write of 12 lands over an order of 3 of its product: nine are free, and nine are shown in the end."""
    harness = outlet_with(1)
    harness.warehouse.set_stock("S0000", 12)
    harness["outlet"].sandbox.faults.add("late", on="write", items=0)
    harness.cycle()
    harness["outlet"].sell("S0000", 3)
    harness.later(seconds=20)
    harness.cycle()
    harness["outlet"].sandbox.land()
    for _ in range(3):
        harness.later(seconds=60)
        harness.cycle()
    assert numbers(harness) == {"S0000": 9}


def test_php_dies_on_one_item_and_the_other_ninety_nine_arrive(outlet_with: Any) -> None:
    """HTTP 500 in the middle of a batch; what came before it stays done. One item keeps on breaking."""
    harness = outlet_with(100, outlet="first_batch = 100")
    broken = harness["outlet"].ref("S0042")

    def die(call: Any) -> None:
        ids = [str(row["id"]) for row in harness["outlet"].rows(call)]
        if broken in ids:
            harness["outlet"].sandbox.faults.add("fatal", on="write", items=ids.index(broken))

    harness["outlet"].sandbox.before_request(die, on="write", times=-1)
    for n in range(100):
        harness.warehouse.set_stock(f"S{n:04}", 12)
    report = harness.cycle().stores["outlet"]
    assert (report.applied, report.deferred) == (99, 1), report
    shown = numbers(harness)
    assert shown.pop("S0042") == 10
    assert set(shown.values()) == {12}

    for units in range(20, 20 + MAX_TRIES):  # the broken one stays due, and the store is well
        harness.warehouse.set_stock("S0001", units)
        report = harness.cycle().stores["outlet"]
        assert (report.error, report.applied) == (None, 1)
    (refused,) = harness.state.notes("outlet", "quarantine").values()
    assert "PHP error" in refused["why"]
    report = harness.cycle().stores["outlet"]
    assert (report.due, report.error) == (0, None)


def test_php_dies_on_the_only_item_and_the_store_is_well(outlet_with: Any) -> None:
    """What keeps one product from being saved holds up no other for longer and longer."""
    harness = outlet_with(2)
    harness["outlet"].sandbox.faults.add("fatal", on="write", items=0, times=-1)
    harness.warehouse.set_stock("S0000", 12)
    for _ in range(MAX_TRIES):
        assert harness.cycle().stores["outlet"].error is None
    assert len(harness.state.notes("outlet", "quarantine")) == 1
    assert harness.state.store_record("outlet").breaker is None
    assert harness.state.due("outlet") == {}


# -- how many calls --------------------------------------------------------------------------------------


@pytest.mark.states("3pl.guide.next.woocommerce")
@pytest.mark.parametrize("version", sweep(["10.5.0", "9.9.5"], 1))
def test_write_calls_are_one_per_hundred_products_and_one_per_parent(outlet_with: Any, version: str) -> None:
    """A shop as quick as this one soon gets full batches: the first of a session is smaller, to feel its way."""
    harness = outlet_with(1_000, outlet="first_batch = 100", shop={"version": version})
    shop = harness["outlet"].shop
    for n in range(6):
        for size in "SML":
            harness.warehouse.add(f"T{n}-{size}", 10)
        shop.add_variable(f"T{n}", dict.fromkeys("SML", 10))
    harness.later(minutes=20)
    harness.cycle()
    harness.cycle()
    for n in range(1_000):
        harness.warehouse.set_stock(f"S{n:04}", 12)
    for n in range(4):
        for size in "SM":
            harness.warehouse.set_stock(f"T{n}-{size}", 12)
    before = dict(harness["outlet"].sandbox.calls)
    report = harness.cycle().stores["outlet"]
    assert (report.applied, report.deferred, report.rejected) == (1_008, 0, 0)
    made = {
        name: n - before.get(name, 0)
        for name, n in harness["outlet"].sandbox.calls.items()
        if name.startswith("POST") and n != before.get(name)
    }
    assert made == {"POST products/batch": 10, "POST products/<id>/variations/batch": 4}
    assert [shop.find(f"T{n}-S").stock_quantity for n in range(6)] == [12] * 4 + [10] * 2


def test_what_is_right_already_is_not_written(outlet_with: Any) -> None:
    """A write of the same number costs as much, and fires the shop's webhooks."""
    harness = outlet_with(50)
    before = harness["outlet"].writes
    harness.resync("outlet", full=True)
    assert harness.cycle().stores["outlet"].error is None
    assert (harness["outlet"].writes, harness.state.due("outlet")) == (before, {})


def test_our_own_echo_moves_nothing(outlet_with: Any) -> None:
    """Every write moves `modified`, which is how edits are found: the next looks must come to rest."""
    harness = outlet_with(50)
    for n in range(50):
        harness.warehouse.set_stock(f"S{n:04}", 12)
    harness.cycle()
    harness.cycle()
    before, writes = harness["outlet"].sandbox.calls.total(), harness["outlet"].writes
    report = harness.cycle().stores["outlet"]
    assert (report.due, harness["outlet"].writes) == (0, writes)
    assert harness["outlet"].sandbox.calls.total() - before <= 6


def test_what_was_applied_before_an_answer_was_lost_is_reported(outlet_with: Any) -> None:
    """From the third of four batches on there is no answer: two hundred are known to have arrived."""
    harness = outlet_with(400, outlet="first_batch = 100")
    for n in range(400):
        harness.warehouse.set_stock(f"S{n:04}", 12)
    harness["outlet"].sandbox.faults.add("gateway", on="write", skip=2, times=-1)
    done = harness.cycle()
    report = done.stores["outlet"]
    assert (done.code, report.due, report.applied, bool(report.error)) == (75, 400, 200, True)
    assert (report.waiting + report.deferred, report.waiting > 0) == (200, True)
    assert len(harness.state.due("outlet")) == 200
    harness["outlet"].sandbox.faults.mend()
    assert harness.cycle().stores["outlet"].applied == 200
    assert set(numbers(harness).values()) == {12}


def test_what_was_applied_is_kept_when_there_is_trouble_ahead_of_the_next_batch(
    outlet_with: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second batch is decided anew, because something moved, and the state cannot be read for it."""
    harness = outlet_with(150, outlet="first_batch = 100")
    for n in range(150):
        harness.warehouse.set_stock(f"S{n:04}", 12)

    def breaks(*_: Any, **__: Any) -> Any:
        raise RetryableStoreError("no answer", sent=False)

    def moves(_: Any) -> None:
        harness.state.commit(Change(due=[("main", "some")]))
        monkeypatch.setattr("bridge.sync.push.job.load_view", breaks)

    harness["outlet"].sandbox.after_apply(moves, on="write")
    report = harness.cycle().stores["outlet"]
    assert (report.error, report.applied) == ("no answer", 100)
    assert len(harness.state.due("outlet")) == 50
    assert harness.state.notes("outlet", "flight") == {}
