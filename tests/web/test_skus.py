"""Search, and the page of one SKU: what it says is what `explain` says, and its buttons do what they name."""

import csv
import html
import io
import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from bridge.ops.explain.report import explained
from bridge.ops.search import Search
from bridge.ops.sku_history import sku_history
from bridge.web.views.series import series
from connectors.values import replace
from tests.harness.installation import START

from .page import LOCKED, PASSWORD, VIEWER, Person, text_of

HOSTILE = "=A/..?#<img src=x onerror=alert(1)>&\"'%2F"


def search(till: Any, text: str) -> str:
    return text_of(Person(till).get("/skus", params={"search": text})).split("Search")[-1]


# -- search -----------------------------------------------------------------------------------------------


def test_a_search_finds_skus_of_the_warehouse_and_of_every_store(till: Any) -> None:
    till.harness.add("WDG-1", 10)
    till.harness.warehouse.add("WDG-2", 5)
    till.harness.stores["outlet"].add("wdg-3", 1)
    till.harness.cycle()
    said = search(till, "wdg")
    assert "3 SKUs with" in said
    assert re.search(r"WDG-1 .*10 main, outlet WDG-2 .*5 no store wdg-3 .*– outlet", said), said
    assert "0 SKUs with “nothing” Nothing has that" in search(till, "nothing")


