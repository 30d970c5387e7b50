"""What only WooCommerce does, played through the whole bridge: `outlet` is such a shop, `main` one of another platform
where there is one."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import pytest
import redis as redis_package

from connectors.testing.local import two_platforms
from connectors.woocommerce.sandbox.local import LocalStore
from tests.harness.installation import Installation
from tests.harness.shops import Build, harnesses


@pytest.fixture
def harness_with(redis_url: str, redis: redis_package.Redis) -> Iterator[Build]:
    """As in tests/pool; shop: settings of the WooCommerce shop (version, utc_offset)."""
    with harnesses(redis_url, ()) as build:

        def with_woo(*rules: str, shop: Mapping[str, Any] | None = None, **named: Any) -> Installation:
            return build(*rules, kinds=(two_platforms()[0], partial(LocalStore, **(shop or {}))), **named)

        yield with_woo


@pytest.fixture
def harness(harness_with: Build) -> Installation:
    return harness_with()
