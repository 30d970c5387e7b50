"""Every trap of WooCommerce that was met on a real shop, each with a test that fails where it is not handled."""

import json
from collections.abc import Callable

import pytest
import requests

from connectors.base import OperatorStoreError, RetryableStoreError, Status, Verdict
from connectors.testing.harness import batch, shows_secret, update, verdicts
from connectors.woocommerce.sandbox import KEY, SECRET, Key

from .harness import WooHarness, bodies, push
from .scripted import Connect, Script

APPLIED, REJECTED, MISSING, DEFERRED = Verdict.APPLIED, Verdict.REJECTED, Verdict.MISSING, Verdict.DEFERRED


# ---------------------------------------------------------------- 200, and nothing was done


def test_a_product_whose_stock_is_not_managed_is_refused(harness: WooHarness) -> None:
    ref = str(harness.shop.add_product("POSTER", None).id)
    (outcome,) = push(harness, (ref, 40))
    assert (outcome.verdict, "not managed" in outcome.reason) == (DEFERRED, True)
    assert harness.shop.find("POSTER").manage_stock is False, "never switched on behind the merchant's back"


def test_a_pooled_variation_is_refused_and_its_pool_left_alone(harness: WooHarness) -> None:
    (red, blue) = harness.variations("SOCK", {"red": None, "blue": None}, pool=30)
    outcomes = push(harness, (red, 7, 30), (blue, 7, 30))
    assert [(o.verdict, "pooled" in o.reason) for o in outcomes] == [(REJECTED, True)] * 2
    assert harness.units(red) == 30
    assert harness.sandbox.calls.keys().isdisjoint({"POST products/<id>/variations/batch"}), "nothing hidden is stored"


def test_a_pooled_variation_is_refused_on_the_echo_too(harness: WooHarness) -> None:
    (red,) = harness.variations("SOCK", {"red": None}, pool=30)
    (outcome,) = push(harness, (red, 7))
    assert (outcome.verdict, "pooled" in outcome.reason) == (REJECTED, True)


def test_the_pool_itself_is_written_as_a_product(harness: WooHarness) -> None:
    parent = harness.shop.add_variable("SOCK", {"red": None}, pool=30)
    assert verdicts(push(harness, (str(parent.id), 12, 30))) == [APPLIED]
    assert parent.stock_quantity == 12


def test_store_wide_management_off_is_an_operators_business(harness: WooHarness) -> None:
    harness.add("A", 5)
    harness.shop.manage_stock = False
    connector = harness.connect()
    for call in (connector.check, lambda: list(connector.listings()), lambda: list(connector.read())):
        with pytest.raises(OperatorStoreError, match="Inventory"):
            call()


def test_management_switched_off_meanwhile_refuses_nothing_item_by_item(harness: WooHarness) -> None:
    ref = harness.add("A", 5)
    harness.shop.manage_stock = False
    with pytest.raises(OperatorStoreError, match="Inventory"):
        push(harness, (ref, 4, 5))
    with pytest.raises(OperatorStoreError, match="Inventory"):
        push(harness, (ref, 4))


def test_plain_permalinks(harness: WooHarness) -> None:
    ref = harness.add("A", 5)
    harness.sandbox.plain_permalinks = True
    connector = harness.connect()
    calls = (connector.check, lambda: list(connector.listings()), lambda: push(harness, (ref, 4)))
    for call in (*calls, lambda: push(harness, (ref, 4, 5)), lambda: list(connector.changes(None))):
        with pytest.raises(OperatorStoreError, match="Permalinks"):
            call()


def test_item_errors_are_told_apart(harness: WooHarness) -> None:
    good, bad, gone = harness.add("A", 1), harness.add("B", 1), harness.add("C", 1)
    harness.poison(bad)
    harness.vanish(gone)
    outcomes = push(harness, (bad, 9), (gone, 9), (good, 9), ("gid://shopify/InventoryItem/1", 9), ("0", 9))
    assert verdicts(outcomes) == [REJECTED, MISSING, APPLIED, MISSING, MISSING]
    assert "woocommerce_rest_cannot_edit" in outcomes[0].reason


def test_a_trashed_product_takes_the_write_and_is_gone(harness: WooHarness) -> None:
    ref = harness.add("A", 1)
    harness.shop.set_status(int(ref), "trash")
    assert verdicts(push(harness, (ref, 9))) == [MISSING]
    assert verdicts(push(harness, (ref, 9, 1))) == [MISSING]


