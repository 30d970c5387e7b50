"""ConnectorContract: the suite that every connector inherits. Each test is one promise.

A new connector brings a `StoreHarness` (its store, and how to act in it behind the connector's back) and
inherits the tests:

    class TestMyStore(ConnectorContract):
        @pytest.fixture
        def harness(self):
            return MyHarness()

What a platform cannot keep is inherited all the same and marked strict-xfail, with the reason.
Needs pytest, no network, and no waiting.
"""

# ruff: noqa: S101  (a suite of tests that lives in the package)

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connectors.base import OperatorStoreError, RetryableStoreError, StoreConnector, Verdict, send_once
from connectors.testing.harness import (
    Closed,
    RetryingSender,
    StoreFault,
    StoreHarness,
    awake,
    batch,
    number,
    of_order,
    shows_secret,
    update,
    verdicts,
)
from connectors.testing.rows import RowsContract
from connectors.testing.skills import SkillsContract
from connectors.testing.webhooks import WebhooksContract


class ConnectorContract(RowsContract, SkillsContract, WebhooksContract):
    """Inherit, bring the fixture `harness`, and every promise of connectors.base is tried, and of
    connectors.skills each that the connector makes."""

    @pytest.fixture
    def harness(self) -> StoreHarness:
        raise NotImplementedError("bring a StoreHarness of your store")

    @pytest.fixture
    def connector(self, harness: StoreHarness) -> Iterator[StoreConnector]:
        connector = harness.connect(send_once)
        yield connector
        connector.close()

    @pytest.fixture(autouse=True)
    def no_sleeping(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Waiting happens in one layer, and that is not the connector."""
        monkeypatch.setattr(time, "sleep", awake(time.sleep))

    # ------------------------------------------------------------ check

    def test_check_names_the_store_and_its_locations(self, harness: StoreHarness, connector: StoreConnector) -> None:
        info = connector.check()
        assert info.name
        assert harness.location in {place.id for place in info.locations}

    def test_check_changes_nothing(self, harness: StoreHarness, connector: StoreConnector) -> None:
        ref = harness.add("A", 5)
        connector.check()
        assert harness.units(ref) == 5

    # ------------------------------------------------------------ listings

    def test_listings_come_with_their_skus_and_without(self, harness: StoreHarness, connector: StoreConnector) -> None:
        """Empty and doubled SKUs are the bridge's business: it must see them."""
        wanted = {
            harness.add("A", 1): "A",
            harness.add("twin", 1): "twin",
            harness.add("twin", 1): "twin",
            harness.add("", 1): "",
        }
        assert {listing.ref: listing.sku for listing in connector.listings()} == wanted

    def test_odd_skus_survive(self, harness: StoreHarness, connector: StoreConnector) -> None:
        skus = ["a:b", "(c)", 'd"e', "f\\g", "-h", "i j", "Ünï", "007", "k'l", "m,n"]
        for sku in skus:
            harness.add(sku, 1)
        assert sorted(listing.sku for listing in connector.listings()) == sorted(skus)

    # ------------------------------------------------------------ read

    def test_read_shows_what_the_store_shows(self, harness: StoreHarness, connector: StoreConnector) -> None:
        self._needs_reading(connector)
        refs = {harness.add(sku, units): units for sku, units in (("A", 3), ("B", 0), ("C", 250))}
        assert {row.ref: number(connector, row) for row in connector.read(list(refs))} == refs
        assert {row.ref: number(connector, row) for row in connector.read()} == refs
        assert {row.location for row in connector.read()} == {harness.location}

    def test_read_leaves_out_what_is_gone(self, harness: StoreHarness, connector: StoreConnector) -> None:
        self._needs_reading(connector)
        stays, goes = harness.add("A", 3), harness.add("B", 4)
        harness.vanish(goes)
        assert [row.ref for row in connector.read([goes, stays])] == [stays]
        assert [row.ref for row in connector.read()] == [stays]

    def test_an_order_takes_from_what_can_be_bought(self, harness: StoreHarness, connector: StoreConnector) -> None:
        self._needs_reading(connector)
        ref = harness.add("A", 10)
        harness.order(ref, 4)
        (row,) = connector.read([ref])
        assert row.available == 6
        assert row.committed == (4 if connector.capabilities.reads_committed else None)
        assert row.on_hand == (10 if connector.capabilities.writes == "on_hand" else 6)

    # ------------------------------------------------------------ moved

    def test_an_order_is_told_from_sale_to_shipment(self, harness: StoreHarness, connector: StoreConnector) -> None:
        ref, since = harness.add("A", 10), harness.now()
        harness.wait(5)
        order = harness.order(ref, 4)
        assert [(row.committed, row.shipped) for row in of_order(connector, since, order)] == [(4, ())]
        harness.wait(5)
        harness.ship(order)
        (row,) = of_order(connector, since, order)
        assert (row.ref, row.committed, [shipped.units for shipped in row.shipped]) == (ref, 0, [4])
        assert [shipped.location for shipped in row.shipped] == [harness.location]
        assert all(since <= at <= harness.now() for at in (row.changed_at, row.ordered_at, row.shipped[0].at) if at)

    def test_a_cancelled_order_is_told_as_not_open(self, harness: StoreHarness, connector: StoreConnector) -> None:
        ref, since = harness.add("A", 10), harness.now()
        order = harness.order(ref, 4)
        harness.cancel(order)
        assert [(row.committed, row.shipped) for row in of_order(connector, since, order)] == [(0, ())]

    def test_moved_twice_says_the_same(self, harness: StoreHarness, connector: StoreConnector) -> None:
        ref, since = harness.add("A", 10), harness.now()
        harness.ship(harness.order(ref, 1))
        harness.order(ref, 2)
        assert set(connector.changes(since)) == set(connector.changes(since))

    def test_moved_from_the_beginning_holds_old_open_orders(
        self, harness: StoreHarness, connector: StoreConnector
    ) -> None:
        order = harness.order(harness.add("A", 10), 3)
        harness.wait(30 * 86_400)
        assert {row.committed for row in of_order(connector, None, order)} == {3}

    # ------------------------------------------------------------ push

    def test_one_outcome_per_update_in_the_same_order(self, harness: StoreHarness, connector: StoreConnector) -> None:
        refs = [harness.add(f"S{number}", 1) for number in range(5)]
        gone = refs[2]
        harness.vanish(gone)
        order = [refs[4], refs[2], refs[0], refs[3], refs[1]]
        outcomes = connector.push(batch(*(update(harness, ref, 10 + place) for place, ref in enumerate(order))))
        applied = Verdict.APPLIED
        assert verdicts(outcomes) == [applied, Verdict.MISSING, applied, applied, applied]
        assert [harness.units(ref) for ref in order if ref != gone] == [10, 12, 13, 14]

    def test_an_empty_batch_has_no_outcomes(self, connector: StoreConnector) -> None:
        assert list(connector.push(batch())) == []

    def test_a_full_batch_goes_through(self, harness: StoreHarness, connector: StoreConnector) -> None:
        refs = [harness.add(f"S{number}", 1) for number in range(connector.capabilities.max_batch)]
        outcomes = connector.push(batch(*(update(harness, ref, place) for place, ref in enumerate(refs))))
        assert set(verdicts(outcomes)) == {Verdict.APPLIED}
        assert [harness.units(ref) for ref in refs] == list(range(len(refs)))

    def test_a_quantity_is_absolute_and_repeatable(self, harness: StoreHarness, connector: StoreConnector) -> None:
        ref = harness.add("A", 3)
        for _ in range(2):
            assert verdicts(connector.push(batch(update(harness, ref, 7)))) == [Verdict.APPLIED]
            assert harness.units(ref) == 7

    def test_a_later_batch_is_not_taken_for_an_earlier_one(
        self, harness: StoreHarness, connector: StoreConnector
    ) -> None:
        ref = harness.add("A", 3)
        connector.push(batch(update(harness, ref, 7), key="11111111-0000-4000-8000-000000000001"))
        harness.edit(ref, 5)
        connector.push(batch(update(harness, ref, 7), key="11111111-0000-4000-8000-000000000002"))
        assert harness.units(ref) == 7

    def test_applied_shows_the_stores_own_number(self, harness: StoreHarness, connector: StoreConnector) -> None:
        ref = harness.add("A", 3)
        (outcome,) = connector.push(batch(update(harness, ref, 7)))
        assert outcome.shown in (None, harness.units(ref))

    def test_a_poisoned_item_does_not_block_others(self, harness: StoreHarness, connector: StoreConnector) -> None:
        good, bad, gone = harness.add("A", 1), harness.add("B", 1), harness.add("C", 1)
        harness.poison(bad)
        harness.vanish(gone)
        outcomes = connector.push(batch(*(update(harness, ref, 9) for ref in (bad, good, gone))))
        assert verdicts(outcomes) == [Verdict.REJECTED, Verdict.APPLIED, Verdict.MISSING]
        assert outcomes[0].reason, "a person must learn why"
        assert harness.units(good) == 9

    def test_a_stale_comparison_is_deferred_and_writes_nothing(
        self, harness: StoreHarness, connector: StoreConnector
    ) -> None:
        """A platform that cannot compare may write all the same; then it must say so."""
        fresh, stale = harness.add("A", 1), harness.add("B", 1)
        harness.edit(stale, 2)
        outcomes = connector.push(batch(update(harness, fresh, 9, was=1), update(harness, stale, 9, was=1)))
        first, second = verdicts(outcomes)
        assert (first, harness.units(fresh)) == (Verdict.APPLIED, 9)
        wrote = second is Verdict.APPLIED and not connector.capabilities.compare_and_set
        assert wrote or second is Verdict.DEFERRED
        assert harness.units(stale) == (9 if wrote else 2)

    # ------------------------------------------------------------ when things go wrong

    def test_a_throttle_says_how_long_to_wait(self, harness: StoreHarness, connector: StoreConnector) -> None:
        ref = harness.add("A", 1)
        harness.fail(StoreFault.THROTTLED)
        with pytest.raises(RetryableStoreError) as caught:
            connector.push(batch(update(harness, ref, 9)))
        assert caught.value.retry_after is not None
        assert not caught.value.sent, "the store's own word that it did nothing"
        assert harness.units(ref) == 1
        assert not shows_secret(harness, caught.value)

    @pytest.mark.parametrize("fault", [StoreFault.DOWN, StoreFault.BROKEN, StoreFault.GARBLED])
    def test_a_store_in_trouble_is_tried_later(
        self, harness: StoreHarness, connector: StoreConnector, fault: StoreFault
    ) -> None:
        ref = harness.add("A", 1)
        harness.fail(fault)
        with pytest.raises(RetryableStoreError) as caught:
            connector.push(batch(update(harness, ref, 9)))
        assert caught.value.sent is (fault is not StoreFault.DOWN)
        assert not shows_secret(harness, caught.value)
        harness.fail(fault)
        with pytest.raises(RetryableStoreError):
            list(connector.listings())

    def test_a_lost_reply_is_not_claimed_and_the_same_batch_repairs_it(
        self, harness: StoreHarness, connector: StoreConnector
    ) -> None:
        ref = harness.add("A", 1)
        again = batch(update(harness, ref, 9, was=1 if connector.capabilities.compare_and_set else None))
        harness.fail(StoreFault.LOST_REPLY)
        with pytest.raises(RetryableStoreError) as caught:
            connector.push(again)
        assert caught.value.sent, "it may have been applied"
        replayed = verdicts(connector.push(again))
        assert replayed in ([Verdict.APPLIED], [Verdict.DEFERRED]), "from memory, anew, or stale where a store compares"
        assert harness.units(ref) == 9

    def test_a_refused_key_needs_a_person(self, harness: StoreHarness, connector: StoreConnector) -> None:
        ref = harness.add("A", 1)
        harness.revoke()
        calls: list[Callable[[], Any]] = [
            connector.check,
            lambda: list(connector.listings()),
            lambda: list(connector.changes(None)),
            lambda: connector.push(batch(update(harness, ref, 9))),
        ]
        for call in calls:
            with pytest.raises(OperatorStoreError) as caught:
                call()
            assert not shows_secret(harness, caught.value)
        assert harness.units(ref) == 1

    def test_a_patient_sender_brings_every_call_through(self, harness: StoreHarness) -> None:
        """Waiting for the store happens inside the sender, so a long listing survives a throttle."""
        retrying = RetryingSender(harness)
        connector = harness.connect(retrying)
        ref = harness.add("A", 1)
        harness.fail(StoreFault.THROTTLED)
        assert [listing.ref for listing in connector.listings()] == [ref]
        harness.fail(StoreFault.THROTTLED)
        assert verdicts(connector.push(batch(update(harness, ref, 9)))) == [Verdict.APPLIED]
        assert retrying.waits
        connector.close()

    def test_nothing_is_sent_around_the_sender(self, harness: StoreHarness) -> None:
        connector, ref = harness.connect(Closed()), harness.add("A", 1)
        calls: list[Callable[[], Any]] = [
            connector.check,
            lambda: list(connector.listings()),
            lambda: connector.push(batch(update(harness, ref, 9))),
        ]
        for call in calls:
            with pytest.raises(RetryableStoreError, match="the sender is closed"):
                call()
        assert harness.units(ref) == 1
        connector.close()

    # ------------------------------------------------------------ helpers

    def _needs_reading(self, connector: StoreConnector) -> None:
        if not connector.capabilities.readable:
            pytest.skip("this platform cannot be read")
