"""A stage with two shops, of two platforms where there are, on one pool; and stages of other shape."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest
import redis as redis_package

from connectors.testing.local import MakeStore, two_platforms
from tests.harness.installation import Installation
from tests.harness.shops import Build, harnesses
from tests.harness.sweeps import turns


@pytest.fixture
def harness_with(redis_url: str, redis: redis_package.Redis) -> Iterator[Build]:
    with harnesses(redis_url, two_platforms()) as build:
        yield build


@pytest.fixture
def harness(harness_with: Build) -> Installation:
    return harness_with()


@pytest.fixture(params=turns([0, 1]), ids=["first platform", "second platform"])
def another(request: pytest.FixtureRequest) -> Callable[..., MakeStore]:
    """One more shop for `more` and `join`: another(rules=""). Of one platform, then of the other."""
    return lambda **settings: partial(two_platforms()[request.param], **settings)
