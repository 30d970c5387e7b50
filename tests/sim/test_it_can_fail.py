"""Each protection of the product, switched off, is missed: a seed of the simulation finds it."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from bridge.core.cursor import GLANCE, Cursor
from bridge.core.match import with_skus
from bridge.core.model import StoreRules
from bridge.core.sku import carton_sku
from bridge.state import spelling
from bridge.state.change import COMMIT, Change
from bridge.state.lease import Lease
from bridge.state.store import State
from bridge.transport.retry import RetryPolicy
from connectors.base import Verdict
from connectors.values import replace

from .switches import Switches, each
from .table import Table


def due_is_cleared_whatever_moved(patch: pytest.MonkeyPatch) -> None:
    guard = "if version == versions[i] then"
    assert guard in COMMIT
    patch.setattr("bridge.state.store.COMMIT", COMMIT.replace(guard, "if true then"))


def due_is_cleared_before_the_outcome(patch: pytest.MonkeyPatch) -> None:
    push = import_module("bridge.sync.push.flow")
    mark_in_flight = push.mark_in_flight

    def too_soon(job: Any, key: str, updates: Any) -> None:
        done = [(job.store, update.ref, job.due[update.ref]) for update in updates if update.ref in job.due]
        job.session.commit(Change(done=done))
        mark_in_flight(job, key, updates)

    patch.setattr(push, "mark_in_flight", too_soon)


def the_cursor_moves_first(patch: pytest.MonkeyPatch) -> None:
    """And no whole look goes further back, which would find again what was lost."""
    pull, long_pull = import_module("bridge.sync.pull.flow"), import_module("bridge.sync.pull.long_pull")
    begin_pull, window = long_pull.begin_pull, long_pull.window

    def moved_before(context: Any, **asked: bool) -> Any:
        found = begin_pull(context, **asked)
        context.state.note_source(cursor=Cursor(context.now(), context.now()))
        return found

    patch.setattr(pull, "begin_pull", moved_before)
    patch.setattr(long_pull, "window", lambda cursor, overlap: window(cursor, GLANCE))


def a_lost_lease_still_changes_the_state(patch: pytest.MonkeyPatch) -> None:
    guard = "then return 'lease' end"
    assert guard in COMMIT
    patch.setattr("bridge.state.store.COMMIT", COMMIT.replace(guard, "then end"))


def an_increase_needs_no_proof(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(import_module("bridge.sync.inputs"), "_proven_stores", lambda context, *_: frozenset(context.stores))


def departures_are_not_kept(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bridge.core.ledger.record_shipment", lambda ledger, seen, **_: ledger)


def every_item_counts_as_applied(patch: pytest.MonkeyPatch) -> None:
    push = import_module("bridge.sync.push.flow")
    judge_outcomes = push.judge_outcomes

    def believing(decisions: Any, outcomes: Any, **named: Any) -> Any:
        return judge_outcomes(decisions, [replace(o, verdict=Verdict.APPLIED) for o in outcomes], **named)

    patch.setattr(push, "judge_outcomes", believing)


def a_lost_key_is_not_noticed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(State, "ensure_whole", lambda self: True)


def other_stores_are_not_made_due(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(import_module("bridge.sync.read.observe"), "mark_due", lambda *_: None)


def a_lease_is_not_renewed_ahead_of_a_request(patch: pytest.MonkeyPatch) -> None:
    """Every batch is announced by a change of the state, which notices a lost lease: only who is suspended between
    that and the request needs more."""

    def without(wait: Any, before: Callable[[], None], *rest: Any, **named: Any) -> RetryPolicy:
        return RetryPolicy(wait, _unless_renewal(before), *rest, **named)

    patch.setattr("bridge.sync.context.RetryPolicy", without)


def _unless_renewal(before: Callable[[], None]) -> Callable[[], None]:
    return (lambda: None) if getattr(before, "__func__", None) is Lease.renew else before


def an_unanswered_write_is_not_waited_for(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(import_module("bridge.sync.push.job"), "may_send", lambda *_, **__: True)


def an_unanswered_write_has_not_landed(patch: pytest.MonkeyPatch) -> None:
    """Missed where committed units move that no order explains, as those of orders too old to be told."""
    patch.setattr("bridge.core.observation.with_landed", lambda shown, readings, sent: dict(shown))


def a_dry_cycle_clears(patch: pytest.MonkeyPatch) -> None:
    push = import_module("bridge.sync.push.flow")
    decide_all = push.decide_all
    patch.setattr(push, "decide_all", lambda job, *, dry: decide_all(job, dry=False))


def what_the_source_leaves_out_is_gone(patch: pytest.MonkeyPatch) -> None:
    def gone(run: Any, pull: Any, level: Any) -> str:
        return spelling.level(replace(level, units={}, deleted=True))

    patch.setattr(import_module("bridge.sync.pull.whole_pull"), "_asked", gone)


def what_a_store_leaves_out_is_gone(patch: pytest.MonkeyPatch) -> None:
    def believed(session: Any, met: Any, **_: Any) -> Any:
        return [x.ref for x in session.context.state.every_listing(session.store) if x.ref not in met], [], None

    patch.setattr(import_module("bridge.sync.read.listings"), "left_out", believed)


def a_stamp_of_the_future_moves_the_cursor(patch: pytest.MonkeyPatch) -> None:
    """Of a source that sends no Date."""
    cursor = import_module("bridge.core.cursor")
    patch.setattr(cursor, "_undated", lambda cursor, greatest, took, ours: greatest or cursor.known)


def orders_are_of_what_a_listing_is_today(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(import_module("bridge.sync.read.listings"), "_renamed_lines", lambda *_: {})


def orders_that_a_store_denies_are_gone(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(import_module("bridge.sync.read.orders"), "are_too_many_orders", lambda *_, **__: False)


def loose_pieces_are_cartons(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(StoreRules, "_opened", lambda rules, carton: rules.contents.get(carton, {carton_sku(""): 1}))


def cartons_share_no_pieces(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(StoreRules, "_opened", lambda rules, carton: {carton_sku(carton): 1})


def what_a_name_means_rests_on_what_is_asked_with_it(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bridge.sync.inputs.with_skus", lambda _, skus, rules: with_skus({}, skus, rules))


def a_token_that_ended_is_not_refreshed(patch: pytest.MonkeyPatch) -> None:
    granted = import_module("bridge.threeplguys.granted")
    patch.setattr(granted, "is_due", lambda *_: False)
    patch.setattr(granted.GrantedTokens, "renew", lambda self, refused: False)


def a_refreshed_pair_is_not_stored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bridge.state.grant.GrantStore.replace", lambda self, before, grant: before._replace(grant=grant))


SWITCHES: Switches = {
    due_is_cleared_whatever_moved: 136,
    due_is_cleared_before_the_outcome: 6,
    the_cursor_moves_first: 47,
    a_lost_lease_still_changes_the_state: 48,
    an_increase_needs_no_proof: 1,
    departures_are_not_kept: 7,
    every_item_counts_as_applied: 1,
    a_lost_key_is_not_noticed: 11,
    other_stores_are_not_made_due: 3,
    a_lease_is_not_renewed_ahead_of_a_request: 54,
    an_unanswered_write_is_not_waited_for: 61,
    an_unanswered_write_has_not_landed: 339,
    a_dry_cycle_clears: 42,
}


ODD: Switches = {
    a_stamp_of_the_future_moves_the_cursor: 90,
    orders_are_of_what_a_listing_is_today: 49,
    what_the_source_leaves_out_is_gone: 2,
    what_a_store_leaves_out_is_gone: 7,
    loose_pieces_are_cartons: 3,
    cartons_share_no_pieces: 28,
    orders_that_a_store_denies_are_gone: 213,
    what_a_name_means_rests_on_what_is_asked_with_it: 18,
    a_token_that_ended_is_not_refreshed: 0,
    a_refreshed_pair_is_not_stored: 0,
}
"""The same, of what only the moves find that no promise makes an exception for."""


@each(SWITCHES)
def test_a_protection_is_missed(
    switched_off: Callable[[pytest.MonkeyPatch], None], seed: int, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    switched_off(monkeypatch)
    assert table.breaks_a_promise(seed, odd=False)


@each(ODD)
def test_a_protection_is_missed_where_lists_and_names_move(
    switched_off: Callable[[pytest.MonkeyPatch], None], seed: int, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    switched_off(monkeypatch)
    assert table.breaks_a_promise(seed)
