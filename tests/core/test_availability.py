"""The number: free pieces and rules → what a stock key should show, and the slip that explains it."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.availability import Claim, Pool, SlipLine, Stock, rule_for, stock_of, target_for
from bridge.core.model import Level, SkuRule, StockKey, StoreRules, TargetBasis

from .things import NOW, TWO_PLACES, claim, claims, pool, relaxed, rules, target, warehouses


def level(product: str, units: int, *, deleted: bool = False) -> Level:
    return Level(product, "P", {"1": units}, NOW, deleted)


RULED = [
    pytest.param(rules(), 20, 20, id="no rule"),
    pytest.param(rules(buffer=3), 20, 17, id="buffer"),
    pytest.param(rules(buffer=30), 20, 0, id="a buffer keeps back no more than there is"),
    pytest.param(rules(share=Fraction(1, 3)), 20, 6, id="share is rounded down"),
    pytest.param(rules(share=Fraction(7, 10)), 10, 7, id="share is exact"),
    pytest.param(rules(share=Fraction(0)), 20, 0, id="no share"),
    pytest.param(rules(cap=8), 20, 8, id="cap"),
    pytest.param(rules(cap=0), 20, 0, id="cap of nothing"),
    pytest.param(rules(buffer=2, share=Fraction(1, 2), cap=8), 20, 8, id="buffer, then share, then cap"),
    pytest.param(rules(buffer=2, share=Fraction(1, 2), cap=50), 20, 9, id="the buffer is kept before sharing"),
    pytest.param(rules(buffer=3, share=Fraction(1, 2), cap=1), -2, -2, id="a debt is passed on as it is"),
    pytest.param(rules(buffer=3), 0, 0, id="nothing to keep back"),
]


@pytest.mark.parametrize(("given_rules", "units", "available"), RULED)
def test_rules_turn_free_units_into_a_target(given_rules: StoreRules, units: int, available: int) -> None:
    stock = pool(max(units, 0), *([claim(-units)] if units < 0 else []))
    assert target(stock, rules=given_rules).available == available


def test_an_oversold_pool_shows_by_how_much() -> None:
    found = target(pool(3, claim(5)))
    assert (found.available, found.basis) == (-2, {"P": TargetBasis(3, 5)})


PER_SKU = [
    pytest.param(
        {"P": SkuRule(buffer=9)}, "P", {"P": 1}, SkuRule(buffer=9, share=Fraction(1, 2), cap=50), id="by name"
    ),
    pytest.param(
        {"P": SkuRule(cap=1)}, "P-OLD", {"P": 1}, SkuRule(buffer=2, share=Fraction(1, 2), cap=1), id="by source SKU"
    ),
    pytest.param(
        {"P": SkuRule(cap=1), "P-OLD": SkuRule(cap=7)},
        "P-OLD",
        {"P": 1},
        SkuRule(buffer=2, share=Fraction(1, 2), cap=7),
        id="its own name before its source SKU",
    ),
    pytest.param(
        {"P": SkuRule(cap=1)},
        "KIT",
        {"P": 1, "Q": 1},
        SkuRule(buffer=2, share=Fraction(1, 2), cap=50),
        id="a part's rule is not the bundle's",
    ),
    pytest.param(
        {"KIT": SkuRule(share=Fraction(1))},
        "KIT",
        {"P": 1, "Q": 1},
        SkuRule(buffer=2, share=Fraction(1), cap=50),
        id="a bundle by its own name",
    ),
    pytest.param(
        {"P": SkuRule(buffer=0)},
        "P",
        {"P": 1},
        SkuRule(buffer=0, share=Fraction(1, 2), cap=50),
        id="nought is a rule, not the lack of one",
    ),
    pytest.param(
        {"P": SkuRule(sync=False)},
        "P",
        {"P": 1},
        SkuRule(buffer=2, share=Fraction(1, 2), cap=50, sync=False),
        id="left out",
    ),
]


@pytest.mark.parametrize(("skus", "sku", "parts", "wanted"), PER_SKU)
def test_the_rule_of_a_sku_fills_its_gaps_from_the_store(
    skus: dict[str, SkuRule], sku: str, parts: dict[str, int], wanted: SkuRule
) -> None:
    assert rule_for(rules(buffer=2, share=Fraction(1, 2), cap=50, skus=skus), sku, parts) == wanted


ON_P, ON_OLD = SkuRule(cap=1), SkuRule(cap=7)
LOOSE = [
    pytest.param({"p": ON_P}, 1, None, id="by source SKU"),
    pytest.param({"p-OLD ": ON_OLD}, 7, None, id="by name"),
    pytest.param({"p": ON_P, "p-old": ON_OLD}, 7, None, id="its own name before its source SKU"),
    pytest.param({"P": ON_P, "p-old": ON_OLD}, 7, 1, id="exactly only the source SKU has a rule"),
]


@pytest.mark.parametrize(("skus", "loosely", "exactly"), LOOSE)
def test_the_rule_of_a_sku_is_found_as_the_store_compares_names(
    skus: dict[str, SkuRule], loosely: int, exactly: int | None
) -> None:
    assert rule_for(rules(match="loose", skus=skus), "P-OLD", {"P": 1}).cap == loosely
    assert rule_for(rules(match="exact", skus=skus), "P-OLD", {"P": 1}).cap == exactly


BUNDLES = [
    pytest.param({"P": 2, "Q": 1}, 9, 9, 4, id="as many as the part that many are taken of allows"),
    pytest.param({"P": 2, "Q": 1}, 20, 3, 3, id="as many as the scarcest part allows"),
    pytest.param({"P": 12}, 35, 0, 2, id="full cartons only"),
    pytest.param({"P": 2, "Q": 1}, -1, 9, -1, id="half a missing kit is a missing kit"),
]


@pytest.mark.parametrize(("parts", "p", "q", "available"), BUNDLES)
def test_a_bundle_is_its_scarcest_part(parts: dict[str, int], p: int, q: int, available: int) -> None:
    pools = [pool(40, claim(40 - p)), pool(q, sku="Q")]
    assert target(*pools, parts=parts, sku="KIT").available == available


def test_a_bundle_is_as_sure_as_its_least_sure_part() -> None:
    assert not target(pool(1), pool(50, sku="Q", sure=False), parts={"P": 1, "Q": 1}).sure
    assert target(pool(1)).sure


def test_a_bundle_rests_on_each_of_its_parts() -> None:
    kit = target(pool(40, claim(4)), pool(9, claim(1), sku="Q", unmatched=3), parts={"P": 2, "Q": 1}, sku="KIT")
    assert kit.basis == {"P": TargetBasis(40, 4), "Q": TargetBasis(9, 1, unmatched=1)}
    assert (kit.pool.stock.sku, kit.pieces) == ("Q", 1)


STOOD = [
    pytest.param({"P": TargetBasis(20, 0), "Q": TargetBasis(9, 0)}, 6, id="both parts"),
    pytest.param({"P": TargetBasis(20, 14), "Q": TargetBasis(9, 0)}, 0, id="another part is the scarcest then"),
    pytest.param({"P": TargetBasis(20, 30), "Q": TargetBasis(9, 0)}, -5, id="a debt"),
    pytest.param({"P": TargetBasis(90, 0), "Q": TargetBasis(90, 0)}, 8, id="the rules of now"),
]


@pytest.mark.parametrize(("basis", "available"), STOOD)
def test_what_a_target_were_if_its_parts_stood_otherwise(basis: dict[str, TargetBasis], available: int) -> None:
    kit = target(pool(0), pool(0, sku="Q"), parts={"P": 2, "Q": 1}, sku="KIT", rules=rules(buffer=3, cap=8))
    assert kit.on(basis) == available


def test_a_location_shows_only_the_warehouses_behind_it() -> None:
    stock = pool({"1": 4, "2": 9}, claim(3, "2"))
    assert target(stock, rules=TWO_PLACES, location="L1").available == 4
    assert target(stock, rules=TWO_PLACES, location="L2").available == 6
    assert target(stock, rules=TWO_PLACES, location="L3").available == 0


def test_a_store_without_locations_shows_the_warehouses_it_ships_from() -> None:
    stock = pool({"1": 4, "2": 9, "3": 30})
    assert target(stock, rules=rules(warehouses=frozenset("12"))).available == 13
    assert target(stock).available == 43


PRODUCTS = [
    pytest.param([], {}, True, id="none: nothing there"),
    pytest.param([level("a", 7)], {"1": 7}, True, id="one"),
    pytest.param([level("a", 7, deleted=True)], {}, True, id="deleted means none"),
    pytest.param([level("a", 7, deleted=True), level("b", 3)], {"1": 3}, True, id="created again: the live one wins"),
    pytest.param([level("a", 7), level("b", 3)], {"1": 3}, False, id="two live ones: the smaller, and not sure"),
    pytest.param([level("b", 3), level("a", 7)], {"1": 3}, False, id="two live ones in the other order"),
]


@pytest.mark.parametrize(("levels", "units", "sure"), PRODUCTS)
def test_one_skus_stock_from_all_products_that_carry_it(levels: list[Level], units: dict[str, int], sure: bool) -> None:
    stock = stock_of("P", levels)
    assert (stock.units, stock.sure) == (units, sure)


def test_the_slip_of_a_surprising_number_adds_up() -> None:
    kit = target(
        pool({"1": 60, "2": 9}, claim(4), claim(6, store="outlet", kind="unconfirmed")),
        pool(90, sku="Q"),
        rules=rules(buffer=3, share=Fraction(1, 2), cap=8),
        parts={"P": 2, "Q": 1},
        sku="KIT",
    )
    assert kit.lines == (
        SlipLine("warehouse 1 holds of P", 60, "1"),
        SlipLine("warehouse 2 holds of P", 9, "2"),
        SlipLine("open orders of acme", -4),
        SlipLine("shipped, not yet counted by the warehouse: outlet", -6),
        SlipLine("each takes 2", -30),
        SlipLine("buffer 3", -3),
        SlipLine("share 50%", -13),
        SlipLine("cap 8", -5),
    )
    assert kit.available == 8


levels = st.dictionaries(warehouses, st.integers(0, 60))
pools = st.builds(lambda units, taken: pool(units, *taken), levels, st.lists(claims, max_size=6))
shares = st.fractions(0, 1, max_denominator=100)
any_rules = st.builds(
    StoreRules, store=st.just("acme"), buffer=st.integers(0, 9), share=shares,
    cap=st.none() | st.integers(0, 40), locations=st.sampled_from([{}, {"1": "L1", "2": "L1", "3": "L2"}]),
    warehouses=st.none() | st.frozensets(warehouses),
)  # fmt: skip
places = st.sampled_from(["", "L1", "L2"])
pieces = st.integers(1, 12)


@relaxed
@given(of_p=pools, of_q=pools, given_rules=any_rules, at=places, p=pieces, q=pieces)
def test_the_lines_of_any_slip_add_up(of_p: Pool, of_q: Pool, given_rules: StoreRules, at: str, p: int, q: int) -> None:
    both = {"P": of_p, "Q": Pool(Stock("Q", of_q.stock.units), of_q.claims)}
    kit = target_for(StockKey("acme", "KIT", at), "KIT", {"P": p, "Q": q}, both, given_rules, 0)
    assert sum(line.units for line in kit.lines) == kit.available


@relaxed
@given(of_p=pools, of_q=pools, given_rules=any_rules, at=places, p=pieces, q=pieces)
def test_on_its_own_basis_a_target_is_what_it_is(
    of_p: Pool, of_q: Pool, given_rules: StoreRules, at: str, p: int, q: int
) -> None:
    both = {"P": of_p, "Q": Pool(Stock("Q", of_q.stock.units), of_q.claims)}
    kit = target_for(StockKey("acme", "KIT", at), "KIT", {"P": p, "Q": q}, both, given_rules, 0)
    assert kit.on(kit.basis) == kit.available


@relaxed
@given(stock=pools, more=claims, given_rules=any_rules, at=places, each=pieces)
def test_one_more_claim_never_raises_a_number(
    stock: Pool, more: Claim, given_rules: StoreRules, at: str, each: int
) -> None:
    fuller = Pool(stock.stock, (*stock.claims, more))
    before = target(stock, rules=given_rules, parts={"P": each}, location=at)
    assert target(fuller, rules=given_rules, parts={"P": each}, location=at).available <= max(0, before.available)


@relaxed
@given(stock=pools, given_rules=any_rules, at=places, each=pieces, more=st.integers(1, 30), where=warehouses)
def test_more_stock_never_lowers_a_number(
    stock: Pool, given_rules: StoreRules, at: str, each: int, more: int, where: str
) -> None:
    units = {**dict.fromkeys("123", 0), **stock.stock.units}
    before = target(pool(units, *stock.claims), rules=given_rules, parts={"P": each}, location=at)
    fuller = pool({**units, where: units[where] + more}, *stock.claims)
    assert target(fuller, rules=given_rules, parts={"P": each}, location=at).available >= before.available


@relaxed
@given(stock=pools, given_rules=any_rules, at=places, each=pieces)
def test_rules_only_keep_back(stock: Pool, given_rules: StoreRules, at: str, each: int) -> None:
    bare = StoreRules(store="acme", locations=given_rules.locations, warehouses=given_rules.warehouses)
    ruled = target(stock, rules=given_rules, parts={"P": each}, location=at).available
    free = target(stock, rules=bare, parts={"P": each}, location=at).available
    assert min(0, free) <= ruled <= max(0, free)
    assert free >= 0 or ruled == free
