"""Webhooks are hints: one has its store read at once, no number of theirs is written, and what they miss the poll
finds."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis as redis_package

from bridge import overlap, tasks
from bridge.alerts.gather import bounds, facts
from bridge.core.conditions import conditions
from bridge.core.subscriptions import Registered
from bridge.looks import due
from bridge.ops.health import health_of
from bridge.ops.webhooks import register, remove
from bridge.state import keys
from bridge.state.change import Change
from bridge.state.deliveries import KEPT, MOST_TOPICS, Rest
from bridge.sync.cycle import run_session
from bridge.sync.timetable import proof_since
from bridge.sync.webhooks import Delivery, take
from connectors.base import Reading, RetryableStoreError
from connectors.skills import Hint
from connectors.testing.local import two_platforms
from connectors.values import replace
from tests.harness.hooked import Hooks, Receiving, hooked
from tests.harness.installation import Installation
from tests.harness.shops import Build, harnesses

PUBLIC = "https://stock.example.com"
ORDERS, LISTINGS = Hint("orders/changed", "orders"), Hint("products/changed", "listings")


@pytest.fixture
def two(redis_url: str, redis: redis_package.Redis) -> Iterator[Installation]:
    """Two shops that were read and written a moment ago, polled every five minutes."""
    with harnesses(redis_url, two_platforms()) as build:
        yield calm(build(source_lines='poll = "5m"'))


@pytest.fixture
def one(harness_with: Build) -> Installation:
    return calm(harness_with(source_lines='poll = "5m"'))


def calm(harness: Installation) -> Installation:
    for sku in ("A", "B"):
        harness.add(sku, 10)
    for minutes in (0, 3):
        harness.later(minutes=minutes)
        assert harness.cycle().code == 0
    return harness


def told(harness: Installation, *hints: Hint, store: str = "main", rest: Rest | None = None) -> None:
    take(harness.context, store, [Delivery(harness.clock(), hint) for hint in hints], rest or Rest())


def visited(harness: Installation) -> list[str]:
    """Stores that a look would have read now."""
    return [store for what, store in due(harness.context) if what == "push"]


def verdicts(harness: Installation) -> list[str]:
    return [x.verdict for x in harness.state.deliveries("main")]


def shows(harness: Installation, sku: str, available: int) -> Hint:
    ref = harness.main.ref(sku)
    location = next(iter(harness.state.store_stock("main", [ref])[ref]))
    return Hint("stock/changed", "stock", shows=Reading(ref, location, available, None, available))


def test_a_hint_is_answered_by_the_next_session_and_once(one: Installation) -> None:
    assert visited(one) == []
    told(one, *[ORDERS] * 3)
    assert visited(one) == ["main"]
    one.session()
    assert visited(one) == []
    assert verdicts(one) == ["read at once"] * 3


def test_a_sale_lowers_the_other_shop_without_a_poll(two: Installation) -> None:
    two.main.sell("A", 2)
    told(two, ORDERS)
    assert visited(two) == ["main"]
    report = two.session("main")
    assert report.made_due == {"outlet"}
    two.session("outlet")
    assert two.shows("A") == {"main": 8, "outlet": 8}


def test_a_worker_sends_somebody_to_the_other_shop_at_once(
    two: Installation, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though it was read a moment ago: what is due waits there for five seconds otherwise."""
    sent = list[str]()
    for name, value in {"STOCKBRIDGE_CONFIG_TOML": two.text, "REDIS_URL": redis_url}.items():
        monkeypatch.setenv(name, value)  # Celery asks for them
    monkeypatch.setattr(tasks, "context", lambda: two.context)
    monkeypatch.setattr(tasks.push, "delay", sent.append)
    two.main.sell("A", 2)
    told(two, ORDERS)
    tasks.push("main")
    overlap.join_begun()
    assert sent == ["outlet"]
    two.main.sell("A", 1)
    tasks.push("main")
    overlap.join_begun()
    assert sent == ["outlet"], "nothing told of that one, and a poll would be two"


def test_what_no_webhook_told_of_asks_for_no_further_session(two: Installation) -> None:
    """Else each poll would be two."""
    two.main.sell("A", 2)
    assert two.session("main").made_due == set()


def test_what_a_session_under_way_has_found_follows_as_well(two: Installation) -> None:
    """The webhook comes while the session reads, so the one that answers it finds nothing any more."""
    two.main.sell("A", 2)
    two.main.sandbox.before_request(lambda _: told(two, ORDERS), times=1)
    assert two.session("main").made_due == {"outlet"}
    assert two.session("main").made_due == set()


