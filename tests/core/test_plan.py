"""The plan: for every stock key of a listing a number to write, or a named reason why not."""

from typing import Any

import pytest

from bridge.core.availability import Pool
from bridge.core.model import Skip, SkuRule, StoreRules, TargetBasis
from bridge.core.plan import PlanInput
from connectors.base import Capabilities, Status, StockUpdate

from .cases import AVAILABLE, ON_HAND, SMALL, case, keeps, listing, only, planned
from .things import after, claim, pool, rules, shows

UP, DOWN, SAME = pool(20), pool(3), pool(10)

SKIPPED = [
    pytest.param(Skip.NO_SKU, case(parts=Skip.NO_SKU), rules(), UP, id="NO_SKU"),
    pytest.param(Skip.UNMAPPED, case(parts=Skip.UNMAPPED), rules(), UP, id="UNMAPPED"),
    pytest.param(Skip.AMBIGUOUS_MATCH, case(parts=Skip.AMBIGUOUS_MATCH), rules(), UP, id="AMBIGUOUS_MATCH"),
    pytest.param(Skip.DUPLICATE, case(duplicates=2), rules(duplicates="none"), UP, id="DUPLICATE"),
    pytest.param(Skip.EXCLUDED, case(), rules(only=frozenset({"Q"})), UP, id="EXCLUDED not among the only ones"),
    pytest.param(Skip.EXCLUDED, case(), rules(only=frozenset()), UP, id="EXCLUDED only none"),
    pytest.param(Skip.EXCLUDED, case(), rules(skus={"P": SkuRule(sync=False)}), UP, id="EXCLUDED by its own rule"),
    pytest.param(Skip.UNTRACKED, case(listing=listing(Status.UNTRACKED)), rules(), DOWN, id="UNTRACKED"),
    pytest.param(Skip.BUNDLE, case(listing=listing(Status.BUNDLE)), rules(), DOWN, id="BUNDLE"),
    pytest.param(Skip.POOLED, case(listing=listing(Status.POOLED)), rules(), DOWN, id="POOLED"),
    pytest.param(
        Skip.UNMAPPED_LOCATION,
        case({"L9": shows(10)}),
        rules(locations={"1": "L1"}),
        DOWN,
        id="UNMAPPED_LOCATION",
    ),
    pytest.param(Skip.NOT_STOCKED, case(shows(0, stocked=False)), rules(), UP, id="NOT_STOCKED"),
    pytest.param(Skip.DOWN_ONLY, case(), rules(direction="down"), UP, id="DOWN_ONLY"),
    pytest.param(Skip.NOT_BELIEVED, case(), rules(), pool(20, believed=False), id="NOT_BELIEVED"),
    pytest.param(
        Skip.UNKNOWN_WAREHOUSE,
        case(unknown_warehouses=frozenset("9")),
        rules(warehouses=frozenset("9")),
        pool(20),
        id="UNKNOWN_WAREHOUSE",
    ),
    pytest.param(
        Skip.UNREPORTED, case(), rules(warehouses=frozenset("9")), pool(20, unreported=frozenset("9")), id="UNREPORTED"
    ),
    pytest.param(Skip.SILENT_TILL, case(), rules(), pool(20, silent=frozenset("1")), id="SILENT_TILL"),
    pytest.param(Skip.TWO_PRODUCTS, case(), rules(), pool(20, sure=False), id="TWO_PRODUCTS"),
    pytest.param(Skip.NEAR_LINE, case(near_line=True), rules(), UP, id="NEAR_LINE"),
    pytest.param(Skip.REPORT_ONLY, case(after(UP, 10)), rules(heal=False), UP, id="REPORT_ONLY lowered by hand"),
    pytest.param(Skip.REPORT_ONLY, case(after(DOWN, 10)), rules(heal=False), DOWN, id="REPORT_ONLY raised by hand"),
    pytest.param(Skip.UNREAD, case({}), rules(), UP, id="UNREAD"),
    pytest.param(Skip.NO_PROOF, case(proven=False), rules(), UP, id="NO_PROOF"),
]


@pytest.mark.parametrize("can", [ON_HAND, AVAILABLE], ids=["on_hand", "available"])
@pytest.mark.parametrize(("skip", "of", "given_rules", "stock"), SKIPPED)
def test_a_listing_is_not_written(
    skip: Skip, of: PlanInput, given_rules: StoreRules, stock: Pool, can: Capabilities
) -> None:
    found = only(of, stock, given_rules, can)
    untracked = skip is Skip.NOT_STOCKED and not can.locations  # where a store has one place, it is not counted at all
    assert (found.skip, found.has_change) == (Skip.UNTRACKED if untracked else skip, False)


def test_every_reason_has_a_case() -> None:
    assert {p.values[0] for p in SKIPPED} == set(Skip)


def test_only_what_the_next_cycle_may_mend_is_not_lasting() -> None:
    assert {skip for skip in Skip if not skip.lasting} == {Skip.UNREAD, Skip.NO_PROOF, Skip.SILENT_TILL}


