"""A store that refuses what is written: a person is told, nothing is set aside and nothing counts as unanswered, so
that all of it is written as soon as that is repaired."""

from typing import Any

import pytest

from connectors.base import RetryableStoreError

from .refusals import COUNT, Act, build, fault, is_an_operators_matter

REFUSALS = [
    pytest.param(fault("status", status=403), "", id="403"),
    pytest.param(fault("status", status=404), "", id="404"),
    pytest.param(fault("redirect"), "redirect", id="redirect"),
]


@pytest.mark.parametrize("name", ["main", "outlet"])
@pytest.mark.parametrize(("breaks", "remedy"), REFUSALS)
def test_a_refused_write_is_an_operators_matter(harness_with: Any, name: str, breaks: Act, remedy: str) -> None:
    is_an_operators_matter(build(harness_with, name), name, breaks, remedy)


def test_a_third_party_connector_may_say_nothing_of_single_items(
    harness_with: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error without a word of any item: all that was sent is in doubt."""
    harness = build(harness_with, "outlet")

    def lost(*_: object) -> Any:
        raise RetryableStoreError("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(harness["outlet"].connector, "push", lost)
        report = harness.cycle().stores["outlet"]
    assert (report.waiting, report.error) == (COUNT, "no answer")
    assert harness.cycle().stores["outlet"].applied == COUNT