def test_a_hint_that_comes_during_a_session_stands_for_the_next(one: Installation) -> None:
    told(one, ORDERS)
    one.main.sandbox.before_request(lambda _: told(one, ORDERS), times=1)
    one.session()
    one.later(seconds=30)
    assert visited(one) == ["main"]
    one.session()
    one.later(seconds=60)
    assert visited(one) == []


def test_a_session_that_fails_answers_no_hint(one: Installation) -> None:
    told(one, ORDERS)
    one.main.go_down()
    assert one.session().error
    assert visited(one) == [], "it recovers"
    one.main.restore()
    one.later(minutes=1)
    assert visited(one) == ["main"]
    one.session()
    assert not one.state.store_record("main").is_hinted


def test_sessions_that_find_nothing_come_less_and_less_often(one: Installation) -> None:
    """A flood for nothing for two minutes → sessions, each second being a look."""
    sessions = 0
    for _ in range(120):
        told(one, ORDERS)
        one.later(seconds=1)
        if visited(one):
            run_session(one.context, "main", full=False, proof=proof_since)
            sessions += 1
    assert 5 < sessions < 12
    one.main.sell("A", 1)
    one.later(seconds=60)
    told(one, ORDERS)
    one.session()
    assert one.state.store_record("main").hints_read.idle == 0


def test_an_edited_sku_is_mapped_at_once(one: Installation) -> None:
    one.main.rename("A", "A2")
    told(one, LISTINGS)
    one.session()
    ref = one.main.ref("A2")
    assert one.state.listings("main", [ref])[ref].sku == "A2"


def test_an_order_asks_for_no_listings(one: Installation) -> None:
    one.main.rename("A", "A2")
    told(one, ORDERS)
    one.session()
    ref = one.main.ref("A2")
    assert one.state.listings("main", [ref])[ref].sku == "A"


def test_the_echo_of_our_own_write_causes_nothing(one: Installation) -> None:
    one.warehouse.set_stock("A", 4)
    one.cycle()
    told(one, shows(one, "A", 4))
    assert (visited(one), verdicts(one)) == ([], ["echo"])
    told(one, shows(one, "A", 3))
    assert (visited(one), verdicts(one)[0]) == (["main"], "read at once")


def test_a_number_of_a_hint_is_believed_by_nobody(one: Installation) -> None:
    told(one, shows(one, "A", 3))
    one.session()
    assert one.shows("A") == {"main": 10}
    ref = one.main.ref("A")
    assert [x.available for x in one.state.store_stock("main", [ref])[ref].values()] == [10]
    assert "shows" not in str(one.db.xrange(keys.of_store("main", "deliveries")))


def test_a_delivery_that_is_repeated_is_known_by_its_id_for_five_hours(one: Installation) -> None:
    first = Hint("orders/changed", "orders", id="d1")
    told(one, first, first)
    assert verdicts(one) == ["double", "read at once"]
    one.later(hours=4, minutes=59)
    told(one, first)
    assert verdicts(one)[0] == "double"
    one.later(minutes=2)
    told(one, first)
    assert verdicts(one)[0] == "read at once"


def test_what_a_double_asked_for_is_not_lost_where_the_first_was(one: Installation) -> None:
    """The mark and the id are one change."""
    told(one, Hint("orders/changed", "orders", id="d1"))
    told(one, Hint("orders/changed", "orders", id="d1"))
    assert visited(one) == ["main"]


def test_that_the_key_was_taken_back_is_found_out_by_asking(one: Installation) -> None:
    """A person sees it with a remedy; what only says so, with a key that works, stops nothing."""
    told(one, Hint("app/uninstalled", "gone"))
    assert (visited(one), verdicts(one)) == (["main"], ["gone"])
    assert one.session().error is None
    one.main.revoke()
    one.later(minutes=1)
    told(one, Hint("app/uninstalled", "gone"))
    report = one.session()
    assert report.operator
    assert one.breaker().needs_person
    one.main.restore()
    one.later(minutes=16)
    assert one.session().error is None
    assert one.breaker() is None


def test_what_is_kept_is_bounded(one: Installation) -> None:
    for start in range(0, 600, 100):
        told(one, *[Hint(f"topic/{n}", "orders", id=f"d{n}", about="x" * 999) for n in range(start, start + 100)])
    assert len(one.state.deliveries("main")) == KEPT
    assert len(one.state.topics("main")) == MOST_TOPICS
    assert max(len(x.about) for x in one.state.deliveries("main")) == 200


def test_when_a_topic_last_came_is_known(one: Installation) -> None:
    told(one, ORDERS)
    then = one.clock()
    one.later(hours=1)
    told(one, LISTINGS)
    assert one.state.topics("main") == {"orders/changed": then, "products/changed": then + timedelta(hours=1)}


