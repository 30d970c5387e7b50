"""The page of a store: what it lists is what the commands list, and a button does what its command does, with exactly
what was shown."""

import csv
import html
import io
import re
from collections.abc import Callable
from typing import Any

import pytest

from bridge.state.change import ConflictError
from bridge.state.deliveries import Rest
from bridge.sync.webhooks import Delivery, take
from bridge.web.acting import DONE
from bridge.web.reading import READ
from bridge.web.views.actions import ACTS
from connectors.skills import Hint
from tests.harness.installation import Installation

from .page import LOCKED, PASSWORD, TOKEN, VIEWER, Person, text_of

HOSTILE = "=cmd|'/c calc'!A1 <img src=x onerror=alert(1)>"


@pytest.fixture
def held(till_with: Any) -> Any:
    """Ten listings of main are held, of twenty."""
    return holding(till_with())


def holding(till: Any) -> Any:
    for number in range(20):
        till.harness.add(f"SKU-{number:02}", 10)
    till.harness.cycle()
    for number in range(10):
        till.harness.warehouse.set_stock(f"SKU-{number:02}", 0)
    till.harness.cycle()
    assert len(till.harness.state.held("main")) == 10
    return till


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return html.unescape(found[1])


def press(person: Person, act: str, **chosen: str) -> Any:
    """Look at what a button asks, and say yes → the answer."""
    asked = person.get(f"/stores/main/do/{act}", params=chosen)
    assert asked.status_code == 200, asked.text
    fields: dict[str, Any] = {name: field(asked.text, name) for name in ("search", "ref", "location", "seen", "back")}
    return person.post(f"/stores/main/do/{act}", **fields)


def decisions(harness: Installation) -> dict[str, str | None]:
    """SKU → what was decided on it."""
    found = {key.ref: hold.decision for key, hold in harness.state.held("main").items()}
    return {harness.state.listings("main", [ref])[ref].sku: said for ref, said in found.items()}


# -- lists ------------------------------------------------------------------------------------------------


def test_what_is_held_is_a_diff_with_what_it_does(held: Any) -> None:
    answer = Person(held).get("/stores/main")
    said = text_of(answer)
    assert "10 lowerings are held until a person decides." in said
    assert re.search(r"SKU-03 10 → to 0 -10 10 10 .{0,60}10 of 20 listings with stock would go to zero", said), said
    assert answer.text.count('href="/stores/main/do/release?ref=') == 10
    assert Person(held).get("/stores/main/held").text.count("<tr>") == 11


def test_a_filter_is_an_address_and_its_buttons_take_what_it_shows(held: Any) -> None:
    answer = Person(held).get("/stores/main/held?search=sku-03")
    assert answer.text.count("<tr>") == 2
    assert 'value="sku-03"' in answer.text
    assert (
        'href="/stores/main/do/release?search=sku-03&amp;back=%2Fstores%2Fmain%2Fheld%3Fsearch%3Dsku-03"' in answer.text
    )
    nothing = Person(held).get("/stores/main/held", params={"search": HOSTILE})
    assert "Nothing here has" in nothing.text
    assert "<img" not in nothing.text
    assert "do/release?search" not in nothing.text


def test_unmapped_names_near_ones_and_what_to_paste(till: Any) -> None:
    till.harness.add("A", 10)
    till.harness.warehouse.add("WDG-2024-BLK", 5)
    till.harness.main.add("wdg 2024 blk", 3)
    till.harness.main.add(HOSTILE, 3)
    till.harness.cycle()
    answer = Person(till).get("/stores/main/unmapped")
    assert html.unescape(answer.text).count('<code>"wdg 2024 blk" = "WDG-2024-BLK"</code>') == 2
    assert "[stores.main.map]" in answer.text
    assert "<img" not in answer.text
    assert html.escape(HOSTILE).replace("&#x27;", "&#39;") in answer.text


