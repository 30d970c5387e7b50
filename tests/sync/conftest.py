"""One shop, `main`, on a warehouse of its own; and stages of other shape."""

from collections.abc import Iterator
from functools import partial

import pytest
import redis as redis_package

from connectors.testing.local import two_platforms
from tests.harness.installation import Installation
from tests.harness.shops import Build, harnesses


@pytest.fixture
def harness_with(redis_url: str, redis: redis_package.Redis) -> Iterator[Build]:
    """`main` alone, with rules of its own: harness_with("buffer = 2"); only="": beside `outlet`, as in tests/pool."""
    with harnesses(redis_url, two_platforms()) as build:
        yield partial(build, only="main")


@pytest.fixture
def harness(harness_with: Build) -> Installation:
    return harness_with()
