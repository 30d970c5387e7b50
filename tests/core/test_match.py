"""Names: which source SKUs a listing is made of, and which listings a source SKU is sold as."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.core.match import find, names_of, resolve
from bridge.core.model import Skip, StoreRules
from bridge.core.sku import Match, carton_of, carton_sku, normalized_sku

from .things import relaxed


def shelf(skus: Iterable[str], match: Match) -> Mapping[str, list[str]]:
    """The catalogue as the context keeps it: comparable form → source SKUs."""
    found: dict[str, list[str]] = {}
    for sku in sorted(set(skus)):
        found.setdefault(normalized_sku(sku, match), []).append(sku)
    return found


def made_of(store_sku: str, *skus: str, match: Match = "exact", **rules: Any) -> Mapping[str, int] | Skip:
    return resolve(store_sku, StoreRules(store="acme", match=match, **rules), shelf(skus, match))


SPELLINGS = [
    pytest.param("TEE-RED", "Tee-red", id="case"),
    pytest.param("STRASSE", "straße", id="case of letters that grow"),
    pytest.param("TEE RED", "TEE\u00a0RED", id="no-break space inside"),
    pytest.param("TEE-1", "TEE-1\u00a0", id="no-break space at the end"),
    pytest.param("TEE-1", "TEE-1 ", id="trailing space"),
    pytest.param("TEE-1", "\t TEE-1\n", id="white space around"),
    pytest.param("TEE-1", "\uff34\uff25\uff25\uff0d\uff11", id="full-width letters and digits"),
    pytest.param("OFFICE", "oﬃce", id="ligature"),
    pytest.param("CAFÉ", "cafe\u0301", id="accent as a letter of its own"),
]

DIFFERENT = [
    pytest.param("TEE/RED", "TEE-RED", id="slash"),
    pytest.param("TEE/RED", "TEE\\RED", id="backslash"),
    pytest.param('PIPE 6"', "PIPE 6'", id="inch and foot"),
    pytest.param('PIPE 6"', "PIPE 6", id="quote left out"),
    pytest.param("TEE-1", "TEE*", id="star is no wildcard"),
    pytest.param("TEE-1", "TEE-_", id="underscore is no wildcard"),
    pytest.param("TEE-1", "TEE", id="beginning of a name"),
    pytest.param("7", "007", id="leading zeros"),
    pytest.param("100000", "1E5", id="looks like a number"),
    pytest.param("1", "1.0", id="looks like the same number"),
    pytest.param("TEE RED", "TEERED", id="space inside left out"),
]


@pytest.mark.parametrize(("source", "store"), SPELLINGS)
def test_loose_reads_another_spelling_as_the_same_name_and_exact_does_not(source: str, store: str) -> None:
    assert made_of(store, source, match="loose") == {source: 1}
    assert made_of(store, source, match="exact") is Skip.UNMAPPED


@pytest.mark.parametrize("match", ["exact", "loose"])
@pytest.mark.parametrize(("source", "store"), DIFFERENT)
def test_names_that_only_look_alike_stay_apart(source: str, store: str, match: Match) -> None:
    assert made_of(store, source, match=match) is Skip.UNMAPPED


@pytest.mark.parametrize("match", ["exact", "loose"])
@pytest.mark.parametrize("sku", ["TEE/RED", 'PIPE 6"', "a'b", "*", "007", "1E5", " 1 ", "TEE-1", "%", "[x]", "a:b"])
def test_every_name_finds_itself(sku: str, match: Match) -> None:
    assert made_of(sku, sku, match=match) == {sku: 1}


SEVEN, HELD = carton_sku("7"), {"7": {"P": 10}}
RESOLVED = [
    pytest.param("", {}, Skip.NO_SKU, id="no sku at all"),
    pytest.param("P", {}, {"P": 1}, id="by its own name"),
    pytest.param("X", {}, Skip.UNMAPPED, id="a name nobody knows"),
    pytest.param("X", {"mapping": {"X": "P"}}, {"P": 1}, id="an override"),
    pytest.param("P", {"mapping": {"P": "Q"}}, {"Q": 1}, id="an override against a name that would match"),
    pytest.param("X", {"mapping": {"X": "GONE"}}, Skip.UNMAPPED, id="an override to a name nobody knows"),
    pytest.param("KIT", {"bundles": {"KIT": {"P": 2, "Q": 1}}}, {"P": 2, "Q": 1}, id="a bundle"),
    pytest.param("BOX", {"bundles": {"BOX": {"P": 12}}}, {"P": 12}, id="a carton"),
    pytest.param("KIT", {"bundles": {"KIT": {"P": 2, "GONE": 1}}}, Skip.UNMAPPED, id="a bundle with an unknown part"),
    pytest.param("P", {"bundles": {"P": {"Q": 3}}, "mapping": {"P": "P"}}, {"Q": 3}, id="a bundle before an override"),
    pytest.param("CASE", {"cartons": {"CASE": "7"}, "contents": HELD}, {SEVEN: 1, "P": 10}, id="full cartons"),
    pytest.param("CASE", {"cartons": {"CASE": "7"}}, Skip.UNMAPPED, id="cartons of which nobody knows what they hold"),
    pytest.param(
        "CASE", {"cartons": {"CASE": "7"}, "contents": {"7": {"GONE": 10}}}, Skip.UNMAPPED, id="cartons of what is gone"
    ),
    pytest.param(
        "CASE", {"cartons": {"CASE": "8"}, "contents": {"8": {"P": 2}}}, Skip.UNMAPPED, id="cartons nobody counts"
    ),
    pytest.param(
        "KIT",
        {"bundles": {"KIT": {"CASE": 2, "P": 1, "Q": 1}}, "cartons": {"CASE": "7"}, "contents": HELD},
        {SEVEN: 2, "P": 21, "Q": 1},
        id="a bundle with cartons",
    ),
    pytest.param("7", {"cartons": {"CASE": "7"}, "contents": HELD}, Skip.UNMAPPED, id="the id of a carton type"),
    pytest.param(SEVEN, {"cartons": {"CASE": "7"}, "contents": HELD}, Skip.NO_SKU, id="a carton type by our own name"),
]


@pytest.mark.parametrize(("store_sku", "rules", "wanted"), RESOLVED)
def test_a_listing_is_made_of(store_sku: str, rules: dict[str, Any], wanted: Mapping[str, int] | Skip) -> None:
    assert made_of(store_sku, "P", "Q", SEVEN, **rules) == wanted


@pytest.mark.parametrize("match", ["exact", "loose"])
def test_a_carton_listing_moves_with_its_cartons_and_with_their_pieces(match: Match) -> None:
    rules = StoreRules(store="acme", match=match, cartons={"Case": "7"}, contents=HELD)
    own = normalized_sku("Case", match)
    assert own in names_of(SEVEN, rules)
    assert own in names_of("P", rules)
    assert own in names_of(SEVEN, StoreRules(store="acme", match=match, cartons={"Case": "7"})), "contents unknown yet"


@given(st.text(min_size=1), st.text(min_size=1))
def test_carton_types_stay_apart_from_each_other_and_from_products(one: str, other: str) -> None:
    assert (normalized_sku(carton_sku(one), "loose") == normalized_sku(carton_sku(other), "loose")) == (one == other)
    assert normalized_sku(one, "loose") != normalized_sku(carton_sku(other), "loose") or carton_of(one) is not None


def test_two_spellings_of_one_part_in_a_bundle_are_added_up() -> None:
    assert made_of("KIT", "P", match="loose", bundles={"KIT": {"P": 2, "p": 1}}) == {"P": 3}


def test_several_loose_duplicates_are_ambiguous_and_none_is_guessed() -> None:
    assert made_of("tee", "TEE", "Tee", match="loose") is Skip.AMBIGUOUS_MATCH


def test_a_bundle_with_an_ambiguous_part_is_ambiguous() -> None:
    assert made_of("KIT", "P", "TEE", "Tee", match="loose", bundles={"KIT": {"P": 1, "tee": 1}}) is Skip.AMBIGUOUS_MATCH


def test_an_exact_duplicate_wins_over_looser_ones() -> None:
    assert made_of("TEE", "TEE", "Tee", "tee", match="loose") == {"TEE": 1}


LOOKALIKES = ["P-1", "p-1", "P-1 ", "P\u00a01", "P 1", "\uff30-1", "Q", "q", "Q*", "KIT", "kit", "007", "7"]
names = st.sampled_from(LOOKALIKES)
bundles = st.dictionaries(names, st.dictionaries(names, st.integers(1, 3), min_size=1, max_size=3), max_size=3)
sources = st.sets(names)


@relaxed
@given(sku=names, source=sources)
def test_turning_loose_on_never_points_a_listing_at_another_product(sku: str, source: set[str]) -> None:
    exact = find(sku, "exact", shelf(source, "exact"))
    if not isinstance(exact, Skip):
        assert find(sku, "loose", shelf(source, "loose")) == exact


@relaxed
@given(st.text())
def test_the_comparable_form_of_a_name_is_its_own_comparable_form(sku: str) -> None:
    assert normalized_sku(normalized_sku(sku, "loose"), "loose") == normalized_sku(sku, "loose")


@pytest.mark.parametrize("match", ["exact", "loose"])
def test_a_listing_is_among_the_names_of_each_of_its_parts(match: Match) -> None:
    """A level that moves makes due what `names_of` says: a listing missing there would never be corrected."""

    @relaxed
    @given(sku=names, source=sources, mapping=st.dictionaries(names, names, max_size=3), bundled=bundles)
    @example(sku="KIT", source={"P-1"}, mapping={"KIT": "p-1"}, bundled={})
    @example(sku="KIT", source={"P-1"}, mapping={}, bundled={"KIT": {"p-1": 2}})
    def check(sku: str, source: set[str], mapping: dict[str, str], bundled: dict[str, dict[str, int]]) -> None:
        rules = StoreRules(store="acme", match=match, mapping=mapping, bundles=bundled)
        parts = resolve(sku, rules, shelf(source, match))
        if not isinstance(parts, Skip):
            assert all(normalized_sku(sku, match) in names_of(part, rules) for part in parts)

    check()


def test_a_source_sku_is_sold_under_its_own_name_its_overrides_and_its_bundles() -> None:
    rules = StoreRules(store="acme", mapping={"P-OLD": "P", "Z": "Q"}, bundles={"KIT": {"P": 2, "Q": 1}})
    assert names_of("P", rules) == ("P", "KIT", "P-OLD")


def test_names_are_found_whatever_spelling_an_override_uses() -> None:
    rules = StoreRules(store="acme", match="loose", mapping={"P-Old": "p"}, bundles={"KIT": {"P ": 2}})
    assert names_of("P", rules) == ("p", "kit", "p-old")


# -- loose keys of the rules --------------------------------------------------------------------------------

LOOSE_KEYS = [
    pytest.param({"mapping": {" x-old": "P"}}, {"P": 1}, id="an override"),
    pytest.param({"mapping": {"x-old": "\uff50"}}, {"P": 1}, id="an override to another spelling"),
    pytest.param({"bundles": {"\uff38-Old ": {"p": 2, "Q": 1}}}, {"P": 2, "Q": 1}, id="a bundle"),
    pytest.param(
        {"bundles": {"x-old": {"Q": 3}}, "mapping": {"X-old": "P"}}, {"Q": 3}, id="a bundle before an override"
    ),
]


@pytest.mark.parametrize(("rules", "parts"), LOOSE_KEYS)
def test_loose_finds_a_listing_whatever_spelling_its_rules_use(rules: dict[str, Any], parts: Mapping[str, int]) -> None:
    assert made_of("X-OLD", "P", "Q", match="loose", **rules) == parts
    assert made_of("X-OLD", "P", "Q", match="exact", **rules) is Skip.UNMAPPED


@relaxed
@given(sku=names, source=sources, mapping=st.dictionaries(names, names, max_size=3), bundled=bundles)
def test_loose_makes_every_spelling_of_an_overridden_listing_of_the_same_parts(
    sku: str, source: set[str], mapping: dict[str, str], bundled: dict[str, dict[str, int]]
) -> None:
    """As long as no two keys are loosely the same."""
    rules = StoreRules(store="acme", match="loose", mapping=mapping, bundles=bundled)
    if rules.normalized(sku) in rules.parts and len(rules.parts) == len(mapping | bundled):
        found = resolve(sku, rules, shelf(source, "loose"))
        assert resolve(f" {sku.swapcase()}", rules, shelf(source, "loose")) == found