def test_a_thousand_items_of_which_twenty_fail(harness: WooHarness) -> None:
    refs = [harness.add(f"S{n}", 1) for n in range(1000)]
    bad = set(refs[::50])
    for ref in bad:
        harness.poison(ref)
    connector = harness.connect()
    outcomes = [
        outcome
        for start in range(0, 1000, 100)
        for outcome in connector.push(batch(*(update(harness, ref, 7, 1) for ref in refs[start : start + 100])))
    ]
    assert [o.verdict for o in outcomes] == [REJECTED if ref in bad else APPLIED for ref in refs]
    assert [harness.units(ref) for ref in refs] == [1 if ref in bad else 7 for ref in refs]
    assert harness.calls("POST products/batch") == 11, "25, 75, then 100 at a time"


def test_a_fast_shop_may_begin_with_a_hundred(harness: WooHarness) -> None:
    refs = [harness.add(f"S{n}", 1) for n in range(100)]
    push(harness, *((ref, 7, 1) for ref in refs), first_batch=100)
    assert harness.calls("POST products/batch") == 1


# ---------------------------------------------------------------- 200, and the wrong thing was done


@pytest.mark.parametrize("quantity", ["abc", 2.7, None, True, "4"])
def test_only_whole_numbers_are_sent(harness: WooHarness, quantity: bool | float | str | None) -> None:
    """A batch is not validated: "abc" sets 0 and 2.7 sets 2."""
    ref = harness.add("A", 5)
    with pytest.raises(TypeError):
        push(harness, (ref, quantity))
    assert harness.units(ref) == 5


def test_a_write_holds_id_and_quantity_and_asks_for_no_fields(harness: WooHarness) -> None:
    ref, variation = harness.add("A", 5), harness.variations("TEE", {"S": 5})[0]
    push(harness, (ref, 4, 5), (variation, 3, 5))
    assert bodies(harness) == [{"update": [{"id": int(ref), "stock_quantity": 4}]}]
    writes = [call for call in harness.sandbox.log if call.method == "POST"]
    assert len(writes) == 2
    assert all("_fields" not in call.query for call in writes)


# ---------------------------------------------------------------- addresses


def test_products_and_variations_are_routed_by_parent(harness: WooHarness) -> None:
    plain = harness.add("A", 1)
    tee, hat = harness.variations("TEE", {"S": 1, "M": 1}), harness.variations("HAT", {"S": 1})
    outcomes = push(harness, (tee[0], 5, 1), (plain, 6, 1), (hat[0], 7, 1), (tee[1], 8, 1))
    assert [(o.verdict, o.shown) for o in outcomes] == [(APPLIED, 5), (APPLIED, 6), (APPLIED, 7), (APPLIED, 8)]
    assert harness.calls("POST products/batch") == 1
    assert sum(n for label, n in harness.sandbox.calls.items() if label.endswith("variations/batch")) == 2


def test_a_foreign_variation_and_a_variation_taken_for_a_product(harness: WooHarness) -> None:
    (tee,) = harness.variations("TEE", {"S": 1})
    (hat,) = harness.variations("HAT", {"S": 1})
    (parent, _), (_, child) = tee.split(":"), hat.split(":")
    assert verdicts(push(harness, (f"{parent}:{child}", 5), (child, 5), (f"999:{child}", 5))) == [MISSING] * 3
    assert verdicts(push(harness, (f"{parent}:{child}", 5, 1), (child, 5, 1), (f"999:{child}", 5, 1))) == [MISSING] * 3
    assert harness.units(hat) == 1


def test_what_is_gone_is_left_out_of_readings(make_harness: Callable[..., WooHarness]) -> None:
    for version in ("10.5.0", "9.9.5"):
        harness = make_harness(version)
        stays, goes = harness.variations("TEE", {"S": 1, "M": 2})
        harness.vanish(goes)
        foreign = f"999:{stays.split(':')[1]}"
        found = [row.ref for row in harness.connect().read([goes, stays, foreign, "x", "12:", stays])]
        assert found == [stays]


# ---------------------------------------------------------------- the store is not what it seems


def test_a_read_only_key_is_found_out_without_writing(harness: WooHarness) -> None:
    harness.sandbox.keys.known = {KEY: Key(KEY, SECRET, "read")}
    with pytest.raises(OperatorStoreError, match="read but not write"):
        harness.connect().check()


def test_a_wrong_secret_and_an_unknown_key(harness: WooHarness) -> None:
    harness.sandbox.keys.known = {KEY: Key(KEY, "cs_other")}
    with pytest.raises(OperatorStoreError, match="secret is wrong") as caught:
        harness.connect().check()
    assert not shows_secret(harness, caught.value)
    harness.revoke()
    with pytest.raises(OperatorStoreError, match="does not know the consumer key"):
        harness.connect().check()


