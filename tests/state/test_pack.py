"""Values come back from Redis as they went in, whatever text a merchant or a store puts into them."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bridge.core.guard import Hold
from bridge.core.ledger import Ledger, LevelDecrease, Shipment
from bridge.core.model import StockKey, TargetBasis
from bridge.state import pack

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x1f"), max_size=20)
COUNT = st.integers(-(10**9), 10**9)
START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENT = st.integers(-(10**11), 10**11).map(lambda ms: START + timedelta(milliseconds=ms))
PLACES = st.none() | st.frozensets(TEXT, max_size=3)

BASIS = st.dictionaries(TEXT, st.builds(TargetBasis, *[COUNT] * 6), max_size=3)
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
