"""What a page costs beside many stores, in questions to Redis: numbers that are the same on every machine."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import redis as redis_package

from bridge.config import parse
from bridge.ops.health import health_of
from bridge.ops.search import Search
from bridge.state import keys
from bridge.state.snapshot import WAITS, Snapshot
from bridge.status_report import gather
from bridge.sync.context import SyncContext
from bridge.web.reading import known_sku
from bridge.wiring import build
from connectors.values import replace
from tests.harness.filled import ON_HAND, fill, shops, text_of
from tests.harness.installation import Installation
from tests.harness.trips import counted

SKUS = 20
SKU = "SKU-000010"


@contextmanager
def filled(redis_url: str, stores: int, skus: int = SKUS) -> Iterator[SyncContext]:
    made = shops(stores)
    context = build(parse(text_of(made), {}), redis_url, emit=lambda *_, **__: None, connections=1)
    fill(context, made, skus)
    try:
        yield context
    finally:
        context.state.close()
        context.state.db.flushdb()


Look = Callable[[SyncContext], object]
LOOKS: list[Any] = [
    pytest.param(lambda context: gather(context, keys.KEPT_RUNS), 0, id="the overview"),
    pytest.param(lambda context: health_of(context, context.stores), 0, id="an exit code"),
    pytest.param(lambda context: known_sku(context, SKU), 1, id="a SKU: what is due is asked of each"),
    pytest.param(lambda context: Search(context).find(SKU, begin=0, end=50), 3, id="a first search"),
]


@pytest.mark.parametrize(("look", "each"), LOOKS)
def test_a_look_asks_as_often_beside_more_stores(
    redis_url: str, redis: redis_package.Redis, look: Look, each: int
) -> None:
    asked = []
    for stores in (2, 7):
        with filled(redis_url, stores) as context:
            look(context)  # what only the first one costs
            with counted(context.state.db) as trips:
                look(context)
            asked.append(len(trips))
    assert asked[1] - asked[0] <= 5 * each, asked


def test_what_is_looked_at_at_once_is_what_is_looked_at_one_by_one(redis_url: str, redis: redis_package.Redis) -> None:
    with filled(redis_url, 3, skus=2_500) as context:
        state, snapshot = context.state, Snapshot(context.state)
        for number in range(2_500):  # more than Redis tells at once
            state.db.hset(keys.of_store("store01", "reread"), f"r{number}", "1")
        snapshot.look_at(context.stores)
        for store in context.stores:
            assert snapshot.counts(store) == state.counts(store)
            assert snapshot.store_record(store) == state.store_record(store)
            for what in WAITS:
                assert snapshot.names(store, what) == state.names(store, what)
        assert len(snapshot.to_reread("store01")) == 2_500
        assert len(snapshot.notes("store00", "quarantine")) == 5
        assert snapshot.store_records(context.stores, "read_at") == {
            store: state.store_record(store) for store in context.stores
        }


def test_each_store_that_sells_a_sku_has_its_slip(redis_url: str, redis: redis_package.Redis) -> None:
    with filled(redis_url, 4) as context:
        known = known_sku(context, SKU)
        slips = {store: each["slips"] for store, each in known.report["stores"].items()}
        assert [(store, x["shown"]["number"]) for store, found in slips.items() for x in found] == [
            (store, ON_HAND) for store in context.stores
        ]
        assert {row["store"] for row in known.history.rows} == {*context.stores}
        assert [event.kind for event in known.history.events].count("shipment") == 2


def test_a_shipment_that_expires_soon_is_told_until_it_is_counted(till: Any) -> None:
    harness: Installation = till.harness
    harness.add("A", 10)
    harness.add("B", 10)
    order = harness.main.sell("A", 3)
    harness.cycle()
    harness.main.ship(order)
    harness.cycle()
    assert gather(harness.context)["expiring"] == []
    harness.later(hours=73)
    harness.cycle()
    (told,) = gather(harness.context)["expiring"]
    assert (told["sku"], told["store"], told["units"]) == ("A", "main", 3)
    harness.warehouse.set_stock("A", 7)
    harness.cycle()
    assert gather(harness.context)["expiring"] == []
    assert [each.sku for each in harness.state.source_record().expiring] == ["A"]  # until the next pruning
    old = replace(harness.state.source_record().expiring[0], sku="")
    harness.state.note_source(expiring=[old], pruned_at=harness.clock.now - timedelta(hours=1))
    assert gather(harness.context)["expiring"] == []
