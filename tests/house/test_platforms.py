"""The common rooms name no platform: they ask the registry, and what belongs to one lives beside its connector."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PLATFORM = re.compile("shopify|woo(?:commerce)?(?![a-z])", re.IGNORECASE)
ROOMS = ("bench", "bridge", "connectors/testing", "tests/bench", "tests/chaos", "tests/pool", "tests/sim")
ALLOWED: Mapping[str, str] = {}
"""File → why it may."""


def named_in(folder: str) -> set[str]:
    """Files of any kind that name a platform."""
    texts = {path: path.read_bytes() for path in sorted((ROOT / folder).rglob("*")) if path.is_file()}
    return {
        str(path.relative_to(ROOT))
        for path, text in texts.items()
        if path.suffix != ".pyc" and PLATFORM.search(text.decode("utf-8", "replace"))
    }


@pytest.mark.parametrize("room", ROOMS)
def test_a_common_room_names_no_platform(room: str) -> None:
    assert named_in(room) == {file for file in ALLOWED if file.startswith(f"{room}/")}
