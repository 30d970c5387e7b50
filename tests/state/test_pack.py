"""Values come back from Redis as they went in, whatever text a merchant or a store puts into them."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bridge.core.guard import Hold
from bridge.core.ledger import Ledger, LevelDecrease, Shipment
from bridge.core.model import Level, StockKey, StoreStock, TargetBasis
from bridge.state import pack
from connectors.base import Listing, Status

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x1f"), max_size=20)
COUNT = st.integers(-(10**9), 10**9)
START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENT = st.integers(-(10**11), 10**11).map(lambda ms: START + timedelta(milliseconds=ms))
PLACES = st.none() | st.frozensets(TEXT, max_size=3)

BASIS = st.dictionaries(TEXT, st.builds(TargetBasis, *[COUNT] * 6), max_size=3)
PLAIN = st.builds(StoreStock, COUNT, COUNT, COUNT, st.booleans(), MOMENT)
REACHED = st.builds(StoreStock, COUNT, COUNT, COUNT, st.booleans(), MOMENT, COUNT, BASIS)
DECREASE = st.builds(LevelDecrease, TEXT, COUNT, MOMENT)
SHIPMENT = st.builds(
    Shipment,
    TEXT,
    TEXT,
    TEXT,
    TEXT,
    COUNT,
    MOMENT,
    st.none() | MOMENT,
    PLACES,
    st.lists(DECREASE, max_size=3).map(tuple),
)
LEDGER = st.builds(Ledger, st.lists(SHIPMENT, max_size=3).map(tuple), st.lists(DECREASE, max_size=3).map(tuple))
SAID = st.sampled_from([None, "release", "reject"])


@given(st.builds(Level, TEXT, TEXT, st.dictionaries(TEXT, COUNT, max_size=3), MOMENT, st.booleans(), TEXT))
def test_levels(value: Level) -> None:
    assert pack.read_level(value.product, pack.level(value)) == value


@given(st.builds(Listing, TEXT, TEXT, TEXT, st.sampled_from(Status)))
def test_listings(value: Listing) -> None:
    assert pack.read_listing(value.ref, pack.listing(value)) == value


@given(st.dictionaries(TEXT, PLAIN | REACHED, max_size=3))
def test_what_is_shown(value: dict[str, StoreStock]) -> None:
    assert pack.read_store_stock(pack.store_stock(value)) == value


@given(LEDGER)
def test_ledgers(value: Ledger) -> None:
    raw = pack.ledger(value)
    assert pack.read_ledger(raw) == value
    assert (raw is None) == (not value)


@given(st.builds(Hold, BASIS, st.dictionaries(TEXT, COUNT, max_size=3), MOMENT, TEXT, SAID))
def test_holds(value: Hold) -> None:
    assert pack.read_hold(pack.hold(value)) == value


@given(TEXT, TEXT, TEXT)
def test_stock_keys(store: str, ref: str, location: str) -> None:
    stock_key = StockKey(store, ref, location)
    assert pack.read_stock_key(store, pack.stock_key(stock_key)) == stock_key
