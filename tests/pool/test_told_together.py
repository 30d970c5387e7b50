"""Where a store tells its listings together with what it shows, the bridge comes to know and to write the same as where
it asks for one after the other."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from bridge.core.owed import noted_skus, units_of
from connectors.base import StoreConnector
from connectors.skills import ListsWithReadings
from tests.harness.installation import Installation
from tests.harness.shops import Build, tell_apart
from tests.harness.sweeps import sweep
from tests.pool.harness import stocked

SKILL = "listings_with_readings"
STEPS = 6


def known(harness: Installation) -> dict[str, Any]:
    """What the bridge knows of each shop, without when it came to know it, and what it wrote."""
    found: dict[str, Any] = {}
    state = harness.state
    for name, shop in harness.stores.items():
        listings = {x.ref: x for x in state.every_listing(name)}
        shown = state.store_stock(name, sorted(listings))
        numbers = {(ref, place): k for ref, places in shown.items() for place, k in places.items()}
        found[name] = {
            "listings": sorted((x.ref, x.sku, x.title, x.status) for x in listings.values()),
            "shown": {x: (k.available, k.committed, k.on_hand, k.stocked, k.last_target) for x, k in numbers.items()},
            "owed": {ref: (units_of(x), noted_skus(x)) for ref, x in state.every_owed(name)},
            "due": sorted(state.due(name)),
            "drift": sorted(state.drifts(name)),
            "doubted": state.store_record(name).doubted_list is not None,
            "wrote": list(shop.offered),
        }
    skus = sorted({sku for told in found.values() for _, sku, *_ in told["listings"] if sku})
    ledgers = {sku: ledger for sku, (_, ledger) in state.ledgers(skus).items()}
    return found | {"unconfirmed": {sku: sorted(claim.units for claim in x.claims) for sku, x in ledgers.items()}}


class History:
    """One random history of two shops. skus, sold: what each shop sells, and its orders that are open."""

    def __init__(self, harness: Installation, seed: int) -> None:
        self.harness, self.dice, self.made = harness, Random(seed), 0
        self.skus = {name: [f"S{n}" for n in range(8)] for name in harness.stores}
        self.sold: dict[str, list[Any]] = {name: [] for name in harness.stores}

    def step(self) -> None:
        """One of the things that happen, in one of the shops."""
        name = self.dice.choice(sorted(self.harness.stores))
        steps = (self.sell, self.sell, self.end_order, self.edit, self.name_anew, self.swap, self.delete, self.add)
        self.made += 1
        self.dice.choice(steps)(self.harness[name], self.skus[name], self.sold[name])
        self.harness.warehouse.set_stock(f"S{self.dice.randrange(8)}", self.dice.randint(5, 30))

    def sell(self, shop: Any, skus: list[str], sold: list[Any]) -> None:
        if shop.shows(sku := self.dice.choice(skus)) >= 2:
            sold.append(shop.sell(sku, self.dice.randint(1, 2)))

    def end_order(self, shop: Any, _: list[str], sold: list[Any]) -> None:
        for order in sold[:1]:
            self.dice.choice((shop.ship, shop.cancel))(order)
        del sold[:1]

    def edit(self, shop: Any, skus: list[str], _: list[Any]) -> None:
        shop.edit(self.dice.choice(skus), self.dice.randint(0, 30))

    def name_anew(self, shop: Any, skus: list[str], _: list[Any]) -> None:
        shop.rename(skus[0], f"R{self.made}")
        skus[:1] = [f"R{self.made}"]
        self.dice.shuffle(skus)

    def swap(self, shop: Any, skus: list[str], _: list[Any]) -> None:
        shop.swap(*self.dice.sample(skus, 2))

    def delete(self, shop: Any, skus: list[str], _: list[Any]) -> None:
        if self.dice.random() < 0.5:
            shop.recreate(skus[0])
        elif len(skus) > 5:
            shop.delete(skus.pop())

    def add(self, shop: Any, skus: list[str], _: list[Any]) -> None:
        self.harness.warehouse.add(f"N{self.made}", 20)
        shop.add(f"N{self.made}", self.dice.randint(0, 30))
        skus.append(f"N{self.made}")


def played(harness: Installation, seed: int) -> list[dict[str, Any]]:
    """What is known after each whole reading of a history, and after the cycle that follows it."""
    stocked(harness, {f"S{n}": 20 for n in range(8)})
    history, found = History(harness, seed), [known(harness)]
    for _ in range(STEPS):
        for _ in range(history.dice.randint(1, 4)):
            history.step()
        daily = history.dice.random() < 0.4
        harness.later(hours=25 if daily else 0, minutes=2)
        harness.cycle(full=not daily)
        found.append(known(harness))
        harness.cycle()
        found.append(known(harness))
    return found


@pytest.mark.parametrize("seed", sweep(range(40), 1))
def test_the_same_is_known_and_written_after_any_history(
    harness_with: Build, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    harness = harness_with()
    together = played(harness, seed)
    harness.db.flushall()
    harness = harness_with()
    tell_apart(monkeypatch)
    assert played(harness, seed) == together


# ---------------------------------------------------------------- orders before stock


class Watched:
    """A connector that notes which of the calls of the contract were made, in order."""

    def __init__(self, harness: Installation, patch: pytest.MonkeyPatch) -> None:
        self.calls: list[str] = []
        for kind in {shop.connector for shop in harness.stores.values()}:
            for name in ("changes", "listings", "read", SKILL):
                if hasattr(kind, name):
                    patch.setattr(kind, name, self._noting(name, getattr(kind, name)))

    def _noting(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def noting(connector: StoreConnector, *given: Any) -> Any:
            whole = not given or given[0] is None
            self.calls += [f"{name}, whole" if whole and name != "changes" else name]
            return call(connector, *given)

        return noting


def test_orders_are_read_ahead_of_the_list_that_tells_the_stock(
    harness_with: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness = harness_with(only="main")
    harness.add("A", 10)
    watched = Watched(harness, monkeypatch)
    harness.cycle()
    assert watched.calls[:2] == ["changes", f"{SKILL}, whole"]
    assert "read, whole" not in watched.calls
    assert "listings, whole" not in watched.calls


def test_an_order_of_a_listing_met_later_is_known_when_its_stock_is(harness_with: Build) -> None:
    """It is read before anybody has met what it names; nothing that it holds is on offer elsewhere afterwards."""
    harness = harness_with()
    harness.add("A", 10)
    harness.main.sell("A", 4)
    harness.cycle()
    assert harness.shows("A") == {"main": 6, "outlet": 6}
    record = harness.state.store_record("main")
    assert not record.refresh_requested
    assert not record.reread_orders


# ---------------------------------------------------------------- what may fail in the middle


class KilledError(Exception):
    """The process is gone."""


def test_a_listing_that_was_entered_and_not_read_is_read_next(
    harness_with: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness = stocked(harness_with(only="main"), {"A": 10})
    harness.add("B", 7, shown=3)
    tell_apart(monkeypatch)

    def dies(*_: object, **__: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr("bridge.sync.read.whole.observe", dies)
        with pytest.raises(KilledError):
            harness.cycle(full=True)
    harness.later(minutes=16)  # the breaker closes
    harness.session()
    harness.cycle()
    assert harness.main.shows("B") == 7


def test_a_store_that_tells_both_together_is_asked_so(harness: Installation) -> None:
    """Else nothing here is tried."""
    assert all(issubclass(shop.connector, ListsWithReadings) for shop in harness.stores.values())
