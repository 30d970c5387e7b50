"""What orders owe of one listing, and under which SKU: pure."""

from datetime import UTC, datetime, timedelta

from bridge.core.owed import UNTOLD, Owed, after, is_unnamed, noted_skus, ref_of, renamed, units_of, words_of
from connectors.base import OrderLine

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
KEEP = timedelta(hours=192)


def test_a_rename_notes_what_is_open_under_the_old_sku() -> None:
    lines = renamed({"1": Owed(5)}, "A", "B", now=NOW)
    assert lines == {"1": Owed(5, "A", NOW)}
    assert (units_of(lines), noted_skus(lines)) == ({"1": 5}, {"A": 5})


def test_the_first_sku_stays_whatever_names_follow() -> None:
    lines = renamed(renamed({"1": Owed(5)}, "A", "B", now=NOW), "B", "C", now=NOW)
    assert noted_skus(lines) == {"A": 5}
    assert renamed({**lines, "2": Owed(1)}, "C", "A", now=NOW) == {"1": Owed(5), "2": Owed(1, "C", NOW)}


def test_what_was_shipped_under_the_old_sku_is_remembered_for_a_while() -> None:
    lines = renamed({}, "A", "B", left=["1"], now=NOW)
    assert lines == {"1": Owed(0, "A", NOW)}
    assert units_of(lines) == {}
    assert after(lines, [], now=NOW + KEEP - timedelta(hours=1), keep=KEEP) == lines
    assert after(lines, [], now=NOW + KEEP, keep=KEEP) == {}


def test_an_order_that_owes_nothing_is_forgotten_at_once_where_no_name_changed() -> None:
    assert after({"1": Owed(5), "2": Owed(2)}, [("1", 0, None), ("3", 4, None)], now=NOW, keep=KEEP) == {
        "2": Owed(2),
        "3": Owed(4),
    }


def test_what_no_order_tells_counts_on_the_old_name_and_is_no_order() -> None:
    lines = renamed({"1": Owed(2)}, "A", "B", untold=3, now=NOW)
    assert (noted_skus(lines), units_of(lines)) == ({"A": 5}, {"1": 2})
    assert lines[UNTOLD].units == 3


def test_what_the_store_keeps_with_an_order_is_believed_unless_it_was_noted_before() -> None:
    told = [("1", 5, "A"), ("2", 1, "A"), ("3", 0, "A")]
    lines = after({"1": Owed(5), "2": Owed(2, "Z", NOW)}, told, now=NOW, keep=KEEP)
    assert lines == {"1": Owed(5, "A", NOW), "2": Owed(1, "Z", NOW)}


def test_lines_that_name_no_listing_stand_by_their_sku_or_title() -> None:
    one, other = (OrderLine("", NOW, "1", sku=sku, title=title) for sku, title in (("A", ""), ("", "Engraving")))
    assert [words_of(ref_of(m)) for m in (one, other)] == [("A", ""), ("", "Engraving")]
    assert all(is_unnamed(ref_of(m)) for m in (one, other))
    assert ref_of(OrderLine("12", NOW, "1", sku="A")) == "12"