def test_quarantine_tells_the_stores_reason_and_retry_empties_it(till: Any) -> None:
    till.harness.add("A", 10)
    till.harness.add("B", 10)
    till.harness.cycle()
    why = till.harness.main.refuse("B")
    till.harness.warehouse.set_stock("B", 8)
    till.harness.cycle()
    assert list(till.harness.quarantine()) == [till.harness.main.ref("B")]
    person = Person(till)
    said = html.unescape(person.get("/stores/main/quarantine").text)
    assert why in said
    till.harness.main.accept("B")
    answer = press(person, "retry", ref=till.harness.main.ref("B"), location=_location(till, "B"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/stores/main")
    assert "main: 1 number asked for again." in person.get("/stores/main").text
    assert till.harness.quarantine() == {}
    till.harness.cycle()
    assert till.harness.main.shows("B") == 8


def _location(till: Any, sku: str) -> str:
    ref = till.harness.main.ref(sku)
    return str(next(name for name in till.harness.state.notes("main", "quarantine") if ref in name).split("\x1f")[1])


def test_drift_a_dry_run_what_is_left_alone_and_runs_are_listed(till: Any) -> None:
    till.harness.add("A", 10)
    till.harness.add("U", 10)
    till.harness.main.untrack("U")
    till.harness.cycle()
    till.harness.main.edit("A", 3)
    till.harness.cycle(full=True)
    till.harness.warehouse.set_stock("A", 7)
    till.harness.cycle(dry=True)
    person = Person(till)
    assert re.search(r"A 10 → to 3 -7", text_of(person.get("/stores/main/drift")))
    assert re.search(r"A 10 → to 7 -3", text_of(person.get("/stores/main/changes")))
    assert "1 lower by 3 units, 0 higher by 0 units, 0 to zero" in text_of(person.get("/stores/main/changes"))
    assert "U" in text_of(person.get("/stores/main/left-alone")).split("Left alone 1")[1]
    assert till.harness.state.runs(1)[0]["run"] in person.get("/stores/main/runs").text


@pytest.mark.parametrize("tab", [*READ, "runs"])
def test_an_empty_list_teaches(till: Any, tab: str) -> None:
    answer = Person(till).get(f"/stores/main/{tab}")
    assert (answer.status_code, 'class="empty"' in answer.text) == (200, True)


def test_a_long_list_has_pages_and_csv_has_all(till: Any) -> None:
    till.harness.add("A", 10)
    for number in range(230):
        till.harness.main.add(f"UNKNOWN-{number:03}", 1)
    till.harness.cycle()
    person = Person(till)
    pages = [person.get(f"/stores/main/unmapped?page={page}").text for page in (1, 2, 3, 99, "x", "-1")]
    assert [page.count("<tr>") - 1 for page in pages] == [100, 100, 30, 30, 100, 100]
    assert 'href="/stores/main/unmapped?page=2"' in pages[0]
    assert ("page=1" in pages[1], "page=3" in pages[1]) == (True, True)
    rows = list(csv.DictReader(io.StringIO(person.get("/stores/main/listings.csv").text.lstrip("\ufeff"))))
    assert [row["sku"] for row in rows] == [f"UNKNOWN-{number:03}" for number in range(230)]
    some = person.get("/stores/main/listings.csv?search=unknown-01").text.splitlines()
    assert len(some) == 11


LISTS = ["held", "quarantine", "orphaned", "listings", "products", "drift", "changes", "left_alone", "runs"]


@pytest.mark.parametrize("name", LISTS)
def test_no_cell_of_a_csv_is_a_formula(till: Any, name: str) -> None:
    till.harness.add("A", 10)
    till.harness.main.add(HOSTILE, 3, title="@SUM(A1)")
    till.harness.warehouse.add("+1+1", 3, name="-2+3")
    till.harness.cycle()
    answer = Person(till).get(f"/stores/main/{name}.csv")
    assert answer.headers["content-disposition"] == f'attachment; filename="main-{name}.csv"'
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    cells = [cell for row in rows[1:] for cell in row]
    assert [cell for cell in cells if re.match(r"[=+@\t]|-\D", cell)] == []
    assert (name != "listings") or f"'{HOSTILE}" in cells


# -- buttons ----------------------------------------------------------------------------------------------


def test_release_takes_all_and_the_next_cycle_sends_them(held: Any) -> None:
    person = Person(held)
    asked = person.get("/stores/main/do/release")
    assert "Release 10 lowerings in main?" in text_of(asked)
    assert "100 units less on offer 10 listings sold out" in text_of(asked)
    assert set(decisions(held.harness).values()) == {None}  # to look decides nothing
    assert press(person, "release").headers["location"] == "/stores/main"
    assert set(decisions(held.harness).values()) == {"release"}
    assert "main: 10 lowerings released; the next cycle sends them." in person.get("/stores/main").text
    assert "released; the next cycle" not in person.get("/stores/main").text  # it is said once
    held.harness.cycle()
    assert held.harness.main.shows("SKU-03") == 0
    by = [row["by"] for row in held.harness.state.decisions().values()]
    assert by == ["somebody at 127.0.0.1 (page)"]


def test_reject_takes_what_the_filter_shows_and_keeps_the_place(held: Any) -> None:
    person, back = Person(held), "/stores/main/held?search=SKU-03"
    assert press(person, "reject", search="SKU-03", back=back).headers["location"] == back
    assert {sku for sku, said in decisions(held.harness).items() if said == "reject"} == {"SKU-03"}
    listed = person.get("/stores/main/held?search=SKU-03")
    assert "rejected" in text_of(listed)
    assert "do/reject?ref" not in listed.text  # not the other way round, but it may still be released
    assert "do/release?ref" in listed.text
    held.harness.cycle()
    assert held.harness.main.shows("SKU-03") == 10


def test_one_row_has_buttons_of_its_own(held: Any) -> None:
    person = Person(held)
    link = re.search(r'href="(/stores/main/do/release\?ref=[^"]+)"', person.get("/stores/main/held?search=SKU-07").text)
    assert link
    asked = person.get(html.unescape(link[1]))
    assert "Release 1 lowering in main?" in text_of(asked)
    fields: dict[str, Any] = {name: field(asked.text, name) for name in ("search", "ref", "location", "seen", "back")}
    assert person.post("/stores/main/do/release", **fields).status_code == 303
    assert [sku for sku, said in decisions(held.harness).items() if said] == ["SKU-07"]


def test_nothing_is_done_with_other_rows_than_were_seen(held: Any) -> None:
    """Another person has decided on one meanwhile."""
    one, other = Person(held), Person(held)
    asked = one.get("/stores/main/do/release", params={"search": "SKU-0"})
    assert press(other, "reject", search="SKU-03").status_code == 303
    held.harness.warehouse.set_stock("SKU-05", 10)  # and one fall is gone
    held.harness.cycle()
    fields: dict[str, Any] = {name: field(asked.text, name) for name in ("search", "ref", "location", "seen", "back")}
    answer = one.post("/stores/main/do/release", **fields)
    assert (answer.status_code, "what is listed has changed" in answer.text) == (409, True)
    assert "Release 9 lowerings in main?" in text_of(answer)
    assert set(decisions(held.harness).values()) == {None, "reject"}
    again: dict[str, Any] = {name: field(answer.text, name) for name in ("search", "ref", "location", "seen", "back")}
    assert one.post("/stores/main/do/release", **again).status_code == 303


def test_an_act_that_others_were_faster_than_is_to_be_tried_again(held: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def conflict(*_: object) -> Any:
        raise ConflictError

    monkeypatch.setitem(DONE, "release", conflict)
    answer = press(Person(held), "release")
    said = "Other workers changed the same numbers at the same time; nothing was lost, try again."
    assert (answer.status_code, said in text_of(answer)) == (409, True)
    assert set(decisions(held.harness).values()) == {None}


def test_what_is_gone_is_not_asked_about(held: Any) -> None:
    person = Person(held)
    press(person, "release")
    held.harness.cycle()
    asked = person.get("/stores/main/do/release")
    assert "Nothing of that is there any more" in asked.text
    assert "<form method" not in asked.text.split("<main")[1]


def test_a_worker_that_stays_with_the_store_is_told(held: Any) -> None:
    person = Person(held)
    with held.harness.state.leased("store:main") as lease:
        assert lease is not None
        answer = press(person, "release")
    assert (answer.status_code, "A worker is busy with main; nothing was decided" in answer.text) == (503, True)
    assert set(decisions(held.harness).values()) == {None}


def test_pause_and_resume(till: Any) -> None:
    till.harness.add("A", 10)
    till.harness.cycle()
    person = Person(till)
    assert press(person, "pause").status_code == 303
    shown = text_of(person.get("/stores/main"))
    assert "Paused by somebody at 127.0.0.1 (page) since 2026-11-20" in shown
    assert ("Resume" in shown, "Pause " in shown) == (True, False)
    till.harness.warehouse.set_stock("A", 7)
    till.harness.cycle()
    assert till.harness.main.shows("A") == 10
    press(person, "resume")
    till.harness.cycle()
    assert till.harness.main.shows("A") == 7


def test_a_pause_of_the_configuration_ends_there(till_with: Any) -> None:
    person = Person(till_with("paused = true"))
    shown = person.get("/stores/main").text
    assert "by the configuration" in shown
    assert ("do/resume" in shown, "do/pause" in shown, "do/resync" in shown) == (False, False, True)


def test_a_resync_shows_how_far_it_is(till: Any) -> None:
    for number in range(5):
        till.harness.add(f"S{number}", 10)
    till.harness.cycle()
    person = Person(till)
    assert press(person, "full-resync").status_code == 303
    assert "Full resync: waits for a worker." in text_of(person.get("/stores/main"))
    assert '<progress id="resync" max="5" value="0">' in person.get("/stores/main").text
    assert "Full resync: waits for a worker." in text_of(person.get("/"))
    till.harness.session()
    said = text_of(person.get("/stores/main"))
    assert "The last resync was done just now : 0 written, 0 still due." in said
    assert press(person, "resync").status_code == 303
    assert "Resync: waits for a worker." in text_of(person.get("/stores/main"))


# -- who --------------------------------------------------------------------------------------------------

ENTRIES: dict[str, Callable[[Any], Person]] = {
    "operator": lambda till: Person(till).log_in(PASSWORD),
    "viewer": lambda till: Person(till).log_in(VIEWER),
    "token": lambda till: Person(till, {"Authorization": f"Bearer {TOKEN}"}),
    "nobody": Person,
}
MAY = {"operator": 303, "token": 303, "viewer": 403, "nobody": 401}


@pytest.mark.parametrize("entry", ENTRIES)
def test_who_may_press_which_button(till_with: Any, entry: str) -> None:
    """Whoever may not sees none either, and changes nothing."""
    till = till_with(lines=LOCKED, outside=True)
    till.harness.add("A", 10)
    till.harness.cycle()
    person = ENTRIES[entry](till)
    empty = "e3b0c44298fc1c14"  # the mark of no rows
    for act in ACTS:
        answer = person.post(f"/stores/main/do/{act}", seen=empty)
        assert answer.status_code == MAY[entry], act
        if entry == "viewer":
            assert person.get(f"/stores/main/do/{act}").status_code == 403
    assert bool(till.harness.state.decisions()) is (MAY[entry] == 303)
    if entry != "nobody":
        shown = person.get("/stores/main")
        assert (shown.status_code, "/do/" in shown.text) == (200, entry != "viewer")


@pytest.mark.parametrize("act", ACTS)
def test_another_site_presses_nothing(till_with: Any, act: str) -> None:
    till = till_with(lines=LOCKED, outside=True)
    person = Person(till).log_in()
    for foreign in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        assert person.post(f"/stores/main/do/{act}", foreign, seen="e3b0c44298fc1c14").status_code == 403
    old = Person(till, {"Host": "stock.example.com", "Origin": "https://evil.example.com"})
    old.cookies = person.cookies
    assert old.post(f"/stores/main/do/{act}", seen="e3b0c44298fc1c14").status_code == 403
    assert till.harness.state.decisions() == {}


NOWHERE = [
    "/stores/other", "/stores/main/nothing", "/stores/main/nothing.csv", "/stores/main/do/nothing", "/stores/",
    "/stores/main/../other", "/stores/%2e%2e/main", "/stores/main%00", "/stores/MAIN", "/stores/main/held/x",
]  # fmt: skip


@pytest.mark.parametrize("path", NOWHERE)
def test_there_is_nothing_elsewhere(till: Any, path: str) -> None:
    assert Person(till).get(path).status_code == 404
    assert Person(till).post(path).status_code in (404, 405)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_nothing_changes_but_by_post(held: Any, method: str) -> None:
    before = held.harness.state.decisions()
    assert Person(held).ask(method, "/stores/main/do/release").status_code in (200, 405)
    assert (held.harness.state.decisions(), set(decisions(held.harness).values())) == (before, {None})


def test_a_sentence_of_anybody_else_is_not_said(till: Any) -> None:
    person = Person(till)
    person.cookies["stockbridge-told"] = "IkFsbCBpcyBzb2xkIg.AAAA"
    assert "told" not in person.get("/").text


# -- webhooks ---------------------------------------------------------------------------------------------


def delivered(till: Any, *hints: Hint) -> None:
    take(till.harness.context, "main", [Delivery(till.harness.clock(), hint) for hint in hints], Rest())


def test_a_store_that_delivered_nothing_says_how_to_have_it(till: Any) -> None:
    said = text_of(Person(till).get("/stores/main/webhooks"))
    assert "Nothing was delivered yet" in said
    assert "stockbridge webhooks STORE --register" in said


def test_deliveries_are_listed_newest_first_and_chosen_by_topic_and_verdict(till_with: Any) -> None:
    till = till_with(lines=LOCKED)
    delivered(till, Hint("orders/create", "orders", "d1", till.harness.clock(), about=HOSTILE))
    till.harness.later(seconds=60)
    delivered(till, Hint("products/update", "listings", "d2"), Hint("orders/create", "orders", "d1"))
    viewer = Person(till).log_in(VIEWER)
    page = viewer.get("/stores/main/webhooks")
    rows = re.findall(r'data-title="What became of it"><span class="cell">\s*([^<]*?)\s*</span>', page.text)
    assert rows == ["double", "read at once", "read at once"]
    assert "<img" not in page.text
    assert "Since the state began: 2 read at once, 1 double" in text_of(page)
    for query, count in (
        ("topic=orders%2Fcreate", 2), ("verdict=double", 1), ("topic=orders%2Fcreate&verdict=double", 1),
        ("search=d2", 1), ("search=d2&verdict=double", 0), ("topic=none", 0),
    ):  # fmt: skip
        page = viewer.get(f"/stores/main/webhooks?{query}")
        assert page.text.count("<tr>") == (count + 1 if count else 0), query
        told = viewer.get(f"/stores/main/webhooks.csv?{query}").text
        assert len(list(csv.reader(io.StringIO(told)))) == count + 1, query
    assert "<option selected>double</option>" in viewer.get("/stores/main/webhooks?verdict=double").text


def test_what_is_chosen_stays_from_page_to_page(till: Any) -> None:
    delivered(till, *[Hint("orders/create", "orders", f"d{n}") for n in range(150)])
    page = html.unescape(Person(till).get("/stores/main/webhooks?topic=orders%2Fcreate").text)
    assert "/stores/main/webhooks?topic=orders%2Fcreate&page=2" in page
    assert "/stores/main/webhooks.csv?topic=orders%2Fcreate" in page
