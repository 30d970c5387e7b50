"""The bridge names no platform: commands and demo ask the registry; what belongs to one lives beside its connector."""

import re
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PLATFORM = re.compile("shopify|woo(?:commerce)?(?![a-z])", re.IGNORECASE)
ALLOWED: Mapping[str, str] = {
    "bridge/cli/setup/draft.py": "the example of a location's id, in a comment of the file that `init` writes",
}
"""File → why it may, at most once."""


def named_in(folder: str) -> dict[str, int]:
    """File of any kind → how often it names a platform."""
    texts = {path: path.read_bytes() for path in sorted((ROOT / folder).rglob("*")) if path.is_file()}
    counts = {
        str(path.relative_to(ROOT)): len(PLATFORM.findall(text.decode("utf-8", "replace")))
        for path, text in texts.items()
        if path.suffix != ".pyc"
    }
    return {path: count for path, count in counts.items() if count}


def test_the_bridge_names_no_platform() -> None:
    assert named_in("bridge") == dict.fromkeys(ALLOWED, 1)


def test_what_all_sandboxes_share_names_none() -> None:
    assert named_in("connectors/testing") == {}


def test_the_measurements_start_their_sandboxes_by_the_registry() -> None:
    """Some measure one platform, and name it; the others go on working without it."""
    assert "bench/sandboxes.py" not in named_in("bench")
