"""Cases for the plan: one listing of one store, and what is decided of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from bridge.core.availability import Pool
from bridge.core.guard import Hold
from bridge.core.model import StoreRules, StoreStock, TargetBasis
from bridge.core.plan import Decision, PlanInput, decide
from connectors.base import Capabilities, Listing, Status
from connectors.values import replace

from .things import NOW, PLAIN, shows

ON_HAND = Capabilities(max_batch=250, writes="on_hand", reads_committed=True, locations=True, compare_and_set=True)
AVAILABLE = Capabilities(max_batch=100, writes="available", reads_committed=False)
NEGATIVE = Capabilities(max_batch=100, writes="available", reads_committed=False, negative=True)
SMALL = Capabilities(max_batch=100, writes="available", reads_committed=False, max_quantity=99)

BLIND = Capabilities(max_batch=100, writes="available", reads_committed=False, locations=True, readable=False)


def case(known: StoreStock | Mapping[str, StoreStock] | None = None, **more: Any) -> PlanInput:
    stock_keys = {"": known} if isinstance(known, StoreStock) else known if known is not None else {"": shows(10)}
    return replace(PlanInput(Listing("P", "P", "Tee"), {"P": 1}, stock_keys, {}, duplicates=1, proven=True), **more)


def planned(
    of: PlanInput, stock: Pool, given_rules: StoreRules | None = None, can: Capabilities = ON_HAND
) -> Sequence[Decision]:
    return decide(of, {"P": stock, "Q": stock}, given_rules or PLAIN, can)


def keeps(basis: int, claimed: int = 0, skus: str = "P") -> Hold:
    return Hold({sku: TargetBasis(basis, claimed) for sku in skus}, dict.fromkeys(skus, 0), since=NOW, why="why")


def only(of: PlanInput, stock: Pool, given_rules: StoreRules | None = None, can: Capabilities = ON_HAND) -> Decision:
    [found] = planned(of, stock, given_rules, can)
    return found


def listing(status: Status = Status.LIVE, sku: str = "P") -> Listing:
    return Listing("P", sku, "Tee", status)
