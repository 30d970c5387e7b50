"""A store that refuses what is written: a person is told, nothing is set aside and nothing counts as unanswered, so
that all of it is written as soon as that is repaired."""

from collections.abc import Callable
from typing import Any

import pytest

from connectors.base import RetryableStoreError

from .harness import PoolHarness

COUNT = 20
Break = Callable[[Any], None]


def _fault(kind: str, **settings: Any) -> Break:
    return lambda store: store.sandbox.faults.add(kind, times=-1, **settings)


def _read_only(store: Any) -> None:
    for key in store.sandbox.keys.known.values():
        key.permissions = "read"


def _no_scope(store: Any) -> None:
    store.sandbox.app.scopes -= {"write_inventory"}


def _no_right(store: Any) -> None:
    """The user of the key may no longer edit products: every item is refused, inside a 200."""
    for product in store.shop.products.values():
        store.shop.refuse(product, "woocommerce_rest_cannot_edit", 403)


def _no_permission(store: Any) -> None:
    """The user of the app may no longer set stock: Shopify refuses each row, in a 200."""
    for item in store.shop.items.values():
        item.forbidden = True


def repair(store: Any) -> None:
    store.sandbox.faults.mend()
    if store.name == "main":
        store.sandbox.app.scopes |= {"write_inventory"}
        for item in store.shop.items.values():
            item.forbidden = False
        return
    for key in store.sandbox.keys.known.values():
        key.permissions = "read_write"
    for product in store.shop.products.values():
        store.shop.refuse(product, "")


REFUSALS = [
    pytest.param("outlet", _read_only, "Read/Write", id="Woo: 401 of a read-only key"),
    pytest.param("outlet", _fault("status", status=403, on="write"), "firewall", id="Woo: 403 of a firewall"),
    pytest.param("outlet", _fault("status", status=404, on="write"), "url", id="Woo: 404"),
    pytest.param("outlet", _fault("redirect", on="write"), "redirect", id="Woo: redirect"),
    pytest.param("outlet", _no_right, "cannot_edit", id="Woo: every item with one sentence"),
    pytest.param("main", _no_permission, "permission", id="Shopify: every item with one sentence"),
    pytest.param("main", _no_scope, "", id="Shopify: no right to write"),
    pytest.param("main", _fault("unauthorized", on="SetQuantities"), "", id="Shopify: 401"),
    pytest.param("main", _fault("status", status=403, on="SetQuantities"), "", id="Shopify: 403"),
    pytest.param("main", _fault("status", status=404, on="SetQuantities"), "", id="Shopify: 404"),
    pytest.param("main", _fault("redirect", on="SetQuantities"), "redirect", id="Shopify: redirect"),
]


def build(harness_with: Any, store: str) -> PoolHarness:
    harness: PoolHarness = harness_with(only=store)
    for n in range(COUNT):
        harness.add(f"S{n:02}", 10)
    harness.cycle()
    assert harness.cycle().code == 0
    for n in range(COUNT):
        harness.warehouse.set_stock(f"S{n:02}", 12)
    return harness


@pytest.mark.parametrize(("name", "breaks", "remedy"), REFUSALS)
def test_a_refused_write_is_an_operators_matter(harness_with: Any, name: str, breaks: Break, remedy: str) -> None:
    harness = build(harness_with, name)
    breaks(harness[name])
    for _ in range(2):
        done = harness.cycle()
        report = done.stores[name]
        assert (done.code, report.due, report.applied, report.deferred) == (1, COUNT, 0, COUNT), report
        assert remedy in str(report.error)
        assert (
            harness.state.notes(name, "flight") == harness.state.notes(name, "drift") == harness.quarantine(name) == {}
        )
        assert harness.breaker(name).kind == "operator"
    repair(harness[name])
    report = harness.cycle().stores[name]
    assert (report.applied, report.error) == (COUNT, None)
    assert harness.cycle().code == 0


DENIALS = [
    pytest.param("outlet", _no_right, "cannot_edit", id="Woo"),
    pytest.param("main", _no_permission, "permission", id="Shopify"),
]


