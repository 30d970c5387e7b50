"""A store that refuses what is written: a person is told, nothing is set aside and nothing counts as unanswered, so
that all of it is written as soon as that is repaired."""

from collections.abc import Callable
from typing import Any

import pytest

from connectors.base import RetryableStoreError

from .stage import Stage

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


def build(stage_with: Any, store: str) -> Stage:
    stage: Stage = stage_with(only=store)
    for n in range(COUNT):
        stage.add(f"S{n:02}", 10)
    stage.cycle()
    assert stage.cycle().code == 0
    for n in range(COUNT):
        stage.warehouse.set_stock(f"S{n:02}", 12)
    return stage


@pytest.mark.parametrize(("name", "breaks", "remedy"), REFUSALS)
def test_a_refused_write_is_an_operators_matter(stage_with: Any, name: str, breaks: Break, remedy: str) -> None:
    stage = build(stage_with, name)
    breaks(stage[name])
    for _ in range(2):
        done = stage.cycle()
        report = done.stores[name]
        assert (done.code, report.due, report.applied, report.deferred) == (1, COUNT, 0, COUNT), report
        assert remedy in str(report.error)
        assert stage.state.notes(name, "flight") == stage.state.notes(name, "drift") == stage.quarantine(name) == {}
        assert stage.trouble(name).kind == "operator"
    repair(stage[name])
    report = stage.cycle().stores[name]
    assert (report.applied, report.error) == (COUNT, None)
    assert stage.cycle().code == 0


DENIALS = [
    pytest.param("outlet", _no_right, "cannot_edit", id="Woo"),
    pytest.param("main", _no_permission, "permission", id="Shopify"),
]


@pytest.mark.parametrize(("name", "denies", "said"), DENIALS)
def test_a_right_that_is_missing_is_no_items_fault_where_only_one_is_due(
    stage_with: Any, name: str, denies: Break, said: str
) -> None:
    stage = build(stage_with, name)
    for n in range(1, COUNT):
        stage.warehouse.set_stock(f"S{n:02}", 10)
    denies(stage[name])
    done = stage.cycle()
    report = done.stores[name]
    assert (done.code, report.due, report.deferred, report.rejected) == (1, 1, 1, 0), report
    assert said in str(report.error)
    assert stage.quarantine(name) == stage.state.notes(name, "flight") == {}
    repair(stage[name])
    assert (stage.cycle().stores[name].applied, stage.cycle().code) == (1, 0)


@pytest.mark.parametrize(("name", "denies", "said"), DENIALS)
def test_a_right_that_is_missing_at_one_item_among_others_is_its_own(
    stage_with: Any, name: str, denies: Break, said: str
) -> None:
    stage = build(stage_with, name)
    denies(stage[name])
    for n in range(1, COUNT):
        if name == "main":
            stage[name].shop.variant(f"S{n:02}").item.forbidden = False
        else:
            stage[name].shop.refuse(f"S{n:02}", "")
    report = stage.cycle().stores[name]
    assert (report.applied, report.rejected, report.error) == (COUNT - 1, 1, None)
    assert [said in why for why in stage.quarantine(name).values()] == [True]


def test_what_the_store_said_of_others_beside_a_missing_right_is_kept(stage_with: Any) -> None:
    """One is gone and the rest is forbidden: the key is at fault, and the one is still gone."""
    stage = build(stage_with, "outlet")
    _no_right(stage["outlet"])
    stage["outlet"].shop.refuse("S00", "product_external_invalid_manage_stock", 400)
    report = stage.cycle().stores["outlet"]
    assert (report.applied, report.rejected, report.deferred, report.operator) == (0, 1, COUNT - 1, True)
    assert list(stage.quarantine("outlet")) == [stage["outlet"].ref("S00")]


def test_a_refusal_after_a_try_without_a_reply_leaves_that_in_in_flight(stage_with: Any) -> None:
    """Shopify is sent the same call again when no reply came; that the second try is refused says nothing of the
    first."""
    stage = build(stage_with, "main")
    stage["main"].sandbox.faults.add("late", on="SetQuantities")
    stage["main"].sandbox.faults.add("unauthorized", on="SetQuantities", times=-1)
    report = stage.cycle().stores["main"]
    assert (report.due, report.waiting, report.operator) == (COUNT, COUNT, True)
    assert len(stage.state.notes("main", "flight")) == 1
    stage["main"].sandbox.land()
    repair(stage["main"])
    report = stage.cycle().stores["main"]
    assert (report.due, report.waiting, report.error) == (COUNT, 0, None)
    assert stage["main"].shows("S00") == 12
    assert stage.state.notes("main", "flight") == {}


def test_what_was_taken_before_a_refusal_stands(stage_with: Any) -> None:
    """The key loses its right in the middle of a batch that goes out in several writes."""
    stage = build(stage_with, "outlet")
    for size in "SM":
        stage.warehouse.add(f"T-{size}", 10)
    stage["outlet"].shop.add_variable("T", dict.fromkeys("SM", 10))
    stage.later(minutes=20)
    stage.cycle()
    for size in "SM":
        stage.warehouse.set_stock(f"T-{size}", 12)
    for n in range(COUNT):
        stage.warehouse.set_stock(f"S{n:02}", 14)
    stage["outlet"].sandbox.faults.add("status", status=403, on="write", skip=1, times=-1)
    done = stage.cycle()
    report = done.stores["outlet"]
    assert (done.code, report.applied, report.deferred, report.waiting) == (1, COUNT, 2, 0)
    assert (len(stage.state.due("outlet")), stage.state.notes("outlet", "flight")) == (2, {})


def test_a_third_party_connector_may_say_nothing_of_single_items(
    stage_with: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error without a word of any item: all that was sent is in doubt."""
    stage = build(stage_with, "outlet")

    def lost(*_: object) -> Any:
        raise RetryableStoreError("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(stage["outlet"].connector, "push", lost)
        report = stage.cycle().stores["outlet"]
    assert (report.waiting, report.error) == (COUNT, "no answer")
    assert stage.cycle().stores["outlet"].applied == COUNT