def test_a_whole_sku_leads_to_its_page(till: Any) -> None:
    till.harness.add("WDG-1", 10)
    till.harness.cycle()
    answer = Person(till).get("/skus", params={"search": "WDG-1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/skus/WDG-1")


def test_what_is_listed_anew_is_found_by_its_sku_at_once_and_by_its_name_later(till: Any) -> None:
    till.harness.add("A", 1)
    till.harness.cycle()
    found = Search(till.harness.context, oldest=1e9)
    assert found.find("new", begin=0, end=9).count == 0
    till.harness.main.add("NEW-1", 3, title="Something new")
    till.harness.later(hours=25)
    till.harness.cycle(full=True)
    assert [hit.sku for hit in found.find("NEW-1", begin=0, end=9).hits] == ["NEW-1"]
    assert found.find("something", begin=0, end=9).count == 0
    found.read()
    assert [hit.title for hit in found.find("something", begin=0, end=9).hits] == ["NEW-1 - Something new"]


def test_a_search_has_pages_that_can_be_kept(till: Any) -> None:
    till.harness.add("A", 1)
    for number in range(120):
        till.harness.main.add(f"MANY-{number:03}", 1)
    till.harness.cycle()
    person = Person(till)
    pages = [person.get("/skus", params={"search": "many", "page": page}).text for page in ("", "2", "3", "99", "x")]
    assert [page.count("<tr>") - 1 for page in pages] == [50, 50, 20, -1, 50]
    assert 'href="/skus?search=many&amp;page=2"' in pages[0]
    assert "120 SKUs" in pages[0]


def test_the_header_of_every_page_searches(till: Any) -> None:
    for path in ("/", "/stores/main", "/skus"):
        assert 'action="/skus"' in Person(till).get(path).text


# -- the page ---------------------------------------------------------------------------------------------


def test_the_page_says_the_discrepancy_first_and_findings_that_add_up(till: Any) -> None:
    till.harness.add("A", 10)
    till.harness.cycle()
    Person(till).post("/stores/main/do/pause", seen=_seen(till, "main", "pause"))
    till.harness.warehouse.set_stock("A", 7)
    till.harness.cycle()
    answer = Person(till).get("/skus/A")
    said = text_of(answer)
    assert "1 listing of 2 shows something else than it should." in said
    assert re.search(r"main .{0,40}10 shown 7 should be .{0,12}\+3 too many \+3 The store is paused", said), said
    assert said.index("too many") < said.index("as it should be") < said.index("Over time") < said.index("History")
    assert 'href="/stores/main/do/resume?back=%2Fskus%2FA"' in answer.text
    slips = explained(till.harness.context, "A", ("main",), offline=True)["stores"]["main"]["slips"]
    assert [sum(x["units"] for x in slip["findings"]) for slip in slips] == [slip["difference"] for slip in slips]


def _seen(till: Any, store: str, act: str) -> str:
    page = Person(till).get(f"/stores/{store}/do/{act}").text
    found = re.search(r'name="seen" value="([^"]*)"', page)
    assert found
    return found[1]


def test_held_refused_and_paused_have_their_buttons_there(till: Any) -> None:
    for number in range(10):
        till.harness.add(f"S-{number}", 10)
    till.harness.cycle()
    for number in range(9):
        till.harness.warehouse.set_stock(f"S-{number}", 0)
    till.harness.cycle()
    ref = quote(till.harness.main.ref("S-3"), safe="")
    page = html.unescape(Person(till).get("/skus/S-3").text)
    assert f"/stores/main/do/release?ref={ref}" in page
    assert f"/stores/main/do/reject?ref={ref}" in page
    assert "Held for approval" in page


def test_everything_hostile_is_text(till: Any) -> None:
    till.harness.warehouse.add(HOSTILE, 5, name=HOSTILE)
    till.harness.main.add(HOSTILE, 3, title="<script>alert(1)</script>")
    till.harness.cycle()
    till.harness.main.edit(HOSTILE, 1)
    till.harness.cycle(full=True)
    at = f"/skus/{quote(HOSTILE, safe='')}"
    for path in (at, f"/skus?search={quote('onerror')}"):
        answer = Person(till).get(path)
        assert answer.status_code == 200, answer.text
        assert "<img" not in answer.text
        assert "<script>alert" not in answer.text
        assert html.escape("<img src=x onerror=alert(1)>") in answer.text
    assert f'href="{at}"' in Person(till).get(f"/skus?search={quote('onerror')}").text
    assert Person(till).get(f"{at}/series.json").json()["lines"]
    rows = list(csv.reader(io.StringIO(Person(till).get(f"{at}/history.csv").text.lstrip("\ufeff"))))
    assert [cell for row in rows for cell in row if cell.startswith(("=", "@", "+"))] == []


def test_who_knows_nothing_of_a_sku_says_what_is_near(till: Any) -> None:
    till.harness.add("WDG-1", 10)
    till.harness.cycle()
    answer = Person(till).get("/skus/WDG1")
    assert (answer.status_code, "did you mean" in answer.text) == (404, True)
    assert Person(till).get("/skus/WDG1/series.json").status_code == 404


def test_resync_of_one_sku_empties_its_quarantine_and_says_who(till: Any) -> None:
    till.harness.add("A", 10)
    till.harness.add("B", 10)
    till.harness.cycle()
    till.harness.main.refuse("B")
    till.harness.warehouse.set_stock("B", 8)
    till.harness.cycle()
    assert till.harness.quarantine() != {}
    person = Person(till)
    answer = person.post("/skus/B/resync")
    assert (answer.status_code, answer.headers["location"]) == (303, "/skus/B")
    assert "main, outlet: B is read and sent again" in person.get("/skus/B").text
    assert till.harness.quarantine() == {}
    rows = [row for row in till.harness.state.decisions().values() if row["what"] == "resync"]
    assert {(row["store"], row["by"]) for row in rows} == {
        (store, "somebody at 127.0.0.1 (page)") for store in ("main", "outlet")
    }


@pytest.mark.parametrize("act", ["resync", "warehouse"])
def test_a_viewer_asks_for_nothing(till_with: Any, act: str) -> None:
    till = till_with(lines=LOCKED)
    till.harness.add("A", 10)
    till.harness.cycle()
    viewer = Person(till).log_in(VIEWER)
    page = viewer.get("/skus/A")
    assert (page.status_code, f"/skus/A/{act}" in page.text) == (200, False)
    assert viewer.post(f"/skus/A/{act}").status_code == 403
    assert f"/skus/A/{act}" in Person(till).log_in(PASSWORD).get("/skus/A").text
    foreign = Person(till, {"Host": "127.0.0.1:8321", "Sec-Fetch-Site": "cross-site"})
    assert foreign.post(f"/skus/A/{act}").status_code == 403


def test_the_warehouse_is_asked_on_a_click_alone(till: Any) -> None:
    till.harness.add("A", 10)
    till.harness.cycle()
    before = till.harness.source.calls.total()
    page = text_of(Person(till).get("/skus/A"))
    assert till.harness.source.calls.total() == before
    assert "Ask 3PLGuys" in page
    answer = Person(till).post("/skus/A/warehouse")
    assert answer.status_code == 200, answer.text
    assert till.harness.source.calls.total() > before


# -- over time --------------------------------------------------------------------------------------------


def test_the_series_is_what_the_history_says(till: Any) -> None:
    harness = till.harness
    harness.add("A", 10)
    harness.cycle()
    for units in (8, 12, 5):
        harness.later(minutes=10)
        harness.warehouse.set_stock("A", units)
        harness.cycle()
    harness.later(minutes=10)
    harness.main.edit("A", 4)
    harness.cycle(full=True)
    harness.later(minutes=5)
    told = Person(till).get("/skus/A/series.json").json()
    levels = [row for row in harness.state.history("A") if row["what"] == "level"]
    (warehouse,) = [line for line in told["lines"] if line["kind"] == "level"]
    at = {round(x * 1000): value for x, value in zip(told["x"], warehouse["values"], strict=True)}
    assert [at[row["at"]] for row in levels] == [sum(row["to"].values()) for row in levels]
    assert warehouse["values"][-1] == 5
    for store in ("main", "outlet"):
        (line,) = [line for line in told["lines"] if line["name"] == store]
        rows = [x for x in harness.state.history("A") if x["what"] in ("write", "store") and x["store"] == store]
        last = {row["at"]: row["to"] for row in rows}
        values = {round(x * 1000): value for x, value in zip(told["x"], line["values"], strict=True)}
        assert {when: values[when] for when in last} == last
        assert (
            line["values"][-1]
            == harness.state.store_stock(store, [harness[store].ref("A")])[harness[store].ref("A")][
                next(iter(harness.state.store_stock(store, [harness[store].ref("A")])[harness[store].ref("A")]))
            ].on_hand
        )
    assert told["x"] == sorted(set(told["x"]))
    assert all(len(line["values"]) == len(told["x"]) for line in told["lines"])


def test_orders_and_shipments_are_told_and_stand_on_it(till: Any) -> None:
    harness = till.harness
    harness.add("A", 10)
    harness.cycle()
    harness.later(minutes=10)
    order = harness.main.sell("A", 2)
    harness.cycle()
    assert re.search(r"ordered 2 units, main, order", text_of(Person(till).get("/skus/A")))
    harness.later(minutes=10)
    harness.main.ship(order)
    harness.cycle()
    said = text_of(Person(till).get("/skus/A"))
    assert re.search(r"shipped 2 units, main, order \S+, 2 not counted by the warehouse yet", said), said
    history, now = sku_history(harness.context, "A"), harness.context.now()
    told = series(explained(harness.context, "A", ("main",), offline=True), replace(history, since=START), now)
    assert [(x["kind"], x["store"], x["units"]) for x in told["events"]] == [
        ("order", "main", 2), ("shipment", "main", 2),
    ]  # fmt: skip
    report = explained(harness.context, "A", ("main",), offline=True)
    short = replace(history, rows=[], since=now - timedelta(minutes=5))
    assert [x["kind"] for x in series(report, short, now)["events"]] == ["shipment"]  # it does not reach to the other


def test_history_says_who_and_leads_to_runs(till: Any) -> None:
    till.harness.add("A", 10, shown=3)
    till.harness.cycle()
    Person(till).post("/skus/A/resync")
    page = Person(till).get("/skus/A").text
    run = till.harness.state.runs(1)[0]["run"]
    assert f'href="/runs/{run}"' in page
    assert "somebody at 127.0.0.1 (page)" in page
    rows = list(csv.DictReader(io.StringIO(Person(till).get("/skus/A/history.csv").text.lstrip("\ufeff"))))
    assert {"resync asked for", "written"} <= {row["said"] for row in rows}
