"""Whole rounds on the wire: recorded once, replayed without any server.

The recordings were made against the sandboxes of this repository, and each file says so. They pin what we
send and how we read the answers; that the sandboxes speak like the real services is proved elsewhere
(the schema, the documents' own examples). Record anew with STOCKBRIDGE_RECORD=1.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis as redis_package
import vcr
import yaml

from bridge.config import parse
from bridge.ops.cycle import run_cycle
from bridge.state.connect import connect
from bridge.sync.context import SyncContext
from bridge.sync.cycle import Cycle
from bridge.threeplguys import sandbox as threepl
from bridge.wiring import build
from connectors.shopify.sandbox import ManualClock, serve
from connectors.shopify.sandbox.local import LocalStore
from connectors.testing.local import NOWHERE
from connectors.values import replace
from tests.harness.warehouse import LocalWarehouse

CASSETTES = Path(__file__).parent / "cassettes"
LABEL = "the stand-ins of this repository over loopback, never a real service"


class Labelled:
    """A cassette that says what it was recorded against."""

    @staticmethod
    def serialize(cassette: dict[str, Any]) -> str:
        text: str = yaml.safe_dump({"recorded_against": LABEL, **cassette}, sort_keys=False, allow_unicode=True)
        return text

    @staticmethod
    def deserialize(text: str) -> Any:
        return yaml.safe_load(text)


def without_secrets(request: Any) -> Any:
    """Neither tokens nor what differs from run to run are kept."""
    request.uri = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:9", request.uri)
    request.uri = re.sub(r"(consumer_(?:key|secret))=[^&]*", r"\1=", request.uri)
    # How long an answer took moves the next window by milliseconds.
    request.uri = re.sub(r"(updatedSince=[^.&]*)\.\d+Z", r"\1.000Z", request.uri)
    for name in ("authorization", "x-shopify-access-token", "host"):
        request.headers.pop(name, None)
    return request


def same_operation(one: Any, other: Any) -> None:
    """GraphQL goes to one address: the document and its variables say what is asked. Keys are fresh each time."""
    assert _asked(one) == _asked(other)


def _asked(request: Any) -> object:
    if not request.body:
        return None
    body = json.loads(request.body)
    variables = {name: value for name, value in body["variables"].items() if name != "key"}
    if isinstance(variables.get("query"), str):  # a first look at orders begins ten days before the day of the test
        variables["query"] = re.sub(r"updated_at:>='[^']*'", "updated_at:>='…'", variables["query"])
    variables.get("input", {}).pop("referenceDocumentUri", None)
    return body["query"], variables


def recorder() -> Any:
    own = vcr.VCR(
        cassette_library_dir=str(CASSETTES),
        record_mode="all" if os.environ.get("STOCKBRIDGE_RECORD") else "none",
        match_on=["method", "path", "query", "operation"],
        before_record_request=without_secrets,
        serializer="labelled",
        decode_compressed_response=True,
    )
    own.register_serializer("labelled", Labelled)
    own.register_matcher("operation", same_operation)
    return own


class World:
    """Both sandboxes, and the acts of one story. While replaying nobody listens and every act is skipped."""

    def __init__(self) -> None:
        self.clock = ManualClock(datetime(2026, 11, 20, 8, tzinfo=UTC))
        self.live = bool(os.environ.get("STOCKBRIDGE_RECORD"))
        self.local, self.store = LocalWarehouse(self.clock), LocalStore("main", self.clock)
        self.warehouse, self.shop = self.local.world, self.store.shop

    @contextmanager
    def served(self) -> Iterator[str]:
        """→ the configuration."""
        if not self.live:
            yield self.local.section() + self.store.section
            return
        with threepl.serve(self.local.sandbox) as source, serve(self.store.sandbox) as shop:
            yield self.local.section(url=source.url) + self.store.section.replace(NOWHERE, shop.url)

    def act(self, work: Callable[[], object]) -> None:
        if self.live:
            work()


@contextmanager
def played(name: str, url: str, world: World) -> Iterator[Callable[[], Cycle]]:
    """A function that plays one cycle, a minute later."""
    with world.served() as text, recorder().use_cassette(f"{name}.yaml") as cassette:
        context: SyncContext = build(parse(text, {}), url, emit=lambda *_, **__: None)
        context = replace(context, now=lambda: world.clock.now, wait=lambda _: None)

        def next_cycle() -> Cycle:
            world.clock.advance(timedelta(minutes=1).total_seconds())
            return run_cycle(context)

        yield next_cycle
        context.state.db.close()
        idle = [] if world.live else [x.uri for n, x in enumerate(cassette.requests) if not cassette.play_counts[n]]
        # A page asked for ahead of time may be called off before it is read.
        assert [uri for uri in idle if "/inventory/products" not in uri or "skip=0&" in uri] == []


@pytest.fixture
def url(redis_url: str, redis: redis_package.Redis) -> Iterator[str]:
    db = connect(redis_url)
    yield redis_url
    db.close()


@pytest.mark.states("3pl.guide.next.shopify")
def test_first_sync_then_a_sale_a_receipt_and_a_shipment(url: str) -> None:
    world = World()

    def stock() -> None:
        for n in range(3):
            world.warehouse.add(f"SKU-{n}", 20)
            world.shop.add_variant(f"SKU-{n}", on_hand=15 + n)
        world.shop.add_variant("NOT-OURS", on_hand=9)

    world.act(stock)
    with played("a_week_in_the_shop", url, world) as next_cycle:
        first = next_cycle()
        world.act(lambda: world.shop.place_order({"SKU-0": 5}))
        world.act(lambda: world.warehouse.receive("SKU-1", 10))
        second = next_cycle()
        world.act(lambda: world.warehouse.forward("SKU-0", 5))
        world.act(lambda: world.shop.fulfil("#1001"))
        third = next_cycle()
    assert (first.stores["main"].applied, second.stores["main"].applied, third.stores["main"].applied) == (3, 1, 0)
    assert (first.code, second.code, third.code) == (0, 0, 0)
    if world.live:
        shown = [world.store.shows(f"SKU-{n}") for n in range(3)]
        assert shown == [15, 30, 20]


def test_one_poisoned_and_one_vanished_item(url: str) -> None:
    world = World()

    variants: dict[str, Any] = {}

    def stock() -> None:
        for sku in ("GOOD", "KIT", "GONE"):
            world.warehouse.add(sku, 8)
            variants[sku] = world.shop.add_variant(sku, on_hand=5)

    world.act(stock)
    with played("poisoned_rows", url, world) as next_cycle:
        next_cycle()
        world.act(lambda: [world.warehouse.receive(sku, 2) for sku in ("GOOD", "KIT", "GONE")])
        world.act(lambda: variants["KIT"].components.update({variants["GOOD"].id: 1}))
        world.act(lambda: world.shop.delete_variant("GONE"))
        done = next_cycle().stores["main"]
    assert (done.applied, done.rejected, done.missing) == (1, 1, 1)


def test_cassettes_name_what_they_were_recorded_against_and_hold_no_token() -> None:
    texts = {path.name: path.read_text() for path in CASSETTES.glob("*.yaml")}
    assert len(texts) == 2
    for text in texts.values():
        assert text.startswith(f"recorded_against: {LABEL}")
        assert "shpat_" not in text
        assert "3pl_" not in text
