"""Shops of two platforms, `main` and `outlet`, on one warehouse, and what must hold of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from bridge.state.connect import connect
from connectors.testing.local import LocalStore, MakeStore
from tests.harness.installation import Installation

Kinds = Sequence[Callable[..., LocalStore]]
NAMES = ("main", "outlet")


@contextmanager
def harnesses(redis_url: str, kinds: Kinds) -> Iterator[Callable[..., Installation]]:
    """harness_with(main="buffer = 2", outlet=""): the rules of the two shops; kinds: what they are;
    more: further shops, name → how to build it; only: leave the other one out."""
    db = connect(redis_url)

    def build(
        main: str = "", outlet: str = "", *, only: str = "", more: Mapping[str, MakeStore] | None = None,
        kinds: Kinds = kinds, **named: Any,
    ) -> Installation:  # fmt: skip
        made = zip(NAMES, kinds, (main, outlet), strict=True)
        plans = {name: partial(kind, rules=rules) for name, kind, rules in made if not only or name == only}
        return Installation(db, {**plans, **(more or {})}, **named)

    yield build
    db.close()


def keep(harness: Installation, sku: str, most: int) -> dict[str, int]:
    """One cycle that keeps the promise → what the shops offer: nowhere more than `most`, in no write and after it."""
    harness.forget_offers()
    done = harness.cycle()
    assert not any(report.error for report in done.stores.values()), done
    assert harness.highest(sku) <= most
    shown = harness.shows(sku)
    assert max(shown.values()) <= most, shown
    return shown


def has_ended(harness: Installation, sku: str, units: int) -> None:
    """Right now in every shop, and it stays so: also after hours, and after everything was read anew."""
    everywhere = dict.fromkeys(harness.stores, units)
    assert [keep(harness, sku, units) for _ in range(2)] == [everywhere] * 2
    harness.later(hours=3)
    assert keep(harness, sku, units) == everywhere
    harness.later(hours=25)
    harness.cycle()
    assert keep(harness, sku, units) == everywhere


def lose_everything(harness: Installation) -> None:
    """Redis is lost; the next commands find the shops as they are."""
    harness.db.flushdb()
    harness.context = harness.build()


def come_to_rest(harness: Installation) -> None:
    """Long enough for a start's second reading, for lists and orders asked once more."""
    for _ in range(4):
        harness.later(minutes=40)
        harness.cycle()


def refs_of(harness: Installation, store: str) -> list[str]:
    return [x.ref for x in harness.state.every_listing(store)]
