"""What only Shopify does, played through the whole bridge: `main` is such a shop, `outlet` one of another platform
where there is one."""

from collections.abc import Iterator

import pytest
import redis as redis_package

from connectors.shopify.sandbox.local import LocalStore
from connectors.testing.local import two_platforms
from tests.harness.installation import Installation
from tests.harness.shops import Build, harnesses


@pytest.fixture
def harness_with(redis_url: str, redis: redis_package.Redis) -> Iterator[Build]:
    """As in tests/pool."""
    with harnesses(redis_url, (LocalStore, two_platforms()[1])) as build:
        yield build


@pytest.fixture
def harness(harness_with: Build) -> Installation:
    return harness_with()


@pytest.fixture
def alone(harness_with: Build) -> Installation:
    """`main` by itself."""
    return harness_with(only="main")
