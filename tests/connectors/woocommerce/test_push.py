"""Writes that go wrong half way, and orders that come in between: what is claimed, and what is sent again."""

import json

import pytest

from connectors.base import RetryableStoreError, Verdict
from connectors.testing.harness import RetryingSender, verdicts
from connectors.woocommerce.sandbox import Call

from .harness import WooHarness, bodies, push

APPLIED, DEFERRED = Verdict.APPLIED, Verdict.DEFERRED


# ---------------------------------------------------------------- done, although an error came back


def test_a_write_that_outlives_our_time_limit_is_not_sent_again(harness: WooHarness) -> None:
    """30 of 100 are applied when we give up, the rest lands later. A second write beside it would mix with it."""
    refs = [harness.add(f"S{n}", 1) for n in range(100)]
    harness.sandbox.faults.add("late", on="write", items=30)
    retrying = RetryingSender(harness)
    with pytest.raises(RetryableStoreError) as caught:
        push(harness, *((ref, 9, 1) for ref in refs), send=retrying, first_batch=100)
    assert caught.value.sent
    assert harness.calls("POST products/batch") == 1
    assert [harness.units(ref) for ref in refs].count(9) == 30
    harness.sandbox.land()
    assert [harness.units(ref) for ref in refs].count(9) == 100


def test_what_has_landed_is_not_written_again(harness: WooHarness) -> None:
    refs = [harness.add(f"S{n}", 1) for n in range(10)]
    harness.sandbox.faults.add("drop", on="write", items=4)
    rows = [(ref, 9, 1) for ref in refs]
    with pytest.raises(RetryableStoreError):
        push(harness, *rows)
    assert verdicts(push(harness, *rows)) == [APPLIED] * 10
    assert [len(body["update"]) for body in bodies(harness)] == [10, 6]


def test_of_a_batch_with_a_lost_reply_only_what_was_sent_in_it_is_in_doubt(harness: WooHarness) -> None:
    """The batch goes out in three writes: the first was answered, the second was not, the third was never sent."""
    refs = [*(harness.add(f"S{n}", 1) for n in range(60)), *harness.variations("TEE", {"S": 1, "M": 1})]
    harness.sandbox.faults.add("drop", on="write", after=True, skip=1)
    with pytest.raises(RetryableStoreError) as caught:
        push(harness, *((ref, 9, 1) for ref in refs))
    assert verdicts([caught.value.answered[row] for row in range(25)]) == [APPLIED] * 25
    assert (len(caught.value.answered), caught.value.still_in_flight(62)) == (25, frozenset(range(25, 60)))


def test_php_warnings_before_the_json_are_settled_by_reading_back(harness: WooHarness) -> None:
    refs = [harness.add("A", 1), harness.add("B", 1)]
    harness.sandbox.faults.add("warnings", on="write")
    assert verdicts(push(harness, *((ref, 9, 1) for ref in refs))) == [APPLIED, APPLIED]
    assert harness.calls("POST products/batch") == 1


def test_php_warnings_everywhere_claim_nothing(harness: WooHarness) -> None:
    ref = harness.add("A", 1)
    harness.sandbox.faults.add("warnings", times=-1)
    with pytest.raises(RetryableStoreError, match="WP_DEBUG_DISPLAY") as caught:
        push(harness, (ref, 9))
    assert caught.value.sent


def test_a_php_error_in_the_middle_of_a_batch_is_found_by_halves(harness: WooHarness) -> None:
    refs = [harness.add(f"S{n}", 1) for n in range(20)]
    crash(harness, refs[7])
    outcomes = push(harness, *((ref, 9, 1) for ref in refs))
    assert verdicts(outcomes) == [APPLIED] * 7 + [DEFERRED] + [APPLIED] * 12
    assert [harness.units(ref) for ref in refs] == [9] * 7 + [1] + [9] * 12
    assert "/srv" not in outcomes[7].reason, "server paths stay in the server's log"


def test_a_php_error_at_the_only_product_is_its_own_trouble(harness: WooHarness) -> None:
    ref = harness.add("A", 1)
    crash(harness, ref)
    (outcome,) = push(harness, (ref, 9, 1))
    assert (outcome.verdict, "PHP error" in outcome.reason) == (DEFERRED, True)


