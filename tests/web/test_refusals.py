"""What a till, or whoever keeps its items file, gets wrong: one sentence each, and nothing that stood is lost."""

from typing import Any

import pytest

from bridge.errors import ConfigError
from tests.harness.refusals import BAD_FILES, BAD_REPORTS, BY_UPC, BadFile, BadReport
from tests.harness.sweeps import share

from .conftest import units

KEPT = {"upc:849632048260": 5}


@pytest.mark.states("update.served.missing_field")
@pytest.mark.parametrize("bad", share(BAD_REPORTS, 3), ids=[bad.name for bad in BAD_REPORTS])
def test_a_bad_report_is_answered_in_one_sentence_and_what_stood_stays(till: Any, bad: BadReport) -> None:
    till.count("A", 5)
    answer = till.ask("POST", content=bad.body) if isinstance(bad.body, bytes) else till.post(bad.body)
    assert (answer.status_code, answer.json()) == (bad.status, {"error": bad.said})
    assert (units(till), list(till.harness.state.every_unknown("shelf"))) == (KEPT, [])


def test_what_is_taken_and_what_is_refused_is_counted(till: Any) -> None:
    for body in (BY_UPC, BY_UPC, {**BY_UPC, "store": "03"}, {**BY_UPC, "quantity": "12"}, b"{", b" " * 70_000):
        till.ask("POST", content=body) if isinstance(body, bytes) else till.post(body)
    till.ask("POST", token="another-token-of-a-till", content=b"{}")
    assert till.harness.state.counters() == {"reports|shelf|taken": 2, "reports|shelf|refused": 3}


@pytest.mark.parametrize("bad", share(BAD_FILES, 3), ids=[bad.name for bad in BAD_FILES])
def test_a_bad_items_file_is_one_sentence_and_what_stood_stays(till: Any, bad: BadFile) -> None:
    till.count("A", 5)
    good = till.items.read_bytes()
    till.items.write_bytes(bad.body)
    answer = till.post({**BY_UPC, "quantity": 9})
    said = "The items file of this server has faults; try again later"
    assert (answer.status_code, answer.headers["retry-after"], answer.json()) == (503, "5", {"error": said})
    ((event, facts),) = till.harness.events
    assert (event, facts["till"]) == ("items file refused", "shelf")
    assert facts["error"].startswith(f"{till.items} has faults: {bad.said}")
    with pytest.raises(ConfigError) as refused:
        till.harness.read_settings()
    assert refused.value.exit_code == 2
    assert [*refused.value.faults] == [f"inbound.shelf.items: {facts['error']}"]
    assert units(till) == KEPT
    till.items.write_bytes(good)
    till.post({**BY_UPC, "quantity": 9})
    assert units(till) == {"upc:849632048260": 9}
