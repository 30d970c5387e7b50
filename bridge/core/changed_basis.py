"""What moved between the target that a stock key last reached and the one that it has now: rules, orders, levels."""

from collections.abc import Iterator, Mapping

from bridge.core.availability import Target
from bridge.core.finding import Finding, FindingCode
from bridge.core.guard import as_if_only_shipped
from bridge.core.model import StoreStock, TargetBasis
from bridge.core.plan import quantity_for, shown_quantity
from bridge.core.sku import called_sku
from connectors.base import Capabilities

Bases = Mapping[str, TargetBasis]


def changes_since(known: StoreStock, target: Target, can: Capabilities) -> list[Finding]:
    """Returns what moved since the last target was reached; the units add up to what is shown beyond the target.

    Orders of the store itself move its own number and the target alike, so that they mostly cancel out. Where the
    number cannot have come from the last target by orders, a write in between was not answered, or another number than
    it was sent: then how much of all that moved since is known, and not by what."""

    def number(units: int) -> int:
        return quantity_for(units, known, can)

    shows, should = shown_quantity(known, can), number(target.available)
    last, was = known.last_target, known.basis
    if last is None or was.keys() != target.basis.keys():
        before, now = (", ".join(map(called_sku, sorted(parts))) or "nothing" for parts in (was, target.basis))
        how = f"it was made of {before} when it was last written, and is of {now}"
        how = how if last is not None else "no number of ours is known to have been reached here"
        return [Finding(FindingCode.FIRST, shows - should, how)]
    by_itself = shows - number(last)
    if by_itself and not may_be_of_orders(by_itself, known, target):
        how = f"last reached was {last}, and neither orders nor edits lead from there to what is shown"
        return [Finding(FindingCode.MOVED, shows - should, how)]
    only_shipped = as_if_only_shipped(was, target)
    ruled, ordered = number(target.on(was)), number(target.on(only_shipped))
    of_orders, of_levels = ruled - ordered + by_itself, ordered - should
    found = [
        Finding(FindingCode.LEVEL, of_levels, "; ".join(_levels(only_shipped, target))),
        Finding(FindingCode.ORDERS, of_orders, "; ".join(_claims(was, target.basis, by_itself))),
        Finding(
            FindingCode.RULES,
            number(last) - ruled,
            f"{last} was on offer for what makes {target.on(was)} by today's rules",
        ),
    ]
    return [x for x in found if x.units]


def may_be_of_orders(by_itself: int, known: StoreStock, target: Target) -> bool:
    """Whether orders of this store can have moved its number by so many units, and orders of all stores the claims on
    every part as they moved."""
    for sku, pieces in target.parts.items():
        was, now, place = known.basis[sku], target.basis[sku], target.stock_key
        own_now = sum(x.units for x in target.pools[sku].claims if (x.store, x.ref) == (place.store, place.ref))
        claimed, own = now.claimed + now.shipped - was.claimed - was.shipped, -by_itself * pieces
        then, others_now = was.claimed + was.shipped, now.claimed - own_now + now.shipped
        if not (-then <= own <= own_now + now.shipped and -then <= claimed - own <= max(0, others_now)):
            return False
    return True


def _levels(only_shipped: Bases, target: Target) -> Iterator[str]:
    for sku, was in only_shipped.items():
        if (now := target.basis[sku]).stock != was.stock:
            yield f"{called_sku(sku)}: {was.stock} in the warehouses when last written, {now.stock} now"
        elif now.claimed != was.claimed:
            yield f"{called_sku(sku)}: other warehouses hold other counts, so orders take {now.claimed} here"


def _claims(was: Bases, now: Bases, by_itself: int) -> Iterator[str]:
    for sku, then in was.items():
        if then.claimed != now[sku].claimed:
            yield f"{called_sku(sku)}: orders took {then.claimed} when last written, and take {now[sku].claimed} now"
        elif then.shipped != now[sku].shipped:
            yield f"{called_sku(sku)}: {now[sku].shipped - then.shipped} counted as shipped since it was last written"
    if by_itself:
        yield f"orders moved the store's own number by {by_itself:+d}"
