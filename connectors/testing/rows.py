"""RowsContract: in which order rows come, and which do not. A part of ConnectorContract."""

# ruff: noqa: S101  (a suite of tests that lives in the package)

from collections.abc import Iterable
from itertools import groupby

import pytest

from connectors.base import StoreConnector, StoreError, Verdict, send_once
from connectors.testing.harness import StoreHarness, batch, update


def each_once(names: Iterable[str]) -> bool:
    """Whether what is named the same comes next to each other."""
    groups = [name for name, _ in groupby(names)]
    return len(groups) == len(set(groups))


class RowsContract:
    """The bridge takes rows in as they come: what belongs together comes together, and nothing else comes with it."""

    def test_listings_since_leave_out_what_did_not_change(
        self, harness: StoreHarness, connector: StoreConnector
    ) -> None:
        for sku in ("A", "B"):
            harness.add(sku, 1)
        harness.wait(86_400)
        since = harness.now()
        assert list(connector.listings(since)) == []
        new = harness.add("new", 1)
        assert [listing.ref for listing in connector.listings(since)] == [new]

    def test_the_readings_of_one_listing_come_next_to_each_other(self, harness: StoreHarness) -> None:
        connector = harness.connect_widely(send_once)
        refs = [harness.add(sku, 3) for sku in ("A", "B", "C", "D")]
        if not connector.capabilities.readable:
            assert list(connector.read()) == list(connector.read(refs)) == []
        else:
            for rows in (list(connector.read()), list(connector.read(refs)), list(connector.read(refs[::-1]))):
                assert {row.ref for row in rows} == set(refs)
                assert each_once(row.ref for row in rows)
                assert len({(row.ref, row.location) for row in rows}) == len(rows)
        connector.close()

    def test_the_lines_of_one_order_come_next_to_each_other(
        self, harness: StoreHarness, connector: StoreConnector
    ) -> None:
        refs, since = [harness.add(sku, 90) for sku in ("A", "B", "C")], harness.now()
        orders = [harness.order_several(dict.fromkeys(refs, 1)) for _ in range(4)]
        harness.wait(60)
        harness.ship(orders[1])
        harness.cancel(orders[2])
        for begin in (since, None):
            told = groupby((row for row in connector.changes(begin) if row.order), key=lambda row: row.order)
            each = [(order, {row.ref for row in rows}) for order, rows in told]  # one may be told again, as a whole
            assert {order for order, _ in each} >= {orders[0], orders[1], orders[3]}
            assert all(found == set(refs) for _, found in each)

    def test_changes_since_leave_out_orders_that_did_not_change(
        self, harness: StoreHarness, connector: StoreConnector
    ) -> None:
        ref = harness.add("A", 90)
        harness.order(ref, 1)
        harness.wait(86_400)
        since = harness.now()
        new = harness.order(ref, 2)
        assert {row.order for row in connector.changes(since) if row.order} == {new}

    @pytest.mark.parametrize("others", [0, 2])
    def test_a_refusal_does_not_pass_as_applied(
        self, harness: StoreHarness, connector: StoreConnector, others: int
    ) -> None:
        """Refused alone, and refused with everything else: the whole call may then raise, and nothing is claimed."""
        refs = [harness.add(f"S{n}", 1) for n in range(1 + others)]
        for ref in refs:
            harness.poison(ref)
        try:
            outcomes = connector.push(batch(*(update(harness, ref, 9) for ref in refs)))
        except StoreError as fault:
            outcomes = list(fault.answered.values())
        assert all(outcome.verdict is Verdict.REJECTED and outcome.reason for outcome in outcomes)
        assert [harness.units(ref) for ref in refs] == [1] * len(refs)