@pytest.mark.parametrize(("name", "denies", "said"), DENIALS)
def test_a_right_that_is_missing_is_no_items_fault_where_only_one_is_due(
    harness_with: Any, name: str, denies: Break, said: str
) -> None:
    harness = build(harness_with, name)
    for n in range(1, COUNT):
        harness.warehouse.set_stock(f"S{n:02}", 10)
    denies(harness[name])
    done = harness.cycle()
    report = done.stores[name]
    assert (done.code, report.due, report.deferred, report.rejected) == (1, 1, 1, 0), report
    assert said in str(report.error)
    assert harness.quarantine(name) == harness.state.notes(name, "flight") == {}
    repair(harness[name])
    assert (harness.cycle().stores[name].applied, harness.cycle().code) == (1, 0)


@pytest.mark.parametrize(("name", "denies", "said"), DENIALS)
def test_a_right_that_is_missing_at_one_item_among_others_is_its_own(
    harness_with: Any, name: str, denies: Break, said: str
) -> None:
    harness = build(harness_with, name)
    denies(harness[name])
    for n in range(1, COUNT):
        if name == "main":
            harness[name].shop.variant(f"S{n:02}").item.forbidden = False
        else:
            harness[name].shop.refuse(f"S{n:02}", "")
    report = harness.cycle().stores[name]
    assert (report.applied, report.rejected, report.error) == (COUNT - 1, 1, None)
    assert [said in why for why in harness.quarantine(name).values()] == [True]


def test_what_the_store_said_of_others_beside_a_missing_right_is_kept(harness_with: Any) -> None:
    """One is gone and the rest is forbidden: the key is at fault, and the one is still gone."""
    harness = build(harness_with, "outlet")
    _no_right(harness["outlet"])
    harness["outlet"].shop.refuse("S00", "product_external_invalid_manage_stock", 400)
    report = harness.cycle().stores["outlet"]
    assert (report.applied, report.rejected, report.deferred, report.operator) == (0, 1, COUNT - 1, True)
    assert list(harness.quarantine("outlet")) == [harness["outlet"].ref("S00")]


def test_a_refusal_after_a_try_without_a_reply_leaves_that_in_in_flight(harness_with: Any) -> None:
    """Shopify is sent the same call again when no reply came; that the second try is refused says nothing of the
    first."""
    harness = build(harness_with, "main")
    harness["main"].sandbox.faults.add("late", on="SetQuantities")
    harness["main"].sandbox.faults.add("unauthorized", on="SetQuantities", times=-1)
    report = harness.cycle().stores["main"]
    assert (report.due, report.waiting, report.operator) == (COUNT, COUNT, True)
    assert len(harness.state.notes("main", "flight")) == 1
    harness["main"].sandbox.land()
    repair(harness["main"])
    report = harness.cycle().stores["main"]
    assert (report.due, report.waiting, report.error) == (COUNT, 0, None)
    assert harness["main"].shows("S00") == 12
    assert harness.state.notes("main", "flight") == {}


def test_what_was_taken_before_a_refusal_stands(harness_with: Any) -> None:
    """The key loses its right in the middle of a batch that goes out in several writes."""
    harness = build(harness_with, "outlet")
    for size in "SM":
        harness.warehouse.add(f"T-{size}", 10)
    harness["outlet"].shop.add_variable("T", dict.fromkeys("SM", 10))
    harness.later(minutes=20)
    harness.cycle()
    for size in "SM":
        harness.warehouse.set_stock(f"T-{size}", 12)
    for n in range(COUNT):
        harness.warehouse.set_stock(f"S{n:02}", 14)
    harness["outlet"].sandbox.faults.add("status", status=403, on="write", skip=1, times=-1)
    done = harness.cycle()
    report = done.stores["outlet"]
    assert (done.code, report.applied, report.deferred, report.waiting) == (1, COUNT, 2, 0)
    assert (len(harness.state.due("outlet")), harness.state.notes("outlet", "flight")) == (2, {})


def test_a_third_party_connector_may_say_nothing_of_single_items(
    harness_with: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error without a word of any item: all that was sent is in doubt."""
    harness = build(harness_with, "outlet")

    def lost(*_: object) -> Any:
        raise RetryableStoreError("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(harness["outlet"].connector, "push", lost)
        report = harness.cycle().stores["outlet"]
    assert (report.waiting, report.error) == (COUNT, "no answer")
    assert harness.cycle().stores["outlet"].applied == COUNT
