"""Is this plan too drastic? Falls that no order explains are judged per store before they are sent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal

from bridge.core.availability import Target, scarcest
from bridge.core.model import StockKey, StoreStock, TargetBasis
from connectors.values import Value, replace


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """max_zeroed: share of the stock keys that show stock. max_cut: share of the units they show."""

    max_zeroed: Fraction = Fraction(1, 5)
    max_cut: Fraction = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Totals:
    """stock keys that show stock, and the units they show; or how many were zeroed, and cut by how much."""

    stock_keys: int = 0
    units: int = 0


class Cut(Value, frozen=True):
    """One fall that no order explains. units: what shoppers lose by it."""

    stock_key: StockKey
    units: int
    zeroed: bool


@dataclass(frozen=True, slots=True)
class GuardVerdict:
    """held: the stock keys that wait for a person. why: one sentence, None when nothing is held."""

    held: frozenset[StockKey] = frozenset()
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A held stock key goes on as if the warehouse had not spoken: its offer follows from the old stock and
    from what orders claim now.

    basis: the stock it keeps, per part, and the claims it was last seen with. surplus: units it showed beyond
    what today's rules make of that stock.
    rejected_levels: the stock that was not believed, per part.
    decision: what a person decided. "release": let the fall through, once. "reject": drop it, and stay at
    the basis until the warehouse speaks again. None: nobody has decided yet.
    """

    basis: Mapping[str, TargetBasis]
    rejected_levels: Mapping[str, int]
    since: datetime
    why: str
    surplus: int = 0
    decision: Literal["release", "reject"] | None = None


def cut_of(known: StoreStock, target: Target) -> Cut | None:
    """The part of a fall that comes from levels, rules or mapping. Before the first push every fall counts."""
    fall = max(0, known.available) - max(0, target.available)
    if fall <= 0:
        return None
    if known.last_target is not None and known.basis.keys() == target.basis.keys():
        by_rules = max(0, known.last_target - target.on(known.basis))
        by_levels = max(0, target.on(as_if_only_shipped(known.basis, target)) - target.available)
        fall = min(fall, by_rules + by_levels)
    if fall <= 0:
        return None
    return Cut(target.stock_key, fall, zeroed=target.available <= 0 < known.available)


def as_if_only_shipped(basis: Mapping[str, TargetBasis], target: Target) -> dict[str, TargetBasis]:
    """Claims of now on the stock of then, as if the warehouse had told of nothing but shipments."""
    return {
        sku: _on_old_stock(sku, was, target, lambda was, now: now.shipped - was.shipped) for sku, was in basis.items()
    }


def _on_old_stock(
    sku: str, was: TargetBasis, target: Target, left: Callable[[TargetBasis, TargetBasis], int]
) -> TargetBasis:
    """left: by how much the old stock is lower since, rightly. Claims that may come from several warehouses turn to
    those that hold most, so what they take here follows from the old stock elsewhere, too."""
    now = target.basis[sku]
    stock = was.stock - max(0, left(was, now))
    if not was.elsewhere:
        return now._replace(stock=stock, elsewhere=0)
    elsewhere = max(now.elsewhere, was.elsewhere - max(0, now.shipped_elsewhere - was.shipped_elsewhere))
    claimed = target.pools[sku].claimed_on(target.warehouses, stock, elsewhere)
    return now._replace(stock=stock, claimed=claimed, elsewhere=elsewhere)


def evaluate_cuts(cuts: Sequence[Cut], *, shown: Totals, recent_cuts: Totals, limits: GuardLimits) -> GuardVerdict:
    """Which cuts wait for a person.

    shown: what the store shows now. recent_cuts: what was cut within the last 24 hours. One listing may sell out
    even where it is more than `max_zeroed` of a small shop, unless it was most of the units: holding every
    routine end of stock teaches people to release unread.
    """
    zeroed = [c for c in cuts if c.zeroed]
    base = Totals(shown.stock_keys + recent_cuts.stock_keys, shown.units + recent_cuts.units)
    going, why = len(zeroed) + recent_cuts.stock_keys, None
    if shown.stock_keys >= 2 and len(zeroed) >= shown.stock_keys:
        why = f"all {shown.stock_keys} listings that show stock would go to zero"
    elif zeroed and going > max(1, int(limits.max_zeroed * base.stock_keys)):
        why = f"{going} of {base.stock_keys} listings with stock would go to zero within a day"
    passing = sum(c.units for c in cuts if not (why and c.zeroed)) + recent_cuts.units
    if cuts and passing > limits.max_cut * base.units:
        return _hold(cuts, f"{passing} of {base.units} units on sale would go within a day")
    return _hold(zeroed, why) if why else GuardVerdict()


def _hold(cuts: Sequence[Cut], why: str) -> GuardVerdict:
    return GuardVerdict(frozenset(c.stock_key for c in cuts), why)


def begin_hold(known: StoreStock, target: Target, why: str, now: datetime) -> Hold:
    """Begin to hold one stock key: on the stock its number rests on; before the first push, on a stock that
    would make the number it shows."""
    rejected_levels = {sku: f.stock for sku, f in target.basis.items()}
    reached, basis = max(0, known.available), dict[str, TargetBasis]()
    if known.last_target is not None and known.basis.keys() == target.basis.keys():
        reached, basis = known.last_target, dict(known.basis)
    else:
        stocks = {sku: f.claimed + reached * target.parts[sku] for sku, f in target.basis.items()}
        basis = {sku: f._replace(stock=stocks[sku], elsewhere=0) for sku, f in target.basis.items()}
    surplus = max(0, reached - target.on(basis))
    return held_at(Hold(basis, rejected_levels, now, why, surplus), target)


def held_at(held: Hold, target: Target) -> Hold:
    """Where a held stock key stands now. What was shipped and counted leaves the old stock as well. Other units that
    stop being claimed may have been cancelled, or counted and forgotten: which of both cannot be known while
    the level is not believed, so they do not come back on sale."""
    basis = {}
    for sku, was in held.basis.items():
        now = _on_old_stock(sku, was, target, lambda was, now: now.confirmed - was.confirmed)
        basis[sku] = now._replace(stock=min(now.stock, was.stock - (was.claimed - now.claimed)))
    return replace(held, basis=basis)


def held_offer(held: Hold, known: StoreStock | None, target: Target) -> int:
    """What a held stock key may offer: as if the warehouse had not spoken, never more than it shows, and never more
    than the old stock leaves free. known None: what it shows was lost with the state, and cannot be read."""
    basis = held_at(held, target).basis
    offer = min(target.on(basis) + held.surplus, scarcest(basis, target.parts)[0])
    return offer if known is None else min(offer, max(0, known.available))


def still_holds(held: Hold, known: StoreStock | None, target: Target) -> bool:
    """A hold ends when its fall is gone, when it is released, when the parts of the listing changed, or when
    the warehouse has spoken again after a person rejected what it said before."""
    if held.basis.keys() != target.basis.keys() or held.decision == "release":
        return False
    if held.decision == "reject" and any(f.stock != held.rejected_levels[sku] for sku, f in target.basis.items()):
        return False
    return held_offer(held, known, target) > target.available