LOOSELY = [
    pytest.param({"only": frozenset({"Q"})}, True, True, id="not among the only ones"),
    pytest.param({"only": frozenset({"\uff50 "})}, False, True, id="one of the only ones"),
    pytest.param({"only": frozenset({"p-old"})}, False, True, id="its listing is one of the only ones"),
    pytest.param({"skus": {"p": SkuRule(sync=False)}}, True, False, id="its source SKU is left out"),
    pytest.param({"skus": {"p-old": SkuRule(sync=False)}}, True, False, id="its listing is left out"),
    pytest.param(
        {"skus": {"p-old": SkuRule(sync=True), "p": SkuRule(sync=False)}}, False, False, id="its listing before its SKU"
    ),
]


@pytest.mark.parametrize(("keys", "loosely", "exactly"), LOOSELY)
def test_a_listing_is_left_out_by_keys_compared_as_its_store_compares(
    keys: dict[str, Any], loosely: bool, exactly: bool
) -> None:
    """The listing P-OLD is made of P."""
    of = case(listing=listing(sku="P-OLD"))
    assert (only(of, UP, rules(match="loose", **keys)).skip is Skip.EXCLUDED) == loosely
    assert (only(of, UP, rules(match="exact", **keys)).skip is Skip.EXCLUDED) == exactly


FIRST = [
    pytest.param(
        Skip.UNTRACKED,
        case(listing=listing(Status.UNTRACKED), parts=Skip.UNMAPPED),
        rules(),
        id="not ours, then unmapped",
    ),
    pytest.param(Skip.EXCLUDED, case({}), rules(only=frozenset({"Q"})), id="left out, then unread"),
    pytest.param(
        Skip.UNMAPPED_LOCATION,
        case({"L9": shows(0, stocked=False)}),
        rules(locations={"1": "L1"}),
        id="unmapped location, then not stocked",
    ),
    pytest.param(Skip.DOWN_ONLY, case(proven=False), rules(direction="down"), id="only decreases, then no proof"),
]


@pytest.mark.parametrize(("skip", "of", "given_rules"), FIRST)
def test_the_reason_that_lasts_is_named_before_the_one_that_passes(
    skip: Skip, of: PlanInput, given_rules: StoreRules
) -> None:
    assert only(of, UP, given_rules).skip is skip


WRITTEN = [
    pytest.param(case(), DOWN, rules(), id="a decrease"),
    pytest.param(case(), UP, rules(), id="an increase with proof"),
    pytest.param(case(proven=False), DOWN, rules(), id="a decrease needs no proof"),
    pytest.param(case(), DOWN, rules(direction="down"), id="a decrease where only decreases go"),
    pytest.param(case(), pool(3, sure=False), rules(), id="a decrease of a SKU of two products"),
    pytest.param(case(duplicates=2), UP, rules(), id="one of several listings with one SKU"),
    pytest.param(case(), UP, rules(only=frozenset({"P"})), id="one of the only ones"),
    pytest.param(
        case(listing=listing(sku="OLD")), UP, rules(only=frozenset({"P"})), id="one whose source SKU is among them"
    ),
    pytest.param(case(listing=listing(Status.DRAFT)), UP, rules(), id="a draft, so that it is right when it goes live"),
    pytest.param(case(after(SAME)), UP, rules(heal=False), id="a moved level where nothing is healed"),
    pytest.param(case(shows(10)), UP, rules(heal=False), id="the first number where nothing is healed"),
    pytest.param(case(after(UP, 10)), UP, rules(), id="a number lowered by hand"),
]


@pytest.mark.parametrize("can", [ON_HAND, AVAILABLE], ids=["on_hand", "available"])
@pytest.mark.parametrize(("of", "stock", "given_rules"), WRITTEN)
def test_a_listing_is_written(of: PlanInput, stock: Pool, given_rules: StoreRules, can: Capabilities) -> None:
    found = only(of, stock, given_rules, can)
    assert (found.skip, found.has_change, found.quantity) == (None, True, sum(stock.stock.units.values()))


def test_a_shipment_that_is_forgotten_corrects_nothing_where_nothing_is_healed() -> None:
    """10 was reached after a shipment; somebody makes it 12; a week later the ledger forgets the shipment."""
    by_hand = case(after(pool(10, confirmed=5), 12))
    assert only(by_hand, pool(10, confirmed=5), rules(heal=False)).skip is Skip.REPORT_ONLY
    assert only(by_hand, pool(10), rules(heal=False)).skip is Skip.REPORT_ONLY


def test_a_sale_and_a_receipt_of_the_same_size_are_no_drift() -> None:
    """20 was reached; then 5 are sold and 5 received. Nobody changed the shop's number by hand."""
    found = only(case(after(UP, 15, committed_units=5)), pool(25, committed_units=5), rules(heal=False))
    assert (found.skip, found.quantity) == (None, 25)