@pytest.mark.parametrize("version", ["10.5.0", "9.9.5"])
def test_a_plugin_that_is_off_makes_nothing_disappear(make_harness: Callable[..., WooHarness], version: str) -> None:
    harness = make_harness(version)
    ref, variation = harness.add("A", 1), harness.variations("TEE", {"S": 1})[0]
    harness.sandbox.plugin_on = False
    connector = harness.connect()
    calls = (
        connector.check,
        lambda: list(connector.listings()),
        lambda: list(connector.read([ref])),
        lambda: list(connector.read([variation])),
        lambda: list(connector.changes(harness.now())),
        lambda: push(harness, (ref, 2)),
        lambda: push(harness, (variation, 2)),
        lambda: push(harness, (variation, 2, 1)),
    )
    for call in calls:
        with pytest.raises(OperatorStoreError, match="plugin is active"):
            call()


def test_maintenance_says_ten_minutes(harness: WooHarness) -> None:
    ref = harness.add("A", 1)
    harness.sandbox.maintenance = True
    for rows in ((ref, 2), (ref, 2, 1)):
        with pytest.raises(RetryableStoreError) as caught:
            push(harness, rows)
        assert caught.value.retry_after == 600


def test_a_failed_reading_before_a_write_has_sent_nothing(harness: WooHarness) -> None:
    ref = harness.add("A", 1)
    harness.sandbox.faults.add("drop", on="read")
    with pytest.raises(RetryableStoreError) as caught:
        push(harness, (ref, 2, 1))
    assert not caught.value.sent


@pytest.mark.parametrize("fault", ["database", "gateway", "cut"])
def test_other_trouble_is_tried_later(harness: WooHarness, fault: str) -> None:
    ref = harness.add("A", 1)
    harness.sandbox.faults.add(fault, on="write")
    with pytest.raises(RetryableStoreError) as caught:
        push(harness, (ref, 2))
    assert caught.value.sent


def test_a_redirect_is_not_followed(harness: WooHarness) -> None:
    ref = harness.add("A", 1)
    harness.sandbox.faults.add("redirect", location="https://www.shop.example/wp-json/wc/v3/products/batch")
    with pytest.raises(OperatorStoreError, match=r"redirects to https://www\.shop\.example"):
        push(harness, (ref, 2))
    assert harness.sandbox.calls.total() == 1


def test_a_redirect_to_nowhere_is_one(harness: WooHarness) -> None:
    ref = harness.add("A", 1)
    harness.sandbox.faults.add("redirect", location="https://[oops")
    with pytest.raises(OperatorStoreError, match="redirects to another address"):
        push(harness, (ref, 2))


def test_a_store_that_takes_five_at_once(harness: WooHarness) -> None:
    harness.sandbox.limits.batch_limit = 5
    refs = [harness.add(f"S{n}", 1) for n in range(30)]
    assert verdicts(push(harness, *((ref, 9, 1) for ref in refs))) == [APPLIED] * 30
    assert [len(body["update"]) for body in bodies(harness)][:4] == [25, 12, 6, 3]
    assert harness.calls("POST products/batch") == 14


def test_a_slow_store_gets_small_batches_and_a_lost_reply_smaller_ones(harness: WooHarness) -> None:
    harness.sandbox.item_seconds = 0.5
    refs = [harness.add(f"S{n}", 1) for n in range(60)]
    push(harness, *((ref, 9, 1) for ref in refs))
    assert [len(body["update"]) for body in bodies(harness)] == [25, 10, 10, 10, 5]


def test_a_firewall_that_stops_in_the_middle_leaves_the_rest_due(harness: WooHarness) -> None:
    """What the last request certainly did not do must not hide what the earlier ones did."""
    refs = [harness.add(f"S{n}", 1) for n in range(60)]
    harness.sandbox.faults.add("throttled", on="write", skip=1)
    with pytest.raises(RetryableStoreError) as caught:
        push(harness, *((ref, 9, 1) for ref in refs))
    assert verdicts([caught.value.answered[row] for row in range(25)]) == [APPLIED] * 25
    assert (len(caught.value.answered), caught.value.still_in_flight(60)) == (25, frozenset())
    assert [harness.units(ref) for ref in refs] == [9] * 25 + [1] * 35


