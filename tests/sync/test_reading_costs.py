"""What reading a whole store may cost the bridge itself."""

from dataclasses import replace
from typing import Any

from bridge.sync import read_store

LISTINGS = 40


def test_what_a_connector_can_is_not_looked_up_for_every_listing(stage: Any) -> None:
    """In a real process each look-up searches the installed packages, which takes milliseconds."""
    for n in range(LISTINGS):
        stage.add(f"SKU-{n}", 10)
    stage.round()
    asked: list[str] = []

    def capabilities(store: str) -> Any:
        asked.append(store)
        return stage.shell.capabilities(store)

    report = read_store(replace(stage.shell, capabilities=capabilities), "main", full=True)
    assert report.error is None
    assert 0 < len(asked) < LISTINGS / 4
