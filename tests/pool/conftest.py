"""A stage with a Shopify shop `main` and a WooCommerce shop `outlet` on one pool, and stages of other shape."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import redis as redis_package

from bridge.state.connect import connect

from .harness import PoolHarness, ShopifyStore, WooStore


@pytest.fixture
def harness_with(redis_url: str, redis: redis_package.Redis) -> Iterator[Callable[..., PoolHarness]]:
    """harness_with(main="buffer = 2", outlet=""): the rules of the two shops; woo: settings of the WooCommerce
    shop (version, utc_offset); more: further shops, name → how to build it; only: leave the other one out."""
    db = connect(redis_url)

    def build(
        main: str = "", outlet: str = "", *, only: str = "", woo: Any = None, more: Any = None, **named: Any
    ) -> PoolHarness:
        plans: dict[str, Any] = {
            "main": partial(ShopifyStore, rules=main), "outlet": partial(WooStore, rules=outlet, **(woo or {}))
        }  # fmt: skip
        chosen = {name: plan for name, plan in plans.items() if not only or name == only}
        return PoolHarness(db, {**chosen, **(more or {})}, **named)

    yield build
    db.close()


@pytest.fixture
def harness(harness_with: Callable[..., PoolHarness]) -> PoolHarness:
    return harness_with()


@pytest.fixture
def woo() -> Callable[..., Any]:
    """One more WooCommerce shop for `more` and `join`: woo(rules="", version=…)."""
    return lambda **settings: partial(WooStore, **settings)


@pytest.fixture
def shopify() -> Callable[..., Any]:
    """The same for a Shopify shop."""
    return lambda **settings: partial(ShopifyStore, **settings)