def test_pings_push_nothing_out_of_the_log(one: Installation) -> None:
    """Nobody signs them."""
    for _ in range(5):
        told(one, *[Hint("ping", "nothing")] * 5)
        assert not one.state.store_record("main").is_hinted
        one.later(minutes=59)
    assert verdicts(one) == ["of no use"]
    one.later(minutes=2)
    told(one, Hint("ping", "nothing"))
    assert len(verdicts(one)) == 2


def test_a_beginning_anew_forgets_hints_and_reads_everything(one: Installation) -> None:
    told(one, ORDERS)
    one.db.delete(keys.LEVELS)
    assert not one.state.ensure_whole()
    assert not one.state.store_record("main").is_hinted
    assert one.cycle().code == 0


def test_what_waits_in_the_other_shop_for_a_proof_is_not_asked_for_with_each_hint(two: Installation) -> None:
    two.state.commit(Change(due=[("outlet", two["outlet"].ref("B"))]))
    told(two, ORDERS)
    assert two.session("main").made_due == set()


# -- what the store keeps for us -------------------------------------------------------------------------


@pytest.fixture
def hooks() -> Hooks:
    return Hooks()


@pytest.fixture
def registered(harness_with: Build, hooks: Hooks) -> Installation:
    """`main`, with webhooks that a person had registered."""
    harness = calm(harness_with(settings=f'[web]\npublic_url = "{PUBLIC}"\n'))
    harness.context = hooked(harness.context, {"main": hooks})
    register(harness.context, "main", "ann")
    return harness


def known(harness: Installation) -> Registered:
    found = harness.state.store_record("main").webhooks
    assert found is not None
    return found


def test_what_the_store_dropped_is_put_back_within_a_quarter_of_an_hour(registered: Installation, hooks: Hooks) -> None:
    hooks.kept.popitem()
    registered.cycle()
    assert len(hooks.kept) == 1, "it is not asked with every session"
    registered.later(minutes=15)
    registered.cycle()
    assert (len(hooks.kept), known(registered).restored, known(registered).active) == (2, 1, 2)
    assert ("webhooks put back", {"store": "main", "count": 1}) in registered.events
    assert health_of(registered.context, ["main"]).code == 0
    told = conditions(facts(registered.context, {}), bounds(registered.context), registered.clock())
    assert list(told) == ["webhooks-restored:main"]
    registered.later(hours=25)
    registered.cycle()
    assert conditions(facts(registered.context, {}), bounds(registered.context), registered.clock()) == {}


def test_one_that_is_disabled_or_delivers_elsewhere_counts_as_dropped(registered: Installation, hooks: Hooks) -> None:
    first, second = hooks.kept
    hooks.kept[first] = replace(hooks.kept[first], is_active=False)
    hooks.kept[second] = replace(hooks.kept[second], address="https://old.example.com/webhooks/main")
    registered.later(minutes=15)
    registered.cycle()
    assert known(registered).restored == 2
    assert all(x.is_active and x.address.startswith(PUBLIC) for x in hooks.kept.values())


def test_a_store_that_takes_them_no_more_needs_a_person_and_is_read_on(registered: Installation, hooks: Hooks) -> None:
    hooks.kept.clear()
    hooks.refuses = "The key may not change webhooks."
    registered.later(minutes=15)
    assert registered.cycle().stores["main"].error is None
    found = health_of(registered.context, ["main"])
    assert (found.code, "its webhooks cannot be put back: The key may not change webhooks;" in found.sentence) == (
        1,
        True,
    )
    hooks.refuses = ""
    registered.later(minutes=15)
    registered.cycle()
    assert health_of(registered.context, ["main"]).code == 0


def test_a_store_that_does_not_answer_is_asked_again(registered: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(_: object) -> None:
        raise RetryableStoreError("HTTP 503")

    monkeypatch.setattr(Receiving, "webhooks", busy)
    registered.later(minutes=15)
    assert registered.cycle().stores["main"].error is None
    assert known(registered).error is None


def test_that_they_are_registered_outlives_a_loss_of_what_can_be_read_again(registered: Installation) -> None:
    registered.db.delete(keys.LEVELS)
    registered.state.ensure_whole()
    assert known(registered).by == "ann"


def test_what_was_removed_is_not_put_back(registered: Installation, hooks: Hooks) -> None:
    remove(registered.context, "main", "ann")
    registered.later(minutes=15)
    registered.cycle()
    assert (hooks.kept, registered.state.store_record("main").webhooks) == ({}, None)
