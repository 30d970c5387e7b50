"""Levels, shipments, committed units and rules → the number a stock key should show, with its explanation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal

from bridge.core.model import Level, SkuRule, StockKey, StoreRules, TargetBasis
from bridge.core.sku import called_sku
from connectors.values import Value, replace

_NO_RULE = SkuRule()


class Stock(Value, frozen=True):
    """What the source holds of one SKU. `sure` is False when two live products claim the SKU, `believed` when what it
    says of one cannot be right. silent, unreported: see `core.shelf.ShelfStock`."""

    sku: str
    units: Mapping[str, int]
    sure: bool = True
    believed: bool = True
    silent: frozenset[str] = frozenset()
    unreported: frozenset[str] = frozenset()


def stock_of(sku: str, levels: Iterable[Level]) -> Stock:
    """One SKU's stock from all products that carry it: the live one wins; of two live ones, the smaller
    counts and nothing is raised on its word."""
    live = [x for x in levels if not x.deleted]
    if not live:
        return Stock(sku, {})
    if len(live) == 1:
        return Stock(sku, live[0].units, believed=not live[0].doubt)
    least = min(live, key=lambda x: (sum(x.units.values()), x.product))
    return Stock(sku, least.units, sure=False, believed=not any(x.doubt for x in live))


class Claim(Value, frozen=True):
    """Pieces of one SKU that are no longer for sale: sold and not shipped, or shipped and not counted.

    warehouses: where they may come from; None: anywhere.
    """

    store: str
    ref: str
    kind: Literal["committed", "unconfirmed"]
    units: int
    warehouses: frozenset[str] | None


class Pool(Value, frozen=True, dict=True, gc=True):
    """One SKU's stock and everything that claims it, over all stores.

    unmatched: pieces per warehouse that fell ahead of the shipments that will explain them.
    confirmed: pieces per warehouse that fell for shipments which are still remembered.
    """

    stock: Stock
    claims: tuple[Claim, ...] = ()
    unmatched: Mapping[str, int] = {}
    confirmed: Mapping[str, int] = {}

    def basis(self, warehouses: frozenset[str] | None) -> TargetBasis:
        """The pool as seen from some warehouses. A fall ahead of its shipment counts as a shipment as far
        as open orders that may come from there can explain it."""
        stock = _within(self.stock.units, warehouses)
        elsewhere = 0 if warehouses is None else _within(self.stock.units, None) - stock
        if not self.claims and not self.confirmed:
            return TargetBasis(stock, 0, 0, 0, elsewhere)
        free, confirmed = _within(self.free, warehouses), _within(self.confirmed, warehouses)
        unmatched = {w: min(pieces, self._committed_at(frozenset({w}))) for w, pieces in self.unmatched.items()}
        here = min(_within(unmatched, warehouses), self._committed_at(warehouses))
        there = min(_within(unmatched, None) - _within(unmatched, warehouses), self._committed_at(None))
        left = 0 if warehouses is None else _within(self.confirmed, None) - confirmed + there
        return TargetBasis(stock, stock - free, confirmed, here, elsewhere, left)

    def claimed_on(self, warehouses: frozenset[str] | None, stock: int, elsewhere: int) -> int:
        """Pieces that the claims would take within some warehouses, if those held `stock` in all and the other ones
        `elsewhere`. What they hold more than now lies where there is least: a warehouse that was wiped has nothing."""
        if warehouses is None:
            return self.basis(None).claimed
        units = {w: 0 for c in self.claims for w in c.warehouses or ()} | dict(self.stock.units)
        _bring_to(units, [w for w in units if w in warehouses] or sorted(warehouses)[:1], stock)
        _bring_to(units, [w for w in units if w not in warehouses] or [""], elsewhere)
        return Pool(replace(self.stock, units=units), self.claims).basis(warehouses).claimed

    def _committed_at(self, warehouses: frozenset[str] | None) -> int:
        """Open pieces that may come from some warehouses."""
        return sum(
            c.units
            for c in self.claims
            if c.kind == "committed" and (c.warehouses is None or warehouses is None or c.warehouses & warehouses)
        )

    @cached_property
    def taken(self) -> Sequence[tuple[Claim, Mapping[str, int]]]:
        """Which warehouse each claim takes its pieces from: those with the least choice first, each piece
        from the fullest; what is not there makes them negative."""
        rest = dict(self.stock.units)
        order = sorted(self.claims, key=lambda c: (c.warehouses is None, len(c.warehouses or ()), c.store, c.ref))
        return [(claim, _take(rest, claim)) for claim in order]

    @cached_property
    def free(self) -> Mapping[str, int]:
        """Pieces per warehouse that may still be sold, once, anywhere. Negative: oversold."""
        if not self.claims:
            return self.stock.units
        rest = dict(self.stock.units)
        for _, taken in self.taken:
            for warehouse, units in taken.items():
                rest[warehouse] = rest.get(warehouse, 0) - units
        return rest


def capped(units: Mapping[str, int], most: int) -> Mapping[str, int]:
    """Units per warehouse, together `most` at most; what is too much comes off as an order's units do."""
    excess = sum(units.values()) - most
    return Pool(Stock("", units), (Claim("", "", "committed", excess, None),)).free if excess > 0 else units


