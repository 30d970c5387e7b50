"""A Shopify shop `main` on a warehouse of its own, and what is seen of it."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest
import redis as redis_package

from bridge.state.connect import connect
from connectors.shopify.sandbox import Location, Order, Sandbox, Shop
from connectors.shopify.sandbox.local import LocalStore
from tests.harness.installation import Installation


class Harness(Installation):
    """Where no store is named, `main` is meant."""

    @property
    def shop(self) -> Shop:
        return self.shop_of("main")

    @property
    def sandbox(self) -> Sandbox:
        found: Sandbox = self["main"].sandbox
        return found

    @property
    def location(self) -> Location:
        return self.shop.location()

    def shop_of(self, store: str) -> Shop:
        found: Shop = self[store].shop
        return found

    def sell(self, sku: str, units: int, *, store: str = "main", **named: Any) -> Order:
        return self.shop_of(store).place_order({sku: units}, **named)

    def available(self, sku: str, store: str = "main") -> int:
        return self.shop_of(store).level(sku).available

    def on_hand(self, sku: str, store: str = "main") -> int:
        return self.shop_of(store).level(sku).on_hand

    def ref(self, sku: str, store: str = "main") -> str:
        return self.shop_of(store).variant(sku).item.id

    def writes(self, store: str = "main") -> int:
        count: int = self[store].writes
        return count

    def due(self, store: str = "main") -> set[str]:
        """By SKU."""
        return {self.shop_of(store).items[ref].sku for ref in self.state.due(store)}


@pytest.fixture
def harness_with(redis_url: str, redis: redis_package.Redis) -> Iterator[Callable[..., Harness]]:
    """A stage with rules of its own: `harness_with(rules="buffer = 2")`; more: further stores and their rules."""
    db = connect(redis_url)

    def build(rules: str = "", more: Mapping[str, str] | None = None, **named: Any) -> Harness:
        every = {"main": rules, **(more or {})}
        plans: dict[str, Any] = {name: partial(LocalStore, rules=text) for name, text in every.items()}
        return Harness(db, plans, **named)

    yield build
    db.close()


@pytest.fixture
def harness(harness_with: Callable[..., Harness]) -> Harness:
    return harness_with()
