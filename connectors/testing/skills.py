"""SkillsContract: what a connector may do beyond the contract, tried where it does it. A part of ConnectorContract.

See connectors.skills for what each promises."""

# ruff: noqa: S101  (a suite of tests that lives in the package)

import json
from collections.abc import Mapping
from datetime import timedelta
from itertools import groupby
from typing import Any

import pytest

from connectors.base import StoreConnector, send_once
from connectors.skills import (
    IdentifiesShop,
    JudgesTogether,
    ListsWithReadings,
    PersistsState,
    RefetchesOrders,
    SetsAside,
    TellsTime,
    TracksEdits,
)
from connectors.testing.harness import RetryingSender, SpoilsListings, StoreHarness, batch, number, update
from connectors.testing.rows import each_once

LONG = 260
"""Listings that no platform gives in one page."""

JUNK: tuple[Any, ...] = (None, "x", -1, 0.5, [], ["x", "x", "x"], {}, {"x": []})
"""What a state may hold that an older version, or nobody, wrote."""


def skilled(thing: object, skill: Any) -> Any:
    """The same thing, if it has the skill."""
    if not isinstance(thing, skill):
        pytest.skip(f"it has not the skill {skill.__name__}")
    return thing


def kept(harness: StoreHarness, state: Mapping[str, Any]) -> Any:
    """A state as it is handed back: it went through JSON, and no secret is in it."""
    text = json.dumps(state)
    assert not any(secret in text for secret in harness.secrets)
    assert json.loads(text) == state, "JSON has no other values than these"
    return json.loads(text)


