"""What a search of SKUs finds, and in which order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.search import MOST_HITS, SearchIndex, line_of, plain

SIDES = {
    "": [line_of("WDG-1", "Widget black"), line_of("WDG-10", "Widget  RED"), line_of("Ä/1", "Straße")],
    "main": [line_of("WDG-1", "Widget, black"), line_of("OTHER", "made for wdg-1")],
    "outlet": [line_of("wdg-1", ""), line_of("WDG-1", "Widget, black")],
}

FOUND = {
    "a whole SKU comes first, then what begins with it, then names": ("wdg-1", ["WDG-1", "wdg-1", "WDG-10", "OTHER"]),
    "a part of it": ("dg-10", ["WDG-10"]),
    "a name, whatever its case and blanks": (" WIDGET   red ", ["WDG-10"]),
    "every word, in any order": ("black widget", ["WDG-1"]),
    "words of SKU and name": ("wdg-10 red", ["WDG-10"]),
    "signs of a language": ("STRASSE", ["Ä/1"]),
    "nothing": ("gadget", []),
    "no word at all": ("  ", []),
    "two lines are two lines": ("black WDG-10", []),
}


@pytest.mark.parametrize("case", FOUND)
def test_a_search_finds(case: str) -> None:
    wanted, skus = FOUND[case]
    hits, more = SearchIndex.of(SIDES).find(wanted)
    assert ([hit.sku for hit in hits], more) == (skus, False)


def test_a_hit_says_who_has_it_and_how_it_is_called() -> None:
    (hit, *_), _ = SearchIndex.of(SIDES).find("WDG-1")
    assert (hit.title, sorted(hit.sides)) == ("Widget black", ["", "main", "outlet"])


def test_a_search_that_meets_too_much_says_so() -> None:
    index = SearchIndex.of({"main": [line_of(f"SKU-{n:05}", "") for n in range(MOST_HITS + 1)]})
    hits, more = index.find("sku")
    assert (len(hits), more) == (MOST_HITS, True)
    assert index.find("sku-0100")[1] is False


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x1f"), min_size=1, max_size=12)


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=12), TEXTS)
def test_a_search_finds_what_looking_at_each_line_finds(rows: list[tuple[str, str]], wanted: str) -> None:
    hits, _ = SearchIndex.of({"main": [line_of(*row) for row in rows]}).find(wanted)
    words = plain(wanted).split()
    expected = {
        sku for sku, title in rows
        if words and all(word in plain(sku) or word in plain(title) for word in words)
    }  # fmt: skip
    assert {hit.sku for hit in hits} == expected
