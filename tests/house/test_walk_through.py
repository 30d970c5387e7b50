"""connectors/ADDING_A_STORE.md shows what stands in the files of the distribution that it walks through."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOREIGN = ROOT / "tests" / "foreign_connector"
PAGE = (ROOT / "connectors" / "ADDING_A_STORE.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\S+)(?: title=(\S+))?\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("file", "text"), [pytest.param(file, text, id=file) for _, file, text in BLOCKS])
def test_a_block_is_what_its_file_says(file: str, text: str) -> None:
    assert f"\n{text}" in f"\n{(FOREIGN / file).read_text('utf-8')}"


def test_every_file_is_on_the_page() -> None:
    files = [path for path in FOREIGN.rglob("*") if path.suffix in (".py", ".toml", ".md")]
    assert len(BLOCKS) > 10
    assert [path.name for path in files if path.name not in PAGE] == []
