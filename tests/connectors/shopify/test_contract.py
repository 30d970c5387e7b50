"""The Shopify connector keeps the whole contract, against a sandbox that runs Shopify's own schema."""

from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any

import pytest

from connectors.base import OperatorStoreError, RetryableStoreError, Status, StockUpdate, Verdict, send_once
from connectors.shopify.sandbox import seed_catalogue
from connectors.skills import (
    IdentifiesShop,
    ListsWithReadings,
    PersistsState,
    RefetchesOrders,
    SetsAside,
    TellsTime,
    TracksEdits,
)
from connectors.testing.contract import ConnectorContract
from connectors.testing.harness import RetryingSender, batch, update, verdicts

from .harness import ShopifyHarness
from .scripted import Connect, Script, errors


class TestShopify(ConnectorContract):
    @pytest.fixture
    def harness(self, harness: ShopifyHarness) -> ShopifyHarness:
        return harness


# ---------------------------------------------------------------- what only Shopify has


def test_listings_say_what_must_not_be_touched(harness: ShopifyHarness) -> None:
    found = seed_catalogue(harness.shop, 60, seed=3)
    status: dict[Status, set[str]] = {}
    for listing in harness.connect(send_once).listings():
        status.setdefault(listing.status, set()).add(listing.sku)
    assert status[Status.BUNDLE] == set(found.bundles)
    assert status[Status.UNTRACKED] == set(found.untracked)
    assert status[Status.DRAFT] == set(found.drafts)


def test_a_place_where_an_item_is_not_stocked_is_reported(harness: ShopifyHarness) -> None:
    ref, other = harness.add("A", 3), harness.shop.add_location("Other").id
    harness.shop.add_variant("B", on_hand={other: 5})
    rows = {
        (row.ref, row.location): row.stocked
        for row in harness.connect(send_once, locations=[harness.location, other]).read()
    }
    assert rows[ref, harness.location]
    assert not rows[ref, other]
    assert sorted(rows.values()) == [False, False, True, True]


@pytest.mark.parametrize("bulk_above", [0, 2500])
def test_the_readings_of_one_item_come_together(harness: ShopifyHarness, bulk_above: int) -> None:
    refs, other = [harness.add(f"S{number}", 3) for number in range(30)], harness.shop.add_location("Other").id
    connector = harness.connect(RetryingSender(harness), locations=[harness.location, other], bulk_above=bulk_above)
    for rows in (connector.read(), connector.read(refs), connector.read(refs[:3])):
        places = [(ref, [row.location for row in found]) for ref, found in groupby(rows, key=lambda row: row.ref)]
        assert all(where == [harness.location, other] for _, where in places)
        assert len({ref for ref, _ in places}) == len(places)


def test_an_item_taken_off_a_location_keeps_its_on_hand_and_sells_nothing(harness: ShopifyHarness) -> None:
    ref = harness.add("A", 10)
    harness.shop.unstock("A")
    (row,) = harness.connect(send_once).read([ref])
    assert (row.stocked, row.available, row.on_hand) == (False, 0, 10)


def test_what_is_set_aside_is_neither_available_nor_open(harness: ShopifyHarness) -> None:
    ref = harness.add("A", 10)
    harness.order(ref, 2)
    harness.shop.set_aside("A", 3, state="damaged")
    harness.shop.set_aside("A", 1, state="reserved")
    (row,) = harness.connect(send_once).read([ref])
    assert (row.available, row.committed, row.on_hand) == (4, 3, 10)


def test_an_order_that_lands_before_the_write_still_comes_off(harness: ShopifyHarness) -> None:
    ref = harness.add("A", 10)
    harness.sandbox.before_request(lambda _: harness.order(ref, 4), on="SetQuantities")
    assert verdicts(harness.connect(send_once).push(batch(update(harness, ref, 8, was=10)))) == [Verdict.APPLIED]
    (row,) = harness.connect(send_once).read([ref])
    assert (row.on_hand, row.available) == (8, 4)


def test_a_shipment_that_lands_before_the_write_makes_it_stale(harness: ShopifyHarness) -> None:
    ref = harness.add("A", 10)
    order = harness.order(ref, 4)
    harness.sandbox.before_request(lambda _: harness.ship(order), on="SetQuantities")
    assert verdicts(harness.connect(send_once).push(batch(update(harness, ref, 10, was=10)))) == [Verdict.DEFERRED]
    assert harness.units(ref) == 6