NUMBERS = [
    pytest.param(ON_HAND, 20, 5, 15, 20, id="on hand: what is free and what is sold and still there"),
    pytest.param(AVAILABLE, 20, 5, 15, 15, id="available: what is free"),
    pytest.param(ON_HAND, 3, 5, 0, 3, id="on hand: an oversold pool stays at what is there"),
    pytest.param(AVAILABLE, 3, 5, 0, 0, id="available: an oversold pool shows nothing"),
    pytest.param(ON_HAND, 0, 0, 4, 0, id="on hand: nothing left"),
    pytest.param(SMALL, 500, 0, 4, 99, id="no more than the platform can hold"),
    pytest.param(SMALL, 500, 0, 700, 99, id="down to what the platform can hold"),
]


@pytest.mark.parametrize(("can", "level", "committed_units", "available", "quantity"), NUMBERS)
def test_the_number_that_is_written(
    can: Capabilities, level: int, committed_units: int, available: int, quantity: int
) -> None:
    found = only(
        case(shows(available, committed_units=committed_units)), pool(level, committed_units=committed_units), can=can
    )
    assert found.quantity == quantity


def test_a_pool_oversold_beyond_its_own_orders_never_writes_less_than_nothing() -> None:
    """3 on the shelf, 5 sold here and 9 elsewhere."""
    stock = pool(3, claim(5), claim(9, store="outlet"))
    assert only(case(shows(-5, committed_units=5)), stock).quantity == 0


@pytest.mark.parametrize(
    ("can", "was", "quantity"),
    [pytest.param(ON_HAND, 12, 20, id="on_hand"), pytest.param(AVAILABLE, 7, 15, id="available")],
)
def test_an_update_says_on_which_number_of_its_kind_it_rests(can: Capabilities, was: int, quantity: int) -> None:
    """A parcel that leaves between reading and writing changes the books, and the store refuses the row."""
    found = only(case(shows(7, committed_units=5)), pool(20, committed_units=5), can=can)
    assert found.update == StockUpdate("P", "", quantity, was=was)


def test_a_sale_needs_no_write_where_the_store_takes_its_own_orders_off() -> None:
    found = only(case(after(UP, 15, committed_units=5)), pool(20, committed_units=5))
    assert (found.has_change, found.skip) == (False, None)


def test_what_the_shop_restocked_waits_for_the_warehouse_to_have_it() -> None:
    """5 of 20 were shipped and counted; 2 come back, and the shop puts them on sale first."""
    returned = case(after(pool(15), 17))
    assert only(returned, pool(15)).quantity == 15
    assert not only(returned, pool(17)).has_change


def test_nothing_is_written_where_there_is_nothing_to_write() -> None:
    with pytest.raises(ValueError, match="nothing to write"):
        _ = only(case({}), UP).update


def test_a_hold_keeps_more_on_offer() -> None:
    found = only(case(holds={"": keeps(10)}), DOWN)
    assert (found.held, found.has_change, found.offer) == (True, False, 10)


def test_an_offer_says_what_it_rests_on() -> None:
    held = only(case(holds={"": keeps(10)}), pool(3, committed_units=4, unmatched=3))
    assert (held.offer, held.basis) == (6, {"P": TargetBasis(10, 4, unmatched=3)})
    free = only(case(holds={"": keeps(10)}), UP)
    assert (free.offer, free.basis) == (20, {"P": TargetBasis(20, 0)})


def test_orders_lower_what_is_held() -> None:
    held = case(shows(10), holds={"": keeps(10)})
    found = only(held, pool(3, committed_units=4), can=AVAILABLE)
    assert (found.held, found.has_change, found.quantity) == (True, True, 6)


def test_a_hold_that_the_level_has_overtaken_holds_nothing() -> None:
    found = only(case(holds={"": keeps(10)}), UP)
    assert (found.held, found.quantity) == (False, 20)


@pytest.mark.parametrize("proven", [True, False])
def test_a_held_stock_key_is_never_raised(proven: bool) -> None:
    """6 of the 10 it was held at were sold, or somebody took them off by hand."""
    found = only(case(shows(4), holds={"": keeps(10)}, proven=proven), DOWN)
    assert (found.held, found.has_change, found.quantity, found.skip) == (True, False, 4, None)


def test_each_location_is_decided_for_itself() -> None:
    places = {"L3": shows(1), "L2": shows(9), "L1": shows(4), "L4": shows(0, stocked=False)}
    mapped = rules(locations={"1": "L1", "2": "L2", "4": "L4"})
    found = planned(case(places, holds={"L2": keeps(9)}), pool({"1": 5, "2": 6, "4": 2}), mapped)
    assert [(d.stock_key.location, d.quantity, d.skip) for d in found] == [
        ("L1", 5, None),
        ("L2", 9, None),
        ("L3", None, Skip.UNMAPPED_LOCATION),
        ("L4", None, Skip.NOT_STOCKED),
    ]
