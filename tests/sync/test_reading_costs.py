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


def test_a_shop_that_writes_its_bulk_file_for_many_minutes_is_read(stage_with: Any) -> None:
    """Longer than a request that fails is repeated for; a visit that gave up would only begin another operation."""
    stage = stage_with(rules="bulk_above = 0")
    stage.add("A", 10, shown=8)
    stage.sandbox.bulk.polls = 60
    assert stage.round().stores["main"].error is None
    assert stage.available("A") == 10
    assert stage.slept > 600
    assert stage.sandbox.calls["BulkRun"] == 2
