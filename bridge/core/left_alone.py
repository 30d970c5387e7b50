"""What is found where a listing is left alone, as a whole or at one location: whatever differs has that one reason."""

from collections.abc import Mapping

from bridge.core.availability import Pool, target_for
from bridge.core.finding import OF_SKIP, Circumstances, Discrepancy, Finding
from bridge.core.model import Skip, StockKey, StoreRules
from bridge.core.plan import Decision, PlanInput, quantity_for, shown_quantity
from bridge.core.remedy import next_step
from connectors.base import Capabilities

WITH_NUMBERS = frozenset({Skip.EXCLUDED, Skip.DUPLICATE, Skip.NOT_STOCKED})
"""Why a listing is left alone although it is known what it shows and what it should show."""


def discrepancy_of_left_alone(
    inputs: PlanInput, d: Decision, pools: Mapping[str, Pool], rules: StoreRules, can: Capabilities
) -> Discrepancy:
    """Returns the discrepancy of a decision without a target; of a whole listing, over all its locations."""
    if d.skip is None:
        raise ValueError(f"{d.stock_key} has neither a target nor a reason")
    code, places = OF_SKIP[d.skip], {d.stock_key.location: d.known} if d.known else inputs.known
    next_ = next_step(code, None, rules.store, Circumstances())
    shown = sum(shown_quantity(known, can) for known in places.values()) if places else None
    if d.skip not in WITH_NUMBERS or isinstance(inputs.parts, Skip) or not places:
        return Discrepancy(shown, None, (Finding(code, None, d.skip.value, next_),))
    should, found = 0, list[Finding]()
    for location, known in places.items():
        stock_key = StockKey(rules.store, inputs.listing.ref, location)
        target = target_for(stock_key, inputs.listing.sku, inputs.parts, pools, rules, known.committed)
        wanted, shows = quantity_for(target.available, known, can), shown_quantity(known, can)
        should += wanted
        if shows != wanted:
            how = f"{d.skip.value}; it shows {shows} and would show {wanted}"
            found.append(Finding(code, shows - wanted, how, next_))
    return Discrepancy(shown, should, tuple(found))
