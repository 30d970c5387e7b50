"""Foreign text is data: no id, SKU or ref can be a field of our own, forge a separator, or stop the others."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.core.model import StockKey
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.state.connect import connect
from bridge.state.store import State
from tests.harness.sweeps import examples

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NASTY = st.sampled_from(
    [keys.EPOCH, "\x00" + keys.EPOCH, "\x00", "a\x1fb", "\x1e1", "\x1e", "a\nb", "\x1b[31m", "x" * 10_000, ""]
)
NAME = TEXT | NASTY | st.builds("{}{}".format, NASTY, TEXT)


@settings(examples(150), suppress_health_check=list(HealthCheck))
@given(names=st.lists(NAME, min_size=1, max_size=8, unique=True))
def test_every_name_is_kept_beside_the_others_and_the_state_stays_whole(redis_url: str, names: list[str]) -> None:
    db = connect(redis_url)
    db.flushall()
    state, key = State(db, ("main",)), keys.of_store("main", "ordered")
    state.ensure_whole()
    change = Change(puts=[(key, name, str(n)) for n, name in enumerate(names)], due=[("main", name) for name in names])
    state.commit(change)
    assert state.ensure_whole()
    assert dict(state._all(key)) == state._many(key, names) == {name: str(n) for n, name in enumerate(names)}
    due = state.due("main")
    assert due.keys() == set(names)
    state.commit(Change(done=[("main", *item) for item in due.items()], drops=[(key, name) for name in names]))
    assert (state.due("main"), dict(state._all(key)), state.ensure_whole()) == ({}, {}, True)
    db.close()


@given(ref=NAME, location=NAME)
def test_the_name_of_a_stock_key_is_read_back_as_it_was(ref: str, location: str) -> None:
    assert pack.read_stock_key("main", pack.stock_key(StockKey("main", ref, location))) == StockKey(
        "main", ref, location
    )
