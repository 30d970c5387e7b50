"""Writes that go wrong half way, and orders that come in between: what is claimed, and what is sent again."""

import json

import pytest

from connectors.base import RetryableStoreError, Verdict, send_once
from connectors.testing import Patient, batch, update, verdicts

APPLIED, DEFERRED = Verdict.APPLIED, Verdict.DEFERRED


def push(stage, *rows, send=send_once, **given):
    """rows: (ref, quantity) or (ref, quantity, was)."""
    return stage.connect(send, **given).push(batch(*(update(stage, *row) for row in rows)))


def bodies(stage, label="POST products/batch"):
    return [json.loads(call.body) for call in stage.sandbox.log if call.label == label]


# ---------------------------------------------------------------- done, although an error came back


def test_a_write_that_outlives_our_patience_is_not_sent_again(stage):
    """30 of 100 are applied when we give up, the rest lands later. A second write beside it would mix with it."""
    refs = [stage.add(f"S{n}", 1) for n in range(100)]
    stage.sandbox.faults.add("late", on="write", items=30)
    patient = Patient(stage)
    with pytest.raises(RetryableStoreError) as caught:
        push(stage, *((ref, 9, 1) for ref in refs), send=patient, first_batch=100)
    assert caught.value.sent
    assert stage.calls("POST products/batch") == 1
    assert [stage.units(ref) for ref in refs].count(9) == 30
    stage.sandbox.land()
    assert [stage.units(ref) for ref in refs].count(9) == 100


def test_what_has_landed_is_not_written_again(stage):
    refs = [stage.add(f"S{n}", 1) for n in range(10)]
    stage.sandbox.faults.add("drop", on="write", items=4)
    rows = [(ref, 9, 1) for ref in refs]
    with pytest.raises(RetryableStoreError):
        push(stage, *rows)
    assert verdicts(push(stage, *rows)) == [APPLIED] * 10
    assert [len(body["update"]) for body in bodies(stage)] == [10, 6]


def test_of_a_batch_with_a_lost_reply_only_what_was_sent_in_it_is_in_doubt(stage):
    """The batch goes out in three writes: the first was answered, the second was not, the third was never sent."""
    refs = [*(stage.add(f"S{n}", 1) for n in range(60)), *stage.variations("TEE", {"S": 1, "M": 1})]
    stage.sandbox.faults.add("drop", on="write", after=True, skip=1)
    with pytest.raises(RetryableStoreError) as caught:
        push(stage, *((ref, 9, 1) for ref in refs))
    assert verdicts(caught.value.answered[row] for row in range(25)) == [APPLIED] * 25
    assert (len(caught.value.answered), caught.value.in_doubt(62)) == (25, set(range(25, 60)))


def test_php_warnings_before_the_json_are_settled_by_reading_back(stage):
    refs = [stage.add("A", 1), stage.add("B", 1)]
    stage.sandbox.faults.add("warnings", on="write")
    assert verdicts(push(stage, *((ref, 9, 1) for ref in refs))) == [APPLIED, APPLIED]
    assert stage.calls("POST products/batch") == 1


def test_php_warnings_everywhere_claim_nothing(stage):
    ref = stage.add("A", 1)
    stage.sandbox.faults.add("warnings", times=-1)
    with pytest.raises(RetryableStoreError, match="WP_DEBUG_DISPLAY") as caught:
        push(stage, (ref, 9))
    assert caught.value.sent


def test_a_php_error_in_the_middle_of_a_batch_is_found_by_halves(stage):
    refs = [stage.add(f"S{n}", 1) for n in range(20)]
    crash(stage, refs[7])
    outcomes = push(stage, *((ref, 9, 1) for ref in refs))
    assert verdicts(outcomes) == [APPLIED] * 7 + [DEFERRED] + [APPLIED] * 12
    assert [stage.units(ref) for ref in refs] == [9] * 7 + [1] + [9] * 12
    assert "/srv" not in outcomes[7].reason, "server paths stay in the server's log"


def test_a_php_error_at_the_only_product_is_its_own_trouble(stage):
    ref = stage.add("A", 1)
    crash(stage, ref)
    (outcome,) = push(stage, (ref, 9, 1))
    assert (outcome.verdict, "PHP error" in outcome.reason) == (DEFERRED, True)


