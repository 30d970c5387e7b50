"""Small things that the tests of the core are made of: claims, pools, targets, and what a shop shows."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal

from hypothesis import strategies as st

from bridge.core import guard
from bridge.core.availability import Claim, Pool, Stock, Target, target_for
from bridge.core.guard import Hold
from bridge.core.model import StockKey, StoreRules, StoreStock
from bridge.core.plan import offered
from connectors.values import replace
from tests.harness.sweeps import examples

NOW = datetime(2026, 11, 2, tzinfo=UTC)
rules = partial(StoreRules, store="acme")
PLAIN = rules()
TWO_PLACES = StoreRules(store="acme", locations={"1": "L1", "2": "L2"})
relaxed = examples(150)


def claim(
    units: int, *at: str, store: str = "acme", ref: str = "P", kind: Literal["committed", "unconfirmed"] = "committed"
) -> Claim:
    """at: the warehouses it may come from; none named: anywhere."""
    return Claim(store, ref, kind, units, frozenset(at) or None)


def pool(
    units: int | Mapping[str, int],
    *claims: Claim,
    committed_units: int = 0,
    unconfirmed: int = 0,
    unmatched: int | Mapping[str, int] = 0,
    confirmed: int | Mapping[str, int] = 0,
    sku: str = "P",
    sure: bool = True,
    believed: bool = True,
    silent: frozenset[str] = frozenset(),
    unreported: frozenset[str] = frozenset(),
) -> Pool:
    """units, unmatched, confirmed: of warehouse 1, or per warehouse. committed_units, unconfirmed: claims from
    anywhere."""
    loose = [claim(committed_units, ref=sku), claim(unconfirmed, ref=sku, kind="unconfirmed")]
    claims = (*claims, *(c for c in loose if c.units))
    return Pool(Stock(sku, _at(units), sure, believed, silent, unreported), claims, _at(unmatched), _at(confirmed))


def _at(units: int | Mapping[str, int]) -> Mapping[str, int]:
    return {"1": units} if isinstance(units, int) else units


def target(
    *pools: Pool, rules: StoreRules = PLAIN, parts: Mapping[str, int] | None = None, sku: str = "P", location: str = ""
) -> Target:
    known = {p.stock.sku: p for p in pools}
    return target_for(StockKey(rules.store, sku, location), sku, parts or {"P": 1}, known, rules, 0)


def shows(available: int, *, committed_units: int = 0, **more: Any) -> StoreStock:
    """A stock key that no target was reached at yet, unless `more` says so."""
    return replace(StoreStock(available, committed_units, available + committed_units, stocked=True, at=NOW), **more)


def after(reached: Pool | Target, available: int | None = None, **more: Any) -> StoreStock:
    """A stock key where this target was reached, and which shows `available` now; None: still the target."""
    targeted = reached if isinstance(reached, Target) else target(reached)
    shown = max(0, targeted.available) if available is None else available
    return shows(shown, last_target=targeted.available, basis=targeted.basis, **more)


def begun(known: StoreStock, rejected_levels: Pool | Target) -> Hold:
    """A hold that begins with what the source says now."""
    return guard.begin_hold(
        known, rejected_levels if isinstance(rejected_levels, Target) else target(rejected_levels), "why", NOW
    )


def on_offer(targeted: Pool | Target, known: StoreStock, hold: Hold | None) -> int:
    offer, _ = offered(targeted if isinstance(targeted, Target) else target(targeted), known, hold)
    return offer


# -- whatever there may be -----------------------------------------------------------------------------------

warehouses = st.sampled_from("123")
bound = st.none() | st.frozensets(warehouses, min_size=1)
claims = st.builds(
    Claim, st.sampled_from(["acme", "outlet"]), st.just("P"), st.sampled_from(["committed", "unconfirmed"]),
    st.integers(1, 30), bound,
)  # fmt: skip

units = st.integers(0, 60)
pools = st.builds(
    lambda level, sold, gone, unmatched, confirmed: pool(
        level, committed_units=sold, unconfirmed=gone, unmatched=unmatched, confirmed=confirmed
    ),
    units, units, units, units, units,
)  # fmt: skip
