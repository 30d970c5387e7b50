"""What each answer means, and what becomes of the others of a batch."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.base import (
    OperatorStoreError,
    Outcome,
    RetryableStoreError,
    StockUpdate,
    StoreError,
    Verdict,
    send_once,
)
from connectors.inventory_api.options import PATH
from connectors.inventory_api.sandbox import TOKEN, Product, serve
from connectors.testing.harness import RetryingSender, batch, update, verdicts

from .harness import InventoryHarness


@pytest.fixture
def harness(tmp_path: Path) -> InventoryHarness:
    return InventoryHarness(tmp_path)


def pushed(harness: InventoryHarness, *refs: str, parallel: int = 1) -> list[Outcome]:
    connector = harness.connect(send_once, parallel=parallel)
    return list(connector.push(batch(*(update(harness, ref, 9) for ref in refs))))


# ---------------------------------------------------------------- the request


@pytest.mark.states(
    "update.endpoint", "update.bearer", "update.json", "update.fields.store", "update.fields.quantity",
    "update.fields.upc", "update.fields.sku", "update.fields.size", "update.fields.width", "update.lookup.by_upc",
    "update.lookup.by_sku_size_width", "update.lookup.example_upc", "update.lookup.example_sku",
)  # fmt: skip
def test_a_report_is_what_the_document_prints(harness: InventoryHarness) -> None:
    upc = harness.shop.add(Product("A", upc="849632048260"))
    suit = harness.shop.add(Product("B", style="ZOOT-SUIT", size="34", width="D"))
    connector = harness.connect(send_once, parallel=1)
    connector.push(batch(StockUpdate(upc, "3", 12), StockUpdate(suit, "3", 44)))
    bodies = [json.loads(call.request.body) for call in harness.sandbox.log]
    assert bodies == [
        {"upc": "849632048260", "store": "3", "quantity": 12},
        {"sku": "ZOOT-SUIT", "size": "34", "width": "D", "store": "3", "quantity": 44},
    ]
    (call, _) = harness.sandbox.log
    assert call.request.headers["authorization"] == f"Bearer {TOKEN}"
    assert call.request.headers["content-type"] == "application/json"
    assert (call.request.method, call.request.url) == ("POST", f"https://run.example{PATH}")
    assert harness.sandbox.leaks == []


@pytest.mark.states("update.fields.width")
def test_a_missing_width_goes_as_an_empty_text(harness: InventoryHarness) -> None:
    ref = harness.shop.add(Product("A", style="SOCK", size="09"))
    assert verdicts(pushed(harness, ref)) == [Verdict.APPLIED]
    assert harness.sandbox.log[0].given["width"] == ""


@pytest.mark.states("update.fields.store", "update.fields.quantity")
def test_each_store_gets_its_number(harness: InventoryHarness) -> None:
    ref = harness.add("A", 1)
    connector = harness.connect(send_once, stores={"1": "3", "2": "4", "5": "4"})
    connector.push(batch(StockUpdate(ref, "3", 5), StockUpdate(ref, "4", 0)))
    assert [harness.shop.quantity(ref, code) for code in ("3", "4")] == [5, 0]


@pytest.mark.parametrize("parallel", [1, 4])
def test_so_many_requests_are_in_flight_and_connections_are_kept(harness: InventoryHarness, parallel: int) -> None:
    """Each waits until as many are there: fewer would never come through, and more would be counted."""
    refs = [harness.add(f"S{n}", 1) for n in range(12)]
    together, counting, most, now = threading.Barrier(parallel, timeout=20), threading.Lock(), 0, 0

    def count(come: int) -> None:
        nonlocal most, now
        with counting:
            now += come
            most = max(most, now)

    def meet(_: Any) -> None:
        count(1)
        together.wait()
        count(-1)

    harness.sandbox.before_request(meet, times=-1)
    with serve(harness.sandbox) as served:
        options = harness.options(url=served.url, parallel=parallel)
        connector = type(harness.connect(send_once)).open(options, locations=("3",), send=send_once)
        outcomes = connector.push(batch(*(update(harness, ref, 9) for ref in refs)))
        connections = len(served._connections)
        connector.close()
    assert set(verdicts(outcomes)) == {Verdict.APPLIED}
    assert (most, connections) == (parallel, parallel)


# ---------------------------------------------------------------- what an answer means

APPLIED = [
    ("the sibling's answer", 200, '{"success": true}'),
    ("nothing", 200, ""),
    ("204", 204, ""),
    ("201", 201, '{"id": 7}'),
    ("an error that is null", 200, '{"error": null}'),
    ("an empty error", 200, '{"error": ""}'),
    ("an error that is false", 200, '{"error": false}'),
    ("a list", 200, "[]"),
    ("a word", 200, "OK"),
    ("a number", 200, "1"),
    ("JSON text", 200, '"updated"'),
]
REJECTED = [
    ("a missing field", 400, '{"error": "Missing required field: sku"}', "Missing required field: sku"),
    ("with 200", 200, '{"error": "Missing required field: sku"}', "Missing required field: sku"),
    ("404 of the product", 404, '{"error": "Product not found"}', "Product not found"),
    ("422", 422, '{"error": "No such store"}', "No such store"),
    ("409 is told once more", 410, '{"error": "Discontinued"}', "Discontinued"),
    ("no sentence", 400, "", "refused with HTTP 400, without a sentence"),
    ("no sentence, 422", 422, '{"message": "x"}', "refused with HTTP 422, without a sentence"),
    ("a page, 400", 400, "<html>Bad</html>", "refused with HTTP 400, without a sentence"),
    ("not done", 200, '{"success": false}', 'it answers "success": false'),
    ("an object", 200, '{"error": {"code": 7}}', '{"code": 7}'),
    ("several lines", 200, '{"error": "One\\n\\ttwo\\u0000"}', "One two"),
    ("long", 200, json.dumps({"error": "x" * 999}), "x" * 200 + "…"),
    ("with the token in it", 200, json.dumps({"error": f"Bad {TOKEN}!"}), "Bad ***!"),
]
OPERATOR = [
    ("401", 401, "", "does not accept the token"),
    ("401 with a sentence", 401, '{"error": "Expired"}', 'it says "Expired"'),
    ("403", 403, '{"error": "Read only"}', 'it says "Read only"'),
    ("402", 402, "", "unpaid"),
    ("404 of the address", 404, "<html>Not Found</html>", "no Inventory Update API at this address"),
    ("405", 405, "", "check url"),
    ("413", 413, "", "too large"),
    ("redirect", 301, "", "redirects"),
]
RETRYABLE = [
    ("429", 429, '{"error": "Slow down"}', "fewer requests"),
    ("500", 500, '{"error": "Oops"}', 'it says "Oops"'),
    ("502", 502, "<html>Bad gateway</html>", "overloaded"),
    ("503", 503, "", "overloaded"),
    ("408", 408, "", "gave up waiting"),
    ("409", 409, '{"error": "Locked"}', "busy"),
    ("a page with 200", 200, "<html>Soon back</html>", "a web page"),
    ("cut off", 200, '{"error": "Missing req', "cut-off"),
    ("cut off in a list", 200, "[1,", "cut-off"),
    ("half a text", 200, '"upd', "cut-off"),
    ("a long text", 200, "x" * 201, "garbled"),
    ("control characters", 200, "OK\x00", "garbled"),
    ("too deep", 200, '{"a":' * 100_000, "cut-off"),
]


def named(cases: list[Any]) -> Any:
    return {"argvalues": [case[1:] for case in cases], "ids": [case[0] for case in cases]}


@pytest.mark.parametrize(("status", "body"), **named(APPLIED))
def test_2xx_without_an_error_is_applied(harness: InventoryHarness, status: int, body: str) -> None:
    ref = harness.add("A", 1)
    harness.sandbox.faults.add("answer", status=status, body=body, on="sku")
    assert pushed(harness, ref) == [Outcome(Verdict.APPLIED)]


@pytest.mark.states("update.errors.body", "update.errors.missing_field")
@pytest.mark.parametrize(("status", "body", "said"), **named(REJECTED))
def test_a_refusal_of_one_product_is_its_sentence(harness: InventoryHarness, status: int, body: str, said: str) -> None:
    good, bad = harness.add("A", 1), harness.add("B", 1)
    harness.sandbox.faults.add("answer", status=status, body=body, on="STYLE 2")
    first, second = pushed(harness, good, bad)
    assert first.verdict is Verdict.APPLIED
    assert (second.verdict, second.reason) == (Verdict.REJECTED, said)
    assert verdicts(pushed(harness, bad)) == [Verdict.APPLIED], "once the shop takes it"


@pytest.mark.parametrize(("status", "body", "said"), **named(OPERATOR))
def test_what_a_person_must_see_to(harness: InventoryHarness, status: int, body: str, said: str) -> None:
    good, bad, rest = (harness.add(sku, 1) for sku in "ABC")
    harness.sandbox.faults.add("answer", status=status, body=body, on="STYLE 2")
    with pytest.raises(OperatorStoreError, match=said) as caught:
        pushed(harness, good, bad, rest)
    assert verdicts([*caught.value.answered.values()]) == [Verdict.APPLIED], "nothing is lost of what was said"
    assert [harness.units(ref) for ref in (good, bad, rest)] == [9, 1, 1]
    assert caught.value.still_in_flight(3) == frozenset()


@pytest.mark.parametrize(("status", "body", "said"), **named(RETRYABLE))
def test_what_waits(harness: InventoryHarness, status: int, body: str, said: str) -> None:
    ref = harness.add("A", 1)
    harness.sandbox.faults.add("answer", status=status, body=body, on="sku")
    with pytest.raises(RetryableStoreError, match=said) as caught:
        pushed(harness, ref)
    assert caught.value.still_in_flight(1) == (frozenset() if status == 429 else {0})
    assert verdicts(pushed(harness, ref)) == [Verdict.APPLIED]


# ---------------------------------------------------------------- the others of the batch


@pytest.mark.parametrize("parallel", [1, 3])
def test_a_product_over_which_the_shop_stumbles_holds_up_no_other(harness: InventoryHarness, parallel: int) -> None:
    refs = [harness.add(f"S{n}", 1) for n in range(6)]
    harness.sandbox.faults.add("status", status=500, on="STYLE 1", times=-1)
    outcomes = pushed(harness, *refs, parallel=parallel)
    assert verdicts(outcomes) == [Verdict.DEFERRED, *[Verdict.APPLIED] * 5]
    assert "overloaded" in outcomes[0].reason


def test_a_shop_that_fails_at_everything_is_left_alone_soon(harness: InventoryHarness) -> None:
    refs = [harness.add(f"S{n}", 1) for n in range(9)]
    harness.sandbox.faults.add("status", status=500, times=-1)
    with pytest.raises(RetryableStoreError) as caught:
        pushed(harness, *refs)
    assert sum(harness.sandbox.calls.values()) == 3
    assert caught.value.still_in_flight(9) == {0, 1, 2}


def test_a_throttle_stops_the_batch_and_keeps_what_was_said(harness: InventoryHarness) -> None:
    refs = [harness.add(f"S{n}", 1) for n in range(5)]
    harness.sandbox.faults.add("throttled", skip=2, seconds=7)
    with pytest.raises(RetryableStoreError) as caught:
        pushed(harness, *refs)
    assert (caught.value.retry_after, caught.value.sent, sorted(caught.value.answered)) == (7, False, [0, 1])


@pytest.mark.parametrize("parallel", [1, 3])
def test_a_lost_reply_is_in_flight_and_the_others_are_told(harness: InventoryHarness, parallel: int) -> None:
    refs = [harness.add(f"S{n}", 1) for n in range(6)]
    harness.sandbox.faults.add("drop", after=True, on="STYLE 3")
    with pytest.raises(RetryableStoreError) as caught:
        pushed(harness, *refs, parallel=parallel)
    assert caught.value.still_in_flight(6) == {2}
    assert sorted(caught.value.answered) == [0, 1, 3, 4, 5]


def test_a_report_without_an_answer_is_not_repeated_from_here(harness: InventoryHarness) -> None:
    """It could land after a later number."""
    ref = harness.add("A", 1)
    harness.sandbox.faults.add("late", on="sku")
    connector = harness.connect(RetryingSender(harness))
    with pytest.raises(RetryableStoreError):
        connector.push(batch(update(harness, ref, 9)))
    assert sum(harness.sandbox.calls.values()) == 1


def test_what_certainly_did_nothing_is_repeated_by_the_sender(harness: InventoryHarness) -> None:
    refs = [harness.add(f"S{n}", 1) for n in range(4)]
    for kind in ("throttled", "refuse", "status"):
        harness.sandbox.faults.add(kind, on="STYLE 2")
    sender = RetryingSender(harness)
    outcomes = harness.connect(sender, parallel=2).push(batch(*(update(harness, ref, 9) for ref in refs)))
    assert set(verdicts(outcomes)) == {Verdict.APPLIED}
    assert sender.waits == [2.0, 1.0, 1.0]


def test_what_left_the_items_file_is_gone_and_never_sent(harness: InventoryHarness) -> None:
    ref = harness.add("A", 1)
    harness.shop.remove(ref)
    assert verdicts(pushed(harness, ref)) == [Verdict.MISSING]
    assert sum(harness.sandbox.calls.values()) == 0


# ---------------------------------------------------------------- the token


@pytest.mark.states("update.errors.bad_token")
@pytest.mark.parametrize("status", [200, 400, 401])
@pytest.mark.parametrize("count", [1, 3])
def test_a_bad_token_needs_a_person_whatever_its_status(harness: InventoryHarness, status: int, count: int) -> None:
    refs = [harness.add(f"S{n}", 1) for n in range(count)]
    harness.sandbox.token_status = status
    harness.revoke()
    with pytest.raises(OperatorStoreError) as caught:
        pushed(harness, *refs)
    assert "Invalid bearer token" in str(caught.value)
    assert not caught.value.answered
    assert caught.value.still_in_flight(count) == frozenset()


def test_one_product_that_is_refused_alone_is_at_fault_itself(harness: InventoryHarness) -> None:
    """The shop says another thing of a report without a product, so its token is good."""
    ref = harness.add("A", 1)
    harness.poison(ref)
    (outcome,) = pushed(harness, ref)
    assert (outcome.verdict, outcome.reason) == (Verdict.REJECTED, "This product is locked")
    assert harness.sandbox.calls[f"POST {PATH}"] == 2


def test_where_some_are_taken_nobody_asks_for_the_token(harness: InventoryHarness) -> None:
    good, bad = harness.add("A", 1), harness.add("B", 1)
    harness.poison(bad)
    pushed(harness, good, bad)
    assert harness.sandbox.calls[f"POST {PATH}"] == 2


# ---------------------------------------------------------------- check


def test_check_names_stores_items_and_doubtful_numbers(harness: InventoryHarness) -> None:
    harness.shop.add(Product("A", upc="849632048269"))
    info = harness.connect(send_once, stores={"1": "3", "2": "3", "5": "4"}).check()
    assert info.name == "run.example, 1 in the items file"
    assert [place.id for place in info.locations] == ["3", "4"]
    assert info.warnings == (
        "items line 2: the UPC 849632048269 should end in 0 by its check digit; it is sent as it stands",
    )


def test_check_does_not_drown_in_warnings(harness: InventoryHarness) -> None:
    for n in range(30):
        harness.shop.add(Product(f"S{n}", upc=f"NO-{n}"))
    warnings = harness.connect(send_once).check().warnings
    assert (len(warnings), warnings[-1]) == (21, "and 10 more like these")


SAID: list[tuple[str, str, type[StoreError] | None, str]] = [
    ("as the document has it", '{"error": "Missing required field: sku"}', None, ""),
    ("another field", '{"error": "The upc field is required."}', None, ""),
    ("a token", '{"error": "Unauthenticated."}', OperatorStoreError, "does not accept the token"),
    ("a token that is missing", '{"error": "Missing bearer token"}', OperatorStoreError, "does not accept the token"),
    ("taken", '{"success": true}', OperatorStoreError, "takes a report without a product"),
    ("empty", " ", OperatorStoreError, "takes a report without a product"),
    ("a page", "<html></html>", RetryableStoreError, "a web page"),
    ("who knows", '{"error": "Geht nicht"}', None, 'cannot be told: to a report without fields it says "Geht nicht"'),
]


@pytest.mark.states("update.errors.check_token")
@pytest.mark.parametrize(("body", "error", "said"), **named(SAID))
def test_the_token_is_tried_with_a_report_without_fields(
    harness: InventoryHarness, body: str, error: type[StoreError] | None, said: str
) -> None:
    harness.add("A", 1)
    harness.sandbox.faults.add("answer", status=200, body=body, on="empty")
    check: Callable[[], Any] = harness.connect(send_once).check
    if error:
        with pytest.raises(error, match=said):
            check()
    else:
        assert [said in text for text in check().warnings] == [True] * bool(said)