def test_a_key_revoked_in_the_middle(harness: WooHarness) -> None:
    refs = [harness.add(f"S{n}", 1) for n in range(60)]
    harness.sandbox.before_request(lambda _: harness.revoke(), on="write", skip=1)
    with pytest.raises(OperatorStoreError) as caught:
        push(harness, *((ref, 9, 1) for ref in refs))
    assert (sorted(caught.value.answered), caught.value.still_in_flight(60)) == (list(range(25)), frozenset())


# ---------------------------------------------------------------- listings


def test_what_must_not_be_touched_is_said(make_harness: Callable[..., WooHarness]) -> None:
    for version in ("10.5.0", "9.9.5"):
        harness = make_harness(version)
        shop = harness.shop
        shop.add_product("LIVE", 1)
        shop.add_product("DRAFT", 1, status="draft")
        shop.add_product("PRIVATE", 1, status="private")
        shop.add_product("FREE", None)
        shop.add_product("LINK", None, kind="external")
        shop.add_product("SET", None, kind="grouped")
        shop.add_product("BIN", 1, status="trash")
        shop.add_variable("TEE", {"S": 1})
        shop.add_variable("SOCK", {"red": None, "own": 3}, pool=30)
        shop.add_variable("OLD", {"S": 1}, status="draft")
        assert {x.sku: x.status for x in harness.connect().listings()} == {
            "LIVE": Status.LIVE, "DRAFT": Status.DRAFT, "PRIVATE": Status.DRAFT, "FREE": Status.UNTRACKED,
            "LINK": Status.UNTRACKED, "SET": Status.UNTRACKED, "TEE": Status.UNTRACKED, "TEE-S": Status.LIVE,
            "SOCK": Status.LIVE, "SOCK-red": Status.POOLED, "SOCK-own": Status.LIVE,
            "OLD": Status.UNTRACKED, "OLD-S": Status.DRAFT,
        }  # fmt: skip


@pytest.mark.parametrize("version", ["10.5.0", "9.9.5"])
def test_a_changed_variation_is_among_the_changed_listings(
    make_harness: Callable[..., WooHarness], version: str
) -> None:
    harness = make_harness(version)
    refs = harness.variations("TEE", {"S": 1, "M": 2})
    harness.variations("HAT", {"S": 1})
    harness.wait(3600)
    since = harness.now()
    harness.shop.set_sku(harness.product(refs[1]), "NEW")
    found = {x.ref: x.sku for x in harness.connect().listings(since)}
    assert found[refs[1]] == "NEW"
    assert not any(sku.startswith("HAT") for sku in found.values())


@pytest.mark.parametrize("version", ["10.5.0", "9.9.5"])
def test_a_list_that_moves_while_it_is_read_loses_nothing(
    make_harness: Callable[..., WooHarness], version: str
) -> None:
    harness = make_harness(version)
    refs = [harness.add(f"S{n}", 1) for n in range(450)]

    def delete(_: object) -> None:
        for ref in gone[:7]:
            harness.vanish(ref)
        del gone[:7]
        harness.add("more", 1)

    gone = refs[:40]
    harness.sandbox.before_request(delete, on="GET products", skip=1, times=5)
    found = [x.ref for x in harness.connect().listings()]
    assert set(refs[40:]) <= set(found)
    assert len(found) == len(set(found))


def test_calls_are_few(harness: WooHarness) -> None:
    for n in range(300):
        harness.add(f"S{n}", 1)
    for n in range(50):
        harness.variations(f"TEE{n}", {"S": 1, "M": 1, "L": 1})
    connector = harness.connect()
    assert sum(1 for _ in connector.read()) == 500
    assert harness.sandbox.calls.total() <= 1 + 4 + 1 + 2
    harness.sandbox.calls.clear()
    harness.wait(600)
    assert list(connector.changes(harness.now())) == []
    assert harness.sandbox.calls.total() == 3, "a quiet look"


# ---------------------------------------------------------------- secrets


def test_nothing_sends_the_secret_or_shows_it(
    harness: WooHarness, connect: Connect, refused: requests.ConnectionError
) -> None:
    ref = harness.add("A", 1)
    push(harness, (ref, 2, 1))
    assert harness.sandbox.leaks == []
    connector = connect(Script(refused))
    with pytest.raises(RetryableStoreError) as caught:
        list(connector.read(["1"]))
    assert not caught.value.sent
    assert not shows_secret(harness, caught.value)
    assert caught.value.__context__ is None, "the cause quotes the address, which on plain http holds the key"
    assert SECRET not in json.dumps([repr(vars(connector))])
