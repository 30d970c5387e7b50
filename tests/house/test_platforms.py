"""The common rooms name no platform: they ask the registry, and what belongs to one lives beside its connector."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PLATFORM = re.compile("shopify|woo(?:commerce)?(?![a-z])|inventory_api", re.IGNORECASE)
ALLOWED: Mapping[str, str] = {
    "tests/connectors/inventory_api/": "the room of one platform",
    "tests/connectors/shopify/": "the room of one platform",
    "tests/connectors/woocommerce/": "the room of one platform",
    "tests/connectors/test_http_edge.py": "one connector hands a foreign library to the edge, in the one place allowed",
    "tests/connectors/test_registry.py": "names as a user types and mistypes them",
    "tests/connectors/test_same_shop.py": "tables of the configuration as a user types them",
    "tests/cli/test_start.py": "names of libraries that no command may import before it works",
    "tests/test_config.py": "tables of the configuration as a user types them",
    "tests/statements.toml": "what the documents say",
    "tests/test_toml.py": "a table of the configuration",
    "tests/test_repository.py": "addresses of documents, and names of libraries that no package of ours may hide",
    "tests/house/": "this list, and where a word may stand that is not ours",
}
"""File or folder → why it may."""


def named_in(folder: str) -> set[str]:
    """Files of any kind that name a platform."""
    texts = {path: path.read_bytes() for path in sorted((ROOT / folder).rglob("*")) if path.is_file()}
    return {
        path.relative_to(ROOT).as_posix()
        for path, text in texts.items()
        if path.suffix != ".pyc" and PLATFORM.search(text.decode("utf-8", "replace"))
    }


@pytest.mark.parametrize("room", ["bench", "bridge", "connectors/testing", "tests"])
def test_a_common_room_names_no_platform(room: str) -> None:
    assert {file for file in named_in(room) if not file.startswith(tuple(ALLOWED))} == set()


def test_every_exception_is_still_one() -> None:
    """A platform's room may have been removed with it."""
    named = named_in("tests")
    rooms = [each for each in ALLOWED if (ROOT / each).exists()]
    assert [each for each in rooms if not any(file.startswith(each) for file in named)] == []