@pytest.mark.parametrize("fault", [{"kind": "drop", "after": True}, {"kind": "cut"}, {"kind": "html", "after": True}])
def test_a_lost_reply_is_answered_from_memory(harness: ShopifyHarness, fault: dict[str, Any]) -> None:
    """Same key, same body: what was applied is not taken for stale, although the number has moved on."""
    ref, other = harness.add("A", 1), harness.add("B", 1)
    harness.sandbox.faults.add(**fault, on="SetQuantities")
    retrying = RetryingSender(harness)
    outcomes = harness.connect(retrying).push(batch(update(harness, ref, 9, was=1), update(harness, other, 5, was=1)))
    assert verdicts(outcomes) == [Verdict.APPLIED, Verdict.APPLIED]
    assert (harness.units(ref), harness.units(other)) == (9, 5)
    assert len(harness.sandbox.keys[harness.sandbox.app.client_id].entries) == 1


def test_a_lost_reply_in_the_middle_of_a_poisoned_batch(harness: ShopifyHarness) -> None:
    refs = [harness.add(f"S{number}", 1) for number in range(10)]
    harness.poison(refs[3])
    again = batch(*(update(harness, ref, 9, was=1) for ref in refs))
    harness.sandbox.faults.add("drop", after=True, on="SetQuantities", skip=1)
    connector = harness.connect(send_once)
    with pytest.raises(RetryableStoreError):
        connector.push(again)
    assert verdicts(connector.push(again)).count(Verdict.APPLIED) == 9
    assert harness.sandbox.calls["SetQuantities"] == 4


def test_keys_that_a_refusal_burns_are_replaced(harness: ShopifyHarness) -> None:
    harness.sandbox.keys[harness.sandbox.app.client_id].burn_on_refusal = True
    good, bad = harness.add("A", 1), harness.add("B", 1)
    harness.poison(bad)
    connector = harness.connect(send_once)
    for _ in range(2):
        found = connector.push(batch(update(harness, good, 9), update(harness, bad, 9)))
        assert verdicts(found) == [Verdict.APPLIED, Verdict.REJECTED]


def test_a_write_that_lands_late_is_not_doubled(harness: ShopifyHarness) -> None:
    ref = harness.add("A", 1)
    harness.sandbox.faults.add("late", on="SetQuantities")
    outcomes = harness.connect(RetryingSender(harness)).push(batch(update(harness, ref, 9, was=1)))
    assert verdicts(outcomes) == [Verdict.APPLIED]
    harness.edit(ref, 4)
    harness.sandbox.land()
    assert harness.units(ref) == 4, "the same key is answered from memory"


def test_activate_stocks_and_then_writes(harness: ShopifyHarness) -> None:
    other = harness.shop.add_location("Other").id
    ref = harness.add("A", 3)
    connector = harness.connect(send_once, locations=[harness.location, other], activate=True)
    assert verdicts(connector.push(batch(StockUpdate(ref, other, 7)))) == [Verdict.APPLIED]
    level = harness.shop.level("A", other)
    assert (level.is_active, level.on_hand) == (True, 7)


def test_a_thousand_items_are_read_for_few_points(harness: ShopifyHarness) -> None:
    refs = [harness.add(f"S{number}", number) for number in range(1000)]
    rows = {row.ref: row.on_hand for row in harness.connect(send_once).read(refs)}
    assert rows == {ref: number for number, ref in enumerate(refs)}
    assert harness.sandbox.calls.total() == 10