def test_a_shop_that_only_breaks_off_is_tried_later(stage):
    refs = [stage.add(f"S{n}", 1) for n in range(100)]
    stage.sandbox.faults.add("fatal", on="write", items=0, times=-1)
    with pytest.raises(RetryableStoreError, match="PHP error") as caught:
        push(stage, *((ref, 9, 1) for ref in refs))
    assert caught.value.sent
    assert "/srv" not in str(caught.value)
    assert stage.calls("POST products/batch") < 40


def crash(stage, ref):
    """From now on a plugin stops PHP at this product."""

    def struck(call):
        ids = [row["id"] for row in json.loads(call.body)["update"]]
        if int(ref) in ids:
            stage.sandbox.faults.add("fatal", on="POST products/batch", items=ids.index(int(ref)))

    stage.sandbox.before_request(struck, on="POST products/batch", times=-1)


# ---------------------------------------------------------------- orders that land in between


def test_an_order_between_reading_and_writing_is_not_undone(stage):
    ref = stage.add("A", 10)
    stage.order(ref, 4)
    (outcome,) = push(stage, (ref, 10, 10))
    assert (outcome.verdict, outcome.reason.startswith("stale")) == (DEFERRED, True)
    assert (stage.units(ref), stage.calls("POST products/batch")) == (6, 0)


def test_a_decrease_is_written_although_the_number_moved(stage):
    """Less on offer is never too much; an order is told at the next look and lowers it further."""
    ref = stage.add("A", 10)
    stage.order(ref, 2)
    assert verdicts(push(stage, (ref, 3, 10))) == [APPLIED]
    assert stage.units(ref) == 3


def test_an_unchanged_value_is_not_written_and_the_echo_tells_the_order(stage):
    """A value equal to the loaded one is not saved, so an order in between stays; the echo says 97."""
    ref = stage.add("A", 100)
    stage.sandbox.before_save(lambda _: stage.order(ref, 3))
    (outcome,) = push(stage, (ref, 100))
    assert (outcome.verdict, outcome.shown, stage.units(ref)) == (APPLIED, 97, 97)


def test_after_a_throttle_the_numbers_are_read_anew(stage):
    ref = stage.add("A", 10)
    stage.sandbox.faults.add("throttled", on="write", seconds=30)
    stage.sandbox.before_request(lambda _: stage.order(ref, 4), on="write")
    assert verdicts(push(stage, (ref, 12, 10), send=Patient(stage))) == [DEFERRED]
    assert stage.units(ref) == 6


def test_a_number_that_is_there_already_costs_no_write(stage):
    ref = stage.add("A", 5)
    (outcome,) = push(stage, (ref, 5, 4))
    assert (outcome.verdict, outcome.shown, stage.calls("POST products/batch")) == (APPLIED, 5, 0)


def test_numbers_are_read_within_two_seconds_of_their_write(stage):
    stage.sandbox.item_seconds = 0.5
    refs = [stage.add(f"S{n}", 10) for n in range(50)]
    stage.sandbox.before_request(lambda _: stage.order(refs[49], 4), on="write")
    outcomes = push(stage, *((ref, 12, 10) for ref in refs))
    assert verdicts(outcomes) == [APPLIED] * 49 + [DEFERRED]


def test_trouble_after_a_php_error_is_in_doubt(stage):
    """The call that broke off left some of its items written."""
    refs = [stage.add(f"S{n}", 1) for n in range(10)]
    stage.sandbox.faults.add("fatal", on="write", items=3)
    stage.sandbox.faults.add("refuse", on="read", skip=1)
    with pytest.raises(RetryableStoreError) as caught:
        push(stage, *((ref, 9, 1) for ref in refs))
    assert caught.value.sent


def test_waiting_for_a_throttle_says_nothing_of_the_stores_speed(stage):
    refs = [stage.add(f"S{n}", 1) for n in range(60)]
    stage.sandbox.faults.add("throttled", on="write", seconds=60)
    assert verdicts(push(stage, *((ref, 9, 1) for ref in refs), send=Patient(stage))) == [APPLIED] * 60
    assert [len(body["update"]) for body in bodies(stage)] == [25, 25, 35]