class SkillsContract:
    """Each test is skipped where the connector has not the skill."""

    # ------------------------------------------------------------ PersistsState

    def test_what_was_learned_is_handed_on(self, harness: StoreHarness, connector: StoreConnector) -> None:
        first = skilled(connector, PersistsState)
        ref = harness.add("A", 3)
        list(connector.listings())
        connector.push(batch(update(harness, ref, 7)))
        state = kept(harness, first.dump_state())
        other = harness.connect(send_once)
        skilled(other, PersistsState).load_state(state)
        assert kept(harness, skilled(other, PersistsState).dump_state()) == state
        assert [listing.ref for listing in other.listings()] == [ref]
        other.close()

    def test_a_state_that_cannot_be_read_is_ignored(self, harness: StoreHarness, connector: StoreConnector) -> None:
        first = skilled(connector, PersistsState)
        ref = harness.add("A", 3)
        connector.push(batch(update(harness, ref, 7)))
        state = kept(harness, first.dump_state())
        for name in (*state, "unheard of"):
            for junk in JUNK:
                other = harness.connect(RetryingSender(harness))
                skilled(other, PersistsState).load_state({**state, name: junk})
                assert [listing.ref for listing in other.listings()] == [ref]
                kept(harness, skilled(other, PersistsState).dump_state())
                other.close()

    # ------------------------------------------------------------ ListsWithReadings

    def test_listings_told_with_their_readings_are_as_told_apart(self, harness: StoreHarness) -> None:
        """Also what has no SKU, or one that another has, is sold, was edited, or is gone."""
        connector = harness.connect_widely(RetryingSender(harness))
        lister = skilled(connector, ListsWithReadings)
        refs = [harness.add(sku, 10) for sku in ("A", "twin", "twin", "", "sold", "edited", "gone")]
        harness.order(refs[4], 4)
        harness.edit(refs[5], 3)
        harness.vanish(refs[6])
        told = list(lister.listings_with_readings())
        assert [listing for listing, _ in told] == list(connector.listings())
        assert {listing.ref for listing, _ in told} == set(refs[:6])
        apart = {ref: list(rows) for ref, rows in groupby(connector.read(), key=lambda row: row.ref)}
        assert {listing.ref: list(rows) for listing, rows in told if rows} == apart
        connector.close()

    def test_a_list_that_moves_while_it_is_told_loses_nothing(self, harness: StoreHarness) -> None:
        """Those of its first page go after that was read, and the others come sooner than they would have."""
        connector = harness.connect(RetryingSender(harness))
        lister, is_read = skilled(connector, ListsWithReadings), connector.capabilities.readable
        refs = [harness.add(f"S{n}", n) for n in range(LONG)]
        rows = lister.listings_with_readings()
        first = [next(rows)[0].ref for _ in range(3)]
        for ref in first:
            harness.vanish(ref)
        told = {listing.ref: [number(connector, row) for row in shows] for listing, shows in rows}
        stay = [ref for ref in refs if ref not in first]
        assert {ref: told.get(ref) for ref in stay} == {ref: [refs.index(ref)] * is_read for ref in stay}
        connector.close()

    def test_the_time_told_with_a_list_is_that_of_the_orders_ahead_of_it(
        self, harness: StoreHarness, connector: StoreConnector
    ) -> None:
        lister, clock = skilled(connector, ListsWithReadings), skilled(connector, TellsTime)
        harness.add("A", 3)
        list(connector.changes(None))
        told = clock.read_at()
        harness.wait(60)
        list(lister.listings_with_readings())
        assert clock.read_at() == told, "the oldest answer of both"

    # ------------------------------------------------------------ TellsTime

    def test_it_tells_the_time_of_its_oldest_answer(self, harness: StoreHarness, connector: StoreConnector) -> None:
        clock = skilled(connector, TellsTime)
        harness.add("A", 3)
        for call in (lambda: list(connector.changes(None)), lambda: list(connector.listings())):
            harness.wait(3600)
            began = harness.now()
            call()
            told = clock.read_at()
            assert told is not None
            assert began - timedelta(seconds=1) <= told <= harness.now(), "whole seconds, by the store's clock"
            harness.wait(60)
            list(connector.read())
            assert clock.read_at() == told, "the oldest since then"
            assert clock.lag() == timedelta(0), "no cache is in between"

    # ------------------------------------------------------------ TracksEdits

    def test_an_edit_is_told_from_where_the_last_look_ended(
        self, harness: StoreHarness, connector: StoreConnector
    ) -> None:
        first = skilled(connector, TracksEdits)
        ref, still = harness.add("A", 3), harness.add("B", 3)
        harness.wait(3600)
        since = harness.now()
        first.resume_edits({})
        list(connector.changes(since))
        cursor = kept(harness, first.edits_cursor())
        assert "blind" not in cursor
        harness.wait(60)
        harness.edit(ref, 8)
        other = harness.connect(send_once)
        skilled(other, TracksEdits).resume_edits(cursor)
        assert {row.ref for row in other.changes(since) if not row.order} == {ref} != {still}
        assert kept(harness, skilled(other, TracksEdits).edits_cursor()) != cursor
        other.close()

    # ------------------------------------------------------------ RefetchesOrders

    def test_an_order_believed_open_is_told_as_it_is(self, harness: StoreHarness, connector: StoreConnector) -> None:
        """Nobody told that it was cancelled, nor what became of what it was of."""
        asker = skilled(connector, RefetchesOrders)
        refs = [harness.add(sku, 10) for sku in ("A", "B")]
        orders = [harness.order_several(dict.fromkeys(refs, 4)) for _ in range(2)]
        for order in orders:
            harness.cancel(order)
        for ref in refs:
            harness.vanish(ref)
        rows = list(asker.refetched({order: dict.fromkeys(refs, 4) for order in orders}))
        told = {(row.order, row.ref) for row in rows if row.ref}  # a line of it may name nothing any more
        assert told == {(order, ref) for order in orders for ref in refs}
        assert {(row.committed, row.shipped) for row in rows} == {(0, ())}
        assert each_once(row.order for row in rows)

    def test_an_order_that_is_open_is_not_told_as_over(self, harness: StoreHarness, connector: StoreConnector) -> None:
        asker, ref = skilled(connector, RefetchesOrders), harness.add("A", 10)
        order = harness.order(ref, 4)
        told = [row for row in asker.refetched({order: {ref: 4}}) if row.ref == ref]
        assert all(row.committed == 4 for row in told) or connector.capabilities.reads_committed

    # ------------------------------------------------------------ IdentifiesShop

    def test_a_shop_says_who_it_is_and_the_same_each_time(
        self, harness: StoreHarness, connector: StoreConnector
    ) -> None:
        other = harness.connect(send_once)
        found = skilled(connector, IdentifiesShop).shop_id()
        assert found
        assert found == skilled(other, IdentifiesShop).shop_id()
        assert not any(secret in found for secret in harness.secrets)
        other.close()

    # ------------------------------------------------------------ SetsAside

    def test_nothing_is_set_aside_that_can_be_read(self, harness: StoreHarness, connector: StoreConnector) -> None:
        named, ref = skilled(connector, SetsAside), harness.add("A", 1)
        list(connector.listings())
        list(connector.changes(None))
        assert (list(named.unreadable()), named.hides(ref)) == ([], False)

    def test_a_listing_that_breaks_the_list_is_left_out_and_named(self, harness: StoreHarness) -> None:
        connector = harness.connect(RetryingSender(harness))
        named, spoiler = skilled(connector, SetsAside), skilled(harness, SpoilsListings)
        refs = [harness.add(f"S{n}", 1) for n in range(9)]
        spoiler.spoil(refs[4])
        assert [listing.ref for listing in connector.listings()] == [ref for ref in refs if ref != refs[4]]
        assert [(each.kind, bool(each.why)) for each in named.unreadable()] == [("listing", True)]
        assert [ref for ref in refs if named.hides(ref)] == [refs[4]]
        connector.close()

    def test_what_breaks_the_list_is_left_out_where_readings_are_told_with_it(self, harness: StoreHarness) -> None:
        connector = harness.connect(RetryingSender(harness))
        lister, named = skilled(connector, ListsWithReadings), skilled(connector, SetsAside)
        spoiler = skilled(harness, SpoilsListings)
        refs = [harness.add(f"S{n}", n) for n in range(9)]
        spoiler.spoil(refs[4])
        told = {
            listing.ref: [number(connector, row) for row in rows] for listing, rows in lister.listings_with_readings()
        }
        assert told == {ref: [n] for n, ref in enumerate(refs) if n != 4}
        assert [ref for ref in refs if named.hides(ref)] == [refs[4]]
        connector.close()

    # ------------------------------------------------------------ skills of the options

    def test_options_that_are_judged_together_may_be_wrong_each(self, connector: StoreConnector) -> None:
        """They are judged so that a person reads all that is wrong at once."""
        options = getattr(connector, "Options")  # noqa: B009  (of the factory, not of the Protocol)
        if not (isinstance(options, type) and issubclass(options, JudgesTogether)):
            pytest.skip("its options are judged one by one")
        for junk in JUNK:
            for given in ({}, dict.fromkeys(options.model_fields, junk)):  # type: ignore[attr-defined]
                said = options.together(given)
                assert said is None or said.strip()