def _bring_to(units: dict[str, int], places: Sequence[str], total: int) -> None:
    """Make some warehouses hold so much in all: more lies where there is least, less where there is most."""
    more = total - sum(units.get(w, 0) for w in places)
    choose = min if more > 0 else max
    if more and places:
        place = choose(sorted(places), key=lambda w: units.get(w, 0))
        units[place] = units.get(place, 0) + more


def _take(rest: dict[str, int], claim: Claim) -> Mapping[str, int]:
    """Piece by piece from the fullest, of equals from the first by name: the fullest are lowered to a common
    level, however the pieces are split into claims."""
    choice = claim.warehouses if claim.warehouses is not None else rest or {""}
    order = sorted(choice, key=lambda w: (-rest.get(w, 0), w))
    total = lowered = 0
    for lowered, warehouse in enumerate(order, 1):
        total += rest.get(warehouse, 0)
        following = order[lowered : lowered + 1]
        if not following or total - lowered * rest.get(following[0], 0) >= claim.units:
            break
    level, more = divmod(total - claim.units, lowered or 1)
    fullest = sorted(order[:lowered])
    taken = {w: rest.get(w, 0) - level - (i >= lowered - more) for i, w in enumerate(fullest)}
    for warehouse, units in taken.items():
        rest[warehouse] = rest.get(warehouse, 0) - units
    return taken


def _within(units: Mapping[str, int], warehouses: frozenset[str] | None) -> int:
    if warehouses is None:
        return sum(units.values())
    return sum(n for w, n in units.items() if w in warehouses)


@dataclass(frozen=True, slots=True)
class SlipLine:
    """One line of an accountant's slip: what, by how many units it moves the sum, and the warehouse it is about."""

    what: str
    units: int
    warehouse: str = ""


