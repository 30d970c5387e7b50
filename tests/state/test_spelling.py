"""Values come back from the rows of pages as they went in, whatever text a merchant or a store puts into them."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bridge.core.model import Level, Packing, StoreStock, TargetBasis
from bridge.state import spelling
from bridge.state.pages import Speller, Words
from connectors.base import Listing, Status

NASTY = st.sampled_from(["", "=", "==", "|", "a|b", "\x02", "\x020", ",", ";", ":", "1:2", "\t", "gid://a/B/7", "12"])
TEXT = st.text(st.characters(codec="utf-8"), max_size=12) | NASTY | st.builds("{}{}".format, NASTY, NASTY)
COUNT = st.integers(-(10**9), 10**9)
START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENT = st.integers(-(10**11), 10**11).map(lambda ms: START + timedelta(milliseconds=ms))

BASIS = st.dictionaries(TEXT, st.builds(TargetBasis, *[COUNT] * 6) | st.builds(TargetBasis, COUNT, COUNT), max_size=3)
EASY = st.builds(
    lambda units, at: StoreStock(units, 0, units, True, at, units, {"A": TargetBasis(units, 0)}), COUNT, MOMENT
)
ANY = st.builds(
    StoreStock, COUNT, COUNT, COUNT, st.booleans(), MOMENT, st.none(), st.just({}), st.booleans()
) | st.builds(StoreStock, COUNT, COUNT, COUNT, st.booleans(), MOMENT, COUNT, BASIS, st.booleans())
SIZE = st.integers(0, 9_999)
PACKING = st.none() | st.builds(Packing, TEXT, COUNT, st.tuples(SIZE, SIZE, SIZE), SIZE)
UNITS = st.dictionaries(TEXT, COUNT, max_size=3)


@given(st.builds(Level, TEXT, TEXT, UNITS, MOMENT, st.booleans(), TEXT, TEXT, PACKING))
def test_levels(value: Level) -> None:
    assert spelling.read_level(value.product, spelling.level(value)) == value


@given(st.builds(Listing, TEXT, TEXT, TEXT, st.sampled_from(Status)))
def test_listings(value: Listing) -> None:
    assert spelling.read_listing(value.ref, spelling.listing(value)) == value


@given(TEXT)
def test_what_is_called_as_its_sku_says_so_once(sku: str) -> None:
    listing = Listing("r", sku, sku)
    assert spelling.read_listing("r", spelling.listing(listing)) == listing


def test_every_status_is_told_by_its_first_letter() -> None:
    assert len(spelling.STATUS) == len(Status)


@given(st.dictionaries(TEXT, EASY | ANY, max_size=3))
def test_what_is_shown(value: dict[str, StoreStock]) -> None:
    say = Speller(Words())
    raw = spelling.store_stock(value, say)
    assert spelling.read_store_stock(raw, Words(say.words.text)) == value


@given(st.lists(TEXT, min_size=1, max_size=4))
def test_refs_and_products(value: list[str]) -> None:
    say = Speller(Words())
    assert spelling.read_refs(spelling.refs(value, say), say.words) == value
    named = [product or "0" for product in value]
    assert spelling.read_products(spelling.products(named)) == named
