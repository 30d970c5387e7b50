"""`shadow = true`: a store is read, compared and never written, and it is told how often that would have been right."""

from collections.abc import Sequence
from typing import Any

import pytest

from bridge.core.health import Light
from bridge.core.plan import Decision
from bridge.ops import rollback
from bridge.ops.health import health_of
from bridge.ops.shadow import rehearsed, shadow_report
from bridge.ops.steer import release
from bridge.sync.push.job import Job
from bridge.sync.report import SHADOW
from tests.harness.installation import Installation


@pytest.fixture
def shop(harness: Installation) -> Installation:
    """Three products; the shop shows what another program wrote: A is right, B too much, C too little."""
    for sku, units in {"A": 30, "B": 9, "C": 12}.items():
        harness.warehouse.add(sku, units)
    for sku, units in {"A": 30, "B": 14, "C": 5}.items():
        harness.main.add(sku, units)
    harness.configure(main="shadow = true")
    harness.cycle()
    return harness


def told(shop: Installation) -> dict[str, Any]:
    report = shadow_report(shop.context, "main")
    assert report is not None
    return {name: report[name] for name in ("differs", "met", "needless", "moved")}


def test_nothing_is_written_and_what_would_be_is_told(shop: Installation) -> None:
    done = shop.cycle()
    report = done.stores["main"]
    assert (shop.main.writes, shop.shows("B")["main"], shop.shows("C")["main"]) == (0, 14, 5)
    assert (done.code, report.applied, report.skipped, report.reasons[SHADOW]) == (0, 0, 2, 2)
    found = health_of(shop.context, ["main"])
    assert (found.light, "main is in shadow mode: nothing is written there." in found.sentence) == (Light.GREEN, True)
    assert told(shop) == {"differs": 2, "met": 0, "needless": 0, "moved": 0}


def test_it_is_counted_how_the_differences_ended(shop: Installation) -> None:
    shop.main.edit("B", 9)
    shop.later(minutes=2)
    shop.cycle()
    assert told(shop) == {"differs": 1, "met": 1, "needless": 0, "moved": 0}
    shop.warehouse.set_stock("C", 5)
    shop.later(minutes=2)
    shop.cycle()
    assert told(shop) == {"differs": 0, "met": 1, "needless": 1, "moved": 0}
    sentence = rehearsed(shadow_report(shop.context, "main"))
    assert sentence is not None
    assert sentence.endswith("no numbers would be written now; before, the store came to our number by itself in 1 of 2"
                             " cases (50%)")  # fmt: skip
    assert shop.main.writes == 0


def test_an_order_ends_nothing_and_its_units_are_reserved(shop: Installation) -> None:
    shop.main.sell("B", 2)
    shop.later(minutes=2)
    shop.cycle()
    assert told(shop) == {"differs": 2, "met": 0, "needless": 0, "moved": 0}
    assert shop.main.writes == 0


def test_what_did_not_move_is_not_decided_again(shop: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    decided: list[str] = []
    real = Job.decide

    def decide(job: Job, refs: Sequence[str]) -> dict[str, Sequence[Decision]]:
        decided.extend(refs)
        return real(job, refs)

    monkeypatch.setattr(Job, "decide", decide)
    shop.cycle()
    assert not decided
    shop.main.edit("B", 13)
    shop.later(minutes=2)
    shop.cycle()
    assert len(set(decided)) == 1


def test_a_listing_that_is_gone_is_foreseen_no_more(shop: Installation) -> None:
    shop.main.delete("B")
    shop.later(hours=26)
    for _ in range(2):
        shop.cycle()
    assert told(shop)["differs"] == 1


def test_once_it_is_over_everything_is_written_under_the_guard_and_nothing_is_kept(shop: Installation) -> None:
    shop.configure(main="")
    for _ in range(3):
        shop.cycle()
    if shop.state.held("main"):
        release(shop.context, "main")
        shop.cycle()
    assert {sku: shop.shows(sku)["main"] for sku in "ABC"} == {"A": 30, "B": 9, "C": 12}
    assert shadow_report(shop.context, "main") is None
    assert shop.state.notes("main", "shadow") == {}
    assert shop.state.store_record("main").shadow is None


def test_nothing_is_put_back_in_a_store_in_shadow_mode(harness: Installation) -> None:
    harness.warehouse.add("A", 30)
    harness.main.add("A", 5)
    run = harness.cycle().run
    harness.configure(main="shadow = true")
    harness.cycle()
    past = rollback.past(harness.context, run)
    assert past is not None
    writes, made = past.writes["main"], harness.main.writes
    only = {write.stock_key for write in writes}
    done = rollback.roll_back(harness.context, run, "main", writes, by="ann", only=only)
    assert (done.report.error or "").startswith("it is in shadow mode")
    assert (harness.main.writes, harness.shows("A")["main"]) == (made, 30)