class Target(Value, frozen=True):
    """What one stock key should show, and from what it follows.

    available: units shoppers should be able to buy; negative: oversold by that much. silent: it counts on a shelf whose
    till fell silent.
    parts: {SKU: pieces}. basis: what the target rests on, per part. pools: of every part. scarce: the scarcest part.
    """

    stock_key: StockKey
    available: int
    own_committed: int
    parts: Mapping[str, int]
    basis: Mapping[str, TargetBasis]
    pools: Mapping[str, Pool]
    scarce: str
    rule: SkuRule
    warehouses: frozenset[str] | None
    sure: bool
    believed: bool = True
    silent: bool = False

    @property
    def pool(self) -> Pool:
        """That of the scarcest part."""
        return self.pools[self.scarce]

    @property
    def pieces(self) -> int:
        """Pieces of the scarcest part that one unit takes."""
        return self.parts[self.scarce]

    def on(self, basis: Mapping[str, TargetBasis]) -> int:
        """The target, if its parts stood like this."""
        return _ruled(scarcest(basis, self.parts)[0], self.rule)

    @property
    def lines(self) -> tuple[SlipLine, ...]:
        """The slip: what the warehouses hold, what claims take, what rules leave. Its units add up to `available`."""
        stock = self.pool.stock
        lines = [
            SlipLine(f"warehouse {warehouse} holds of {called_sku(stock.sku)}", units, warehouse)
            for warehouse, units in sorted(stock.units.items())
            if self.warehouses is None or warehouse in self.warehouses
        ]
        sums: dict[str, int] = {}
        for claim, taken in self.pool.taken:
            what = "open orders of" if claim.kind == "committed" else "shipped, not yet counted by the warehouse:"
            label = f"{what} {claim.store}"
            sums[label] = sums.get(label, 0) - _within(taken, self.warehouses)
        lines += [SlipLine(label, units) for label, units in sorted(sums.items()) if units]
        free = sum(line.units for line in lines)
        now = free // self.pieces
        if now != free:
            lines.append(SlipLine(f"each takes {self.pieces}", now - free))
        for after, what, rule in _steps(now, self.rule):
            if after != now:
                said = f"{float(rule):.0%}" if isinstance(rule, Fraction) else rule
                lines.append(SlipLine(f"{what} {said}", after - now))
            now = after
        return tuple(lines)


def scarcest(basis: Mapping[str, TargetBasis], parts: Mapping[str, int]) -> tuple[int, str]:
    """(units, SKU) of the part that allows the fewest units."""
    return min([((basis[sku].stock - basis[sku].claimed) // pieces, sku) for sku, pieces in parts.items()])


def _ruled(units: int, rule: SkuRule) -> int:
    available = units
    for after, _, _ in _steps(units, rule):
        available = after
    return available


def _steps(units: int, rule: SkuRule) -> Iterable[tuple[int, str, int | Fraction]]:
    """Free units → (units available, rule, its number), one rule after the other. A debt is passed on as it is:
    keeping back stock that is not there would show a shop more oversold than it is."""
    if units <= 0:
        return
    if rule.buffer:
        units = max(0, units - rule.buffer)
        yield units, "buffer", rule.buffer
    if rule.share is not None and rule.share != 1:
        units = int(units * rule.share)
        yield units, "share", rule.share
    if rule.cap is not None:
        units = min(units, rule.cap)
        yield units, "cap", rule.cap


def rule_for(rules: StoreRules, store_sku: str, parts: Mapping[str, int]) -> SkuRule:
    """The rule in force for a listing: named by its own SKU, else by the one source SKU behind it."""
    if not rules.skus:
        return rules.default
    source_sku = rules.normalized(next(iter(parts))) if len(parts) == 1 else ""
    own = rules.rule_of.get(rules.normalized(store_sku)) or rules.rule_of.get(source_sku) or _NO_RULE
    return SkuRule(
        buffer=rules.buffer if own.buffer is None else own.buffer,
        share=rules.share if own.share is None else own.share,
        cap=rules.cap if own.cap is None else own.cap,
        sync=own.sync,
    )


def target_for(
    stock_key: StockKey,
    store_sku: str,
    parts: Mapping[str, int],
    pools: Mapping[str, Pool],
    rules: StoreRules,
    own_committed: int,
) -> Target:
    """The target of one stock key. A bundle is as many as its scarcest part allows."""
    warehouses, rule = rules.warehouses_of(stock_key.location), rule_for(rules, store_sku, parts)
    own: dict[str, Pool] = {}
    basis: dict[str, TargetBasis] = {}
    sure, believed, silent = True, True, False
    for part in parts:
        own[part] = pool = pools[part]
        basis[part], stock = pool.basis(warehouses), pool.stock
        sure, believed = sure and stock.sure, believed and stock.believed
        silent = silent or bool(stock.silent if warehouses is None else stock.silent & warehouses)
    units, sku = scarcest(basis, parts)
    return Target(
        stock_key, _ruled(units, rule), own_committed, parts, basis, own, sku, rule, warehouses,
        sure, believed, silent,
    )  # fmt: skip
