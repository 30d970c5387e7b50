"""A host's cache in front of a WooCommerce shop: it is passed by where it lets itself; where it does not, nothing is
raised on its word and it is named."""

from typing import Any

import pytest

from bridge.ops.health import health_of
from connectors.base import send_once
from connectors.woocommerce.sandbox.cache import Cache
from tests.harness.sweeps import sweep


@pytest.fixture
def shops(harness: Any) -> Any:
    for sku in ("A", "B"):
        harness.add(sku, 28)
    harness.cycle()
    assert harness.cycle().code == 0
    return harness


@pytest.mark.parametrize("heeds", ["header", "query", "skip"])
def test_a_cache_is_passed_by(shops: Any, heeds: str) -> None:
    shops["outlet"].sandbox.cache = Cache(600, heeds)
    for n in range(4):
        shops["outlet"].sell("A", 2)
        assert shops.cycle().code == 0
        assert shops.shows("A") == {"main": 26 - 2 * n, "outlet": 26 - 2 * n}
    assert not shops.state.store_record("outlet").lag


@pytest.mark.parametrize("seconds", sweep([25, 8, 120], 1))
def test_no_order_is_written_over_where_a_cache_heeds_nothing(shops: Any, seconds: int) -> None:
    """The order is seen late; until then nothing is raised, and its units are not sold again."""
    outlet = shops["outlet"]
    outlet.sandbox.cache = Cache(seconds)
    for n in range(3):
        shops.cycle()
        outlet.sell("A", 2)
        for _ in range(6):
            shops.clock.advance(seconds // 3)
            shops.cycle()
            shops.session("outlet")
            assert outlet.shows("A") == 26 - 2 * n
    outlet.sandbox.cache = Cache()
    shops.cycle()
    shops.cycle()
    assert (shops.shows("A"), shops.cycle().code) == ({"main": 22, "outlet": 22}, 0)


def test_a_cache_that_answers_is_named(shops: Any) -> None:
    shops["outlet"].sandbox.cache = Cache(600)
    shops.cycle(full=True)
    assert shops.cycle(full=True).code == 1
    assert "a cache answers in the shop's place" in health_of(shops.context, ["outlet"]).sentence


@pytest.mark.parametrize(
    ("heeds", "words"), [("nothing", ["A cache answers for this store"]), ("skip", []), ("query", [])]
)
def test_check_says_when_a_cache_answers(shops: Any, heeds: str, words: list[str]) -> None:
    shops["outlet"].sandbox.cache = Cache(600, heeds)
    connector = shops.open_store(shops.context.settings, "outlet", send_once, shops.clock)
    connector.check()
    shops.later(seconds=20)
    warnings = [each for each in connector.check().warnings if "cache" in each]
    assert len(warnings) == len(words)
    assert all(word in warning for word, warning in zip(words, warnings, strict=True))