def test_a_shop_that_only_breaks_off_is_tried_later(harness: WooHarness) -> None:
    refs = [harness.add(f"S{n}", 1) for n in range(100)]
    harness.sandbox.faults.add("fatal", on="write", items=0, times=-1)
    with pytest.raises(RetryableStoreError, match="PHP error") as caught:
        push(harness, *((ref, 9, 1) for ref in refs))
    assert caught.value.sent
    assert "/srv" not in str(caught.value)
    assert harness.calls("POST products/batch") < 40


def crash(harness: WooHarness, ref: str) -> None:
    """From now on a plugin stops PHP at this product."""

    def struck(call: Call) -> None:
        ids = [row["id"] for row in json.loads(call.body)["update"]]
        if int(ref) in ids:
            harness.sandbox.faults.add("fatal", on="POST products/batch", items=ids.index(int(ref)))

    harness.sandbox.before_request(struck, on="POST products/batch", times=-1)


# ---------------------------------------------------------------- orders that land in between


def test_an_order_between_reading_and_writing_is_not_undone(harness: WooHarness) -> None:
    ref = harness.add("A", 10)
    harness.order(ref, 4)
    (outcome,) = push(harness, (ref, 10, 10))
    assert (outcome.verdict, outcome.reason.startswith("stale")) == (DEFERRED, True)
    assert (harness.units(ref), harness.calls("POST products/batch")) == (6, 0)


def test_a_decrease_is_written_although_the_number_moved(harness: WooHarness) -> None:
    """Less on offer is never too much; an order is told at the next look and lowers it further."""
    ref = harness.add("A", 10)
    harness.order(ref, 2)
    assert verdicts(push(harness, (ref, 3, 10))) == [APPLIED]
    assert harness.units(ref) == 3


def test_an_unchanged_value_is_not_written_and_the_echo_tells_the_order(harness: WooHarness) -> None:
    """A value equal to the loaded one is not saved, so an order in between stays; the echo says 97."""
    ref = harness.add("A", 100)
    harness.sandbox.before_save(lambda _: harness.order(ref, 3))
    (outcome,) = push(harness, (ref, 100))
    assert (outcome.verdict, outcome.shown, harness.units(ref)) == (APPLIED, 97, 97)


def test_after_a_throttle_the_numbers_are_read_anew(harness: WooHarness) -> None:
    ref = harness.add("A", 10)
    harness.sandbox.faults.add("throttled", on="write", seconds=30)
    harness.sandbox.before_request(lambda _: harness.order(ref, 4), on="write")
    assert verdicts(push(harness, (ref, 12, 10), send=RetryingSender(harness))) == [DEFERRED]
    assert harness.units(ref) == 6


def test_a_number_that_is_there_already_costs_no_write(harness: WooHarness) -> None:
    ref = harness.add("A", 5)
    (outcome,) = push(harness, (ref, 5, 4))
    assert (outcome.verdict, outcome.shown, harness.calls("POST products/batch")) == (APPLIED, 5, 0)


def test_numbers_are_read_within_two_seconds_of_their_write(harness: WooHarness) -> None:
    harness.sandbox.item_seconds = 0.5
    refs = [harness.add(f"S{n}", 10) for n in range(50)]
    harness.sandbox.before_request(lambda _: harness.order(refs[49], 4), on="write")
    outcomes = push(harness, *((ref, 12, 10) for ref in refs))
    assert verdicts(outcomes) == [APPLIED] * 49 + [DEFERRED]


def test_trouble_after_a_php_error_is_in_doubt(harness: WooHarness) -> None:
    """The call that broke off left some of its items written."""
    refs = [harness.add(f"S{n}", 1) for n in range(10)]
    harness.sandbox.faults.add("fatal", on="write", items=3)
    harness.sandbox.faults.add("refuse", on="read", skip=1)
    with pytest.raises(RetryableStoreError) as caught:
        push(harness, *((ref, 9, 1) for ref in refs))
    assert caught.value.sent


def test_waiting_for_a_throttle_says_nothing_of_the_stores_speed(harness: WooHarness) -> None:
    refs = [harness.add(f"S{n}", 1) for n in range(60)]
    harness.sandbox.faults.add("throttled", on="write", seconds=60)
    assert verdicts(push(harness, *((ref, 9, 1) for ref in refs), send=RetryingSender(harness))) == [APPLIED] * 60
    assert [len(body["update"]) for body in bodies(harness)] == [25, 25, 35]
