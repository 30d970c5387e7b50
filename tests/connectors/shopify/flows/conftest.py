"""What only Shopify does, played through the whole bridge: `main` is such a shop, `outlet` one of another platform
where there is one."""

from collections.abc import Callable, Iterator

import pytest
import redis as redis_package

from connectors.shopify.sandbox.local import LocalStore
from connectors.testing.local import two_platforms
from tests.harness.installation import Installation
from tests.pool.harness import harnesses


@pytest.fixture
def harness_with(redis_url: str, redis: redis_package.Redis) -> Iterator[Callable[..., Installation]]:
    """As in tests/pool."""
    with harnesses(redis_url, (LocalStore, two_platforms()[1])) as build:
        yield build


@pytest.fixture
def harness(harness_with: Callable[..., Installation]) -> Installation:
    return harness_with()
