"""How much a store may leave out of its list before that is not believed, and which listings count as orphaned."""

import pytest

from bridge.core.absence import are_too_many_orders, for_sale, has_number_of_ours, is_left_out, is_too_many
from bridge.core.model import SkuRule, StoreRules
from connectors.base import Listing

from .things import rules, shows


@pytest.mark.parametrize(
    ("gone", "known", "empty", "too_many"),
    [
        (0, 500, True, False), (20, 25, False, False), (21, 25, False, True), (20, 20, True, True), (1, 1, True, True),
        (30, 3_000, False, False), (31, 3_000, False, True), (0, 0, True, False),
    ],
)  # fmt: skip
def test_more_than_twenty_or_one_in_a_hundred_is_too_much(gone: int, known: int, empty: bool, too_many: bool) -> None:
    assert is_too_many(gone, known, empty=empty) is too_many


@pytest.mark.parametrize(
    ("unknown", "asked", "known", "too_many"),
    [
        (0, 5, 5, False), (1, 1, 1, False), (1, 1, 9, False), (2, 2, 2, True), (2, 3, 3, False), (20, 25, 25, False),
        (21, 25, 25, True), (30, 3_000, 3_000, False), (31, 3_000, 3_000, True), (5, 5, 900, True),
    ],
)  # fmt: skip
def test_orders_are_not_believed_to_be_gone_where_they_are_too_many_or_all_of_several(
    unknown: int, asked: int, known: int, too_many: bool
) -> None:
    assert are_too_many_orders(unknown, asked=asked, known=known) is too_many


LISTING, NAMELESS = Listing("7", "MUG", "Mug"), Listing("7", "", "Mug")


@pytest.mark.parametrize(
    ("listing", "given_rules", "left_out"),
    [
        pytest.param(LISTING, rules(), False, id="nobody said anything"),
        pytest.param(LISTING, rules(skus={"MUG": SkuRule(sync=False)}), True, id="left out by its SKU"),
        pytest.param(LISTING, rules(skus={"MUG": SkuRule(buffer=3)}), False, id="another rule"),
        pytest.param(NAMELESS, rules(skus={"7": SkuRule(sync=False)}), True, id="without a SKU, by its ref"),
        pytest.param(LISTING, rules(only=frozenset({"PEN"})), True, id="not in the pilot"),
        pytest.param(LISTING, rules(only=frozenset({"MUG"})), False, id="in the pilot"),
    ],
)
def test_a_person_says_that_a_listing_is_not_ours(listing: Listing, given_rules: StoreRules, left_out: bool) -> None:
    assert is_left_out(listing, given_rules) is left_out


def test_a_number_is_ours_once_a_target_was_reached() -> None:
    assert not has_number_of_ours([shows(5)])
    assert has_number_of_ours([shows(5), shows(5, last_target=0)])


def test_what_is_oversold_at_one_location_takes_nothing_from_another() -> None:
    assert for_sale([shows(5), shows(-3)]) == 5
