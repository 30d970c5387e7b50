"""Runs, and rolling one back: what is listed is what was done, and what is put back is what was shown."""

import csv
import io
import re
import time
from typing import Any

import pytest

from bridge.core.model import StockKey
from bridge.core.sku import carton_sku
from bridge.core.undo import Write
from bridge.ops.rollback import Past
from bridge.web.views.runs import items
from bridge.web.written import leads

from .page import LOCKED, PASSWORD, VIEWER, Person, text_of

HOSTILE = "=1<img src=x onerror=alert(1)>"


@pytest.fixture
def wrote(till: Any) -> Any:
    return written(till)


def written(till: Any) -> Any:
    """Two listings were written twice."""
    for sku in ("A", HOSTILE):
        till.harness.add(sku, 10, shown=3)
    till.harness.cycle()
    till.harness.later(hours=2)
    for sku in ("A", HOSTILE):
        till.harness.warehouse.set_stock(sku, 9)
    till.harness.cycle()
    return till


def last_run(till: Any) -> str:
    return str(till.harness.state.runs(1)[0]["run"])


def waited(person: Person, run: str, step: str) -> Any:
    """The page of a rollback once it says something."""
    for _ in range(600):
        answer = person.get(f"/runs/{run}/rollback")
        if step in text_of(answer):
            return answer
        time.sleep(0.05)
    raise AssertionError(text_of(answer))


def token_of(answer: Any) -> str:
    found = re.search(r'name="token" value="([^"]+)"', answer.text)
    assert found
    return found[1]


# -- lists ------------------------------------------------------------------------------------------------


def test_every_run_is_listed_with_what_it_did(wrote: Any) -> None:
    answer = Person(wrote).get("/runs")
    runs = {run["run"] for run in wrote.harness.state.runs(20)}
    assert runs == set(re.findall(r'href="/runs/([0-9a-f]+)"', answer.text))
    rows = list(csv.DictReader(io.StringIO(Person(wrote).get("/runs.csv").text.lstrip("\ufeff"))))
    assert len(rows) == answer.text.count("<tr>") - 1 > 3


def test_filters_are_addresses(wrote: Any) -> None:
    wrote.harness.main.revoke()
    wrote.harness.warehouse.set_stock("A", 5)
    wrote.harness.cycle()
    person = Person(wrote)

    def count(query: str) -> int:
        return person.get(f"/runs{query}").text.count("<tr>") - 1

    everything = count("")
    assert count("?store=main") < everything
    assert count("?store=main&failed=yes") == 1
    assert 0 < count("?since=hour") < everything
    assert count("?since=nonsense") == everything
    assert count("?store=nobody") == -1
    assert 'value="yes" checked' in person.get("/runs?failed=yes").text
    assert "<option selected>main</option>" in person.get("/runs?store=main").text
    wrote.harness.add("B", 3, shown=1)
    wrote.harness.later(hours=25)
    wrote.harness.cycle(full=True)
    assert 0 < count("?sku=B") < count("?sku=A") < count("")
    assert count("?sku=nothing") == -1
    assert "/runs.csv?sku=B" in person.get("/runs?sku=B").text


def test_a_run_tells_each_number_and_the_stores_word(wrote: Any) -> None:
    wrote.harness.main.refuse("A")
    wrote.harness.warehouse.set_stock("A", 8)
    wrote.harness.cycle()
    run = last_run(wrote)
    said = text_of(Person(wrote).get(f"/runs/{run}"))
    assert re.search(r"A main \d+ 8 refused: ", said), said
    assert re.search(r"A outlet – 9 → to 8 -1 applied", said), said
    rows = list(csv.DictReader(io.StringIO(Person(wrote).get(f"/runs/{run}/items.csv").text.lstrip("\ufeff"))))
    assert [(x["sku"], x["store"], x["before"], x["after"]) for x in rows] == [
        ("A", "main", "", "8"),
        ("A", "outlet", "9", "8"),
    ]


def test_hostile_skus_are_text_and_no_formula(wrote: Any) -> None:
    run = last_run(wrote)
    page = Person(wrote).get(f"/runs/{run}").text
    assert "<img" not in page
    assert "&lt;img src=x" in page
    text = Person(wrote).get(f"/runs/{run}/items.csv").text
    assert f"'{HOSTILE}" in text