def test_an_item_that_the_search_does_not_bring_is_asked_for_by_id(
    harness: ShopifyHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    refs = [harness.add(f"S{number}", number) for number in range(50)]
    monkeypatch.setattr("connectors.shopify.levels.SEARCHED", 49)
    harness.vanish(refs[7])
    found = {row.ref for row in harness.connect(send_once).read([*refs, "not an address"])}
    assert found == {*refs} - {refs[7]}
    assert harness.sandbox.calls["LevelsOf"] == 2


# ---------------------------------------------------------------- orders that do not fit a page


def test_a_long_order_is_told_whole(harness: ShopifyHarness) -> None:
    refs = [harness.add(f"S{number}", 100) for number in range(30)]
    since = harness.now()
    order = harness.shop.place_order({f"S{number}": number + 1 for number in range(30)})
    for number in range(12):
        harness.wait(60)
        harness.shop.fulfil(order, {f"S{place}": 1 for place in range(max(number, 1), 30)})
    rows = {
        row.ref: (row.committed, sum(shipped.units for shipped in row.shipped))
        for row in harness.connect(send_once).changes(since)
    }
    left = {number: harness.shop.order(order).lines[number].unfulfilled_quantity for number in range(30)}
    assert rows == {ref: (left[number], number + 1 - left[number]) for number, ref in enumerate(refs)}


def test_a_cancelled_parcel_is_open_again(harness: ShopifyHarness) -> None:
    ref, since = harness.add("A", 10), harness.now()
    order = harness.order(ref, 3)
    harness.ship(order)
    harness.shop.cancel_fulfillment(order)
    (row,) = harness.connect(send_once).changes(since)
    assert (row.committed, row.shipped) == (3, ())


def test_a_line_whose_variant_is_gone_is_told_by_its_sku(harness: ShopifyHarness) -> None:
    gone, stays, since = harness.add("A", 10), harness.add("B", 10), harness.now()
    harness.shop.place_order({"A": 1, "B": 2})
    harness.vanish(gone)
    told = [(row.ref, row.sku, row.committed) for row in harness.connect(send_once).changes(since)]
    assert told == [("", "A", 1), (stays, "B", 2)]


def test_what_was_typed_by_hand_is_told_by_sku_or_title_and_nothing_that_is_not_shipped(
    harness: ShopifyHarness,
) -> None:
    harness.add("A", 10)
    since = harness.now()
    order = harness.shop.place_order({"A": 1})
    harness.shop.add_custom_item(order, "Poster", 2, sku="P-1")
    harness.shop.add_custom_item(order, "Engraving", 3)
    harness.shop.add_custom_item(order, "Tip", 1, requires_shipping=False)
    told = [(row.ref, row.sku, row.title, row.committed) for row in harness.connect(send_once).changes(since)]
    assert told[1:] == [("", "P-1", "", 2), ("", "", "Engraving", 3)]


def test_a_line_keeps_the_sku_that_it_was_ordered_under(harness: ShopifyHarness) -> None:
    ref, since = harness.add("A", 10), harness.now()
    harness.shop.place_order({"A": 1})
    harness.shop.set_sku("A", "A-NEW")
    assert [(row.ref, row.sku) for row in harness.connect(send_once).changes(since)] == [(ref, "A")]


def test_an_order_that_changes_between_two_pages_is_not_lost(harness: ShopifyHarness) -> None:
    def ship(order: str, _: object) -> None:
        harness.ship(order)

    ref, since = harness.add("A", 1000), harness.now()
    orders = []
    for _ in range(45):
        harness.wait(10)
        orders.append(harness.order(ref, 1))
    harness.wait(10)
    for number in (5, 30):  # one that was read already, one that was not
        harness.sandbox.before_request(partial(ship, orders[number]), on="Orders", skip=1)
    last = {row.order: row.committed for row in harness.connect(send_once).changes(since)}
    assert last == {order: int(order not in (orders[5], orders[30])) for order in orders}


def test_long_lists_survive_a_throttle_in_their_middle(harness: ShopifyHarness) -> None:
    for number in range(600):
        harness.add(f"S{number}", 1)
    harness.sandbox.faults.add("throttled", on="Variants", skip=1)
    assert len(list(harness.connect(RetryingSender(harness)).listings())) == 600


def test_a_poor_budget_is_waited_for_not_hammered(harness: ShopifyHarness) -> None:
    refs = [harness.add(f"S{number}", 1) for number in range(300)]
    harness.sandbox.plan = (60, 10)
    retrying = RetryingSender(harness)
    assert len(list(harness.connect(retrying).read(refs))) == 300
    assert retrying.waits
    assert harness.sandbox.calls.total() <= 3 + len(retrying.waits)


def test_changed_listings_come_in_pages(harness: ShopifyHarness) -> None:
    for number in range(300):
        harness.add(f"old{number}", 1)
    harness.wait(3600)
    since = harness.now()
    refs = {harness.add(f"new{number}", 1) for number in range(260)}
    assert {listing.ref for listing in harness.connect(send_once).listings(since)} == refs
    assert {listing.ref for listing in harness.connect(send_once).listings(since + timedelta(days=1))} == set()


# ---------------------------------------------------------------- queries that cost too much


def test_what_is_too_costly_is_asked_for_in_smaller_pieces(connect: Connect) -> None:
    rows = [{"id": f"gid://shopify/InventoryItem/{number}", "at0": None} for number in range(5)]
    costly = errors("MAX_COST_EXCEEDED", "Query cost is 2000")
    shop = Script(costly, {"nodes": rows[:2]}, {"nodes": rows[2:4]}, {"nodes": rows[4:]})
    assert [row.ref for row in connect(shop).read([str(row["id"]) for row in rows])] == [row["id"] for row in rows]
    assert [len(variables["ids"]) for variables in shop.variables[-3:]] == [2, 2, 1]


def test_when_one_row_is_too_costly_a_person_must_act(connect: Connect) -> None:
    shop = Script(*[errors("MAX_COST_EXCEEDED")] * 10)
    with pytest.raises(OperatorStoreError, match="too costly"):
        list(connect(shop).listings(datetime(2026, 11, 20, tzinfo=UTC)))


@pytest.mark.parametrize(
    "skill", [IdentifiesShop, ListsWithReadings, PersistsState, RefetchesOrders, SetsAside, TellsTime, TracksEdits]
)
def test_it_has_its_skills(harness: ShopifyHarness, skill: type) -> None:
    """The suite leaves out what a connector cannot do: a skill that is lost by mistake would be a skipped test."""
    assert isinstance(harness.connect(send_once), skill)
