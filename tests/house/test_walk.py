"""The walk of one SKU in docs/architecture.md names files that are there, few enough to be read in an hour."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST = 20


def test_the_walk_names_files_that_are_there() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    walk = page.split("## A walk:")[1].split("\n## ")[0]
    files = re.findall(r"^\d+\. `([^`]+)`", walk, flags=re.MULTILINE)
    assert 10 <= len(files) <= MOST
    assert [name for name in files if not (ROOT / name).is_file()] == []


def test_every_file_that_the_page_names_is_there() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    named = re.findall(r"`((?:bridge/|connectors/|core/|sync/|state/|ops/|transport/)[\w/]+\.py)`", page)
    there = {name for name in named if (ROOT / name).is_file() or (ROOT / "bridge" / name).is_file()}
    assert named
    assert sorted(set(named) - there) == []
