"""What a pull has met is handed on as it would be read back."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from bridge.core.blocks import BLOCK, Blocks
from bridge.core.model import Level
from bridge.state import pulled, spelling
from tests.state.test_spelling import COUNT, MOMENT, PACKING, TEXT, UNITS

LEVELS = st.lists(st.builds(Level, TEXT, TEXT, UNITS, MOMENT, st.booleans(), TEXT, TEXT, PACKING), max_size=3)


@given(st.lists(LEVELS, max_size=3), MOMENT, COUNT)
def test_levels_are_handed_on_as_they_would_be_read_back(pages: list[list[Level]], at: datetime, units: int) -> None:
    block = [Level(f"P{n}", "S", {"1": units}, at) for n in range(BLOCK)]
    handed = Blocks(pulled.LEVELS)
    for page in (*pages, block, *pages):
        handed.add(page)
    levels = [level for page in (*pages, block, *pages) for level in page]
    assert list(handed) == [spelling.read_level(x.product, spelling.level(x)) for x in levels]