@pytest.mark.parametrize("path", ["/runs/nothing", "/runs/nothing/items.csv", "/runs/%3Cimg%3E"])
def test_a_run_that_nobody_knows_is_said_so(till: Any, path: str) -> None:
    answer = Person(till).get(path)
    assert (answer.status_code, "Nobody knows such a run" in answer.text) == (404, True)
    assert Person(till).get("/runs/nothing/rollback").status_code == 303


def test_a_carton_is_called_what_people_call_it() -> None:
    write = Write(StockKey("main", "1", ""), carton_sku("7"), 2, 4)
    refused = {"sku": carton_sku("8"), "store": "main", "location": "", "to": 3, "why": "No."}
    found = items(Past("run", None, {"main": [write]}, {}), [refused])
    assert [row["sku"] for row in found] == ["carton type 8", "carton type 7"]
    assert [leads(row["sku"], "sku") for row in found] == [False, False]
    assert leads("A", "sku")


# -- rolling back -----------------------------------------------------------------------------------------


def test_a_rollback_reads_first_and_puts_back_what_it_showed(wrote: Any) -> None:
    run, person = last_run(wrote), Person(wrote)
    before = wrote.harness.main.writes
    assert person.post(f"/runs/{run}/preview").headers["location"] == f"/runs/{run}/rollback"
    seen = waited(person, run, "and pause")
    assert wrote.harness.main.writes == before  # to look writes nothing
    assert "4 numbers" in text_of(seen)
    assert re.search(r"A main \d+ 9 → to 10 \+1", text_of(seen)), text_of(seen)
    assert person.post(f"/runs/{run}/rollback", token=token_of(seen)).status_code == 303
    done = text_of(waited(person, run, "put back by run"))
    assert "main: 2 numbers put back by run" in done
    assert "the store is paused" in done
    assert (wrote.harness.main.shows("A"), wrote.harness.stores["outlet"].shows("A")) == (10, 10)
    assert {store: bool(wrote.harness.state.store_record(store).paused) for store in ("main", "outlet")} == {
        "main": True, "outlet": True,
    }  # fmt: skip
    by = {row["by"] for row in wrote.harness.state.decisions().values()}
    assert by == {f"the rollback of run {run} by somebody at 127.0.0.1 (page)"}
    undone = last_run(wrote)
    assert f'href="/runs/{run}"' in person.get(f"/runs/{undone}").text


def test_what_moved_since_the_preview_stays(wrote: Any) -> None:
    run, person = last_run(wrote), Person(wrote)
    person.post(f"/runs/{run}/preview")
    seen = waited(person, run, "and pause")
    wrote.harness.main.edit("A", 4)
    person.post(f"/runs/{run}/rollback", token=token_of(seen))
    waited(person, run, "put back by run")
    assert wrote.harness.main.shows("A") == 4
    assert wrote.harness.stores["outlet"].shows("A") == 10


def test_only_the_last_preview_may_be_said_yes_to(wrote: Any) -> None:
    run, person = last_run(wrote), Person(wrote)
    person.post(f"/runs/{run}/preview")
    first = token_of(waited(person, run, "and pause"))
    person.post(f"/runs/{run}/preview")
    second = token_of(waited(person, run, "and pause"))
    for token in (first, "", "x"):
        answer = person.post(f"/runs/{run}/rollback", token=token)
        assert (answer.status_code, "no longer the last one" in answer.text) == (409, True)
    assert wrote.harness.main.shows("A") == 9
    assert person.post(f"/runs/{run}/rollback", token=second).status_code == 303
    waited(person, run, "put back by run")
    assert person.post(f"/runs/{run}/rollback", token=second).status_code == 409  # once


def test_a_viewer_looks_and_rolls_nothing_back(till_with: Any) -> None:
    till = written(till_with(lines=LOCKED))
    run, viewer = last_run(till), Person(till).log_in(VIEWER)
    page = viewer.get(f"/runs/{run}")
    assert (page.status_code, "Roll back…" in page.text) == (200, False)
    assert "Roll back…" in Person(till).log_in(PASSWORD).get(f"/runs/{run}").text
    assert viewer.post(f"/runs/{run}/preview").status_code == 403
    assert viewer.post(f"/runs/{run}/rollback", token="x").status_code == 403
    assert Person(till).get(f"/runs/{run}").status_code == 303  # to log in
