"""`/api/v1`: what the page does, for programs. What it answers is what its document says, and what commands print."""

import json
import threading
import time
from typing import Any

import pytest

from bridge.errors import StateUnavailableError
from bridge.ops import drift_report, store_lists, webhooks
from bridge.ops.explain.report import explained
from bridge.ops.unmapped import compare
from bridge.state.deliveries import Rest
from bridge.status_report import gather
from bridge.sync.webhooks import Delivery, take
from bridge.web.acting import DONE, Done
from bridge.web.api.reads import LISTS
from bridge.web.reading import READ as READS
from bridge.web.views.settings import SECRET
from connectors.skills import Hint

from .api import BEARER, Program
from .page import LOCKED, PASSWORD, TOKEN, VIEWER
from .test_runs import last_run, written
from .test_store import decisions, holding

ODD = ["a/b", "..", ".", "%2F", "a b+c", "ø/Ω\u200b", "😀", "?x=1&y=2#z", "'\"<i>", "history", "A\\B", "\u202egnp"]
"""What a SKU may be."""


@pytest.fixture
def troubled(till: Any) -> Any:
    """Of every list of main something."""
    harness = holding(till).harness
    for sku in ("Q", "D", "U", "O"):
        harness.add(sku, 10)
    harness.main.untrack("U")
    harness.warehouse.add("WDG-2024-BLK", 5)
    harness.main.add("wdg 2024 blk", 3)
    harness.later(minutes=16)  # lists are asked for what is new every quarter of an hour
    harness.cycle()
    harness.main.edit("D", 3)
    harness.main.rename("O", "OTHER")
    harness.cycle(full=True)
    for _ in range(2):
        harness.later(minutes=16)
        harness.cycle()
    harness.main.refuse("Q")
    harness.warehouse.set_stock("Q", 8)
    harness.cycle()
    till.count("A", 5)
    hint = Hint("orders/create", "orders", "d1", harness.clock(), "#1001")
    take(harness.context, "main", [Delivery(harness.clock(), hint)], Rest())
    return till


# -- what is told ------------------------------------------------------------------------------------------


def test_every_answer_is_what_its_document_says(troubled: Any) -> None:
    """`Program.call` holds each against its shape, strictly: an undocumented member would fail."""
    program, run = Program(troubled), last_run(troubled)
    for one in LISTS:
        found = program.read(f"/stores/main/{one}")
        assert found["rows"], one
        assert found["total"] == len(found["rows"])
    for path in ("/status", "/stores/main", "/runs", f"/runs/{run}", "/settings"):
        assert program.read(path)
    for sku in ("SKU-01", "Q", "D", "O"):
        for path in ("/sku", "/sku/history", "/sku/series"):
            assert program.read(path, sku=sku)
    for act in ("release", "reject", "retry"):
        assert program.read(f"/stores/main/acts/{act}")["total"] > 0
    assert program.read("/skus", search="SKU")["total"] == 20


def test_a_thing_has_the_shape_that_its_command_prints(troubled: Any) -> None:
    program, context = Program(troubled), troubled.harness.context
    assert program.read("/status") == json.loads(json.dumps(gather(context)))
    assert program.read("/stores/main")["stores"] == {"main": gather(context)["stores"]["main"]}
    assert program.read("/sku", sku="D") == explained(context, "D", context.stores, offline=True)
    held = store_lists.held_rows(context, "main", context.state.held("main"), reject=False)
    assert program.read("/stores/main/held")["rows"] == held
    assert program.read("/stores/main/quarantine")["rows"] == store_lists.refused(context, "main")
    assert program.read("/stores/main/drift")["rows"] == drift_report.gather(context, "main")["drifts"]
    assert program.read("/stores/main/changes")["rows"] == store_lists.differing(context, "main")
    assert program.read("/stores/main/left_alone")["rows"] == store_lists.left_alone(context, "main")
    assert program.read("/stores/main/webhooks")["rows"] == webhooks.deliveries(context, "main")
    for side, rows in compare(context, "main").items():
        assert program.read(f"/stores/main/{side}")["rows"] == rows


def test_settings_tell_no_secret(till_with: Any) -> None:
    program = Program(till_with(lines=LOCKED), BEARER)
    answer = program.call("GET", "/settings")
    assert [secret for secret in (PASSWORD, VIEWER, TOKEN) if secret in answer.text] == []
    (web,) = [table["keys"] for table in answer.json()["tables"] if table["name"] == "web"]
    assert {"name": "token", "value": SECRET, "default": False} in web


@pytest.mark.parametrize("sku", ODD)
def test_a_sku_may_be_anything(till: Any, sku: str) -> None:
    till.harness.add(sku, 10)
    till.harness.cycle()
    program = Program(till)
    assert program.read("/sku", sku=sku)["sku"] == sku
    assert program.read("/skus", search=sku)["rows"][0]["sku"] == sku
    assert {"main", "outlet"} == set(program.act("/sku/resync", sku=sku)["stores"])
    assert program.read("/sku/history", sku=sku)["sku"] == sku


def test_a_name_leads_to_its_sku_and_nobody_knows_another(till: Any) -> None:
    till.harness.add("A", 10)
    till.harness.cycle()
    program = Program(till)
    assert program.read("/sku", sku="Product A")["sku"] == "A"
    for path in ("/sku", "/sku/history", "/sku/series"):
        answer = program.call("GET", path, params={"sku": "nopex"})
        assert (answer.status_code, "has the SKU" in answer.json()["error"]) == (404, True)
    assert program.call("POST", "/sku/warehouse", json={"sku": "nopex"}).status_code == 404
    assert program.call("POST", "/sku/resync", json={"sku": "nopex"}).status_code == 404
    told = program.act("/sku/warehouse", sku="A")
    assert ([x["of"] for x in told["entries"]], told["error"]) == (["product 1"], None)


def test_runs_are_chosen_as_on_the_page(till: Any) -> None:
    program = Program(written(till))
    every = program.read("/runs")
    assert 0 < program.read("/runs", store="main")["total"] < every["total"]
    assert program.read("/runs", failed="true")["total"] == 0
    assert program.read("/runs", since="hour")["total"] < every["total"]
    assert program.read("/runs", sku="A")["rows"]
    items = program.read(f"/runs/{last_run(till)}", limit=1)
    assert (items["total"], items["rows"][0]["word"], items["next"]) == (4, "applied", 1)
    assert items["can_put_back"] == ["main", "outlet"]


# -- parts of lists ----------------------------------------------------------------------------------------

PARTS: list[Any] = [
    pytest.param({}, 100, 100, id="the first hundred"),
    pytest.param({"limit": 1000}, 230, None, id="all that one answer may hold"),
    pytest.param({"offset": 200}, 30, None, id="the last ones"),
    pytest.param({"offset": 229, "limit": 1}, 1, None, id="the very last"),
    pytest.param({"offset": 230}, 0, None, id="none behind it"),
    pytest.param({"offset": 1_000_000, "limit": 1000}, 0, None, id="far behind it"),
    pytest.param({"search": "UNKNOWN-01", "limit": 3}, 3, 3, id="of what a search leaves"),
]


@pytest.fixture(scope="module")
def many() -> list[dict[str, Any]]:
    return [{"sku": f"UNKNOWN-{number:03}", "title": "", "ref": str(number)} for number in range(230)]


@pytest.mark.parametrize(("asked", "count", "following"), PARTS)
def test_a_list_comes_in_parts(
    till: Any, many: Any, monkeypatch: Any, asked: dict[str, Any], count: int, following: int | None
) -> None:
    rows = [{**row, "why": "", "looks_like": None} for row in many]
    monkeypatch.setitem(READS, "unmapped", lambda context, name: {"listings": rows})
    found = Program(till).read("/stores/main/listings", **asked)
    assert (len(found["rows"]), found["next"]) == (count, following)
    assert found["total"] == (10 if "search" in asked else 230)


WRONG = [
    "limit=0", "limit=1001", "limit=-1", "limit=x", "limit=1e3", "limit=" + "9" * 5_000, "offset=-1",
    "offset=1000001", "offset=", "limit=1&limit=2", "search=a&search=b", "search=" + "a" * 201, "serach=a",
    "&".join(f"a{number}=1" for number in range(30)),
]  # fmt: skip


@pytest.mark.parametrize("query", WRONG)
def test_a_query_that_cannot_be_meant_is_refused_by_name(till: Any, query: str) -> None:
    answer = Program(till).call("GET", f"/stores/main/held?{query}")
    assert answer.status_code == 422
    assert query.partition("=")[0] in answer.json()["error"] or "at most 20 parameters" in answer.json()["error"]
    assert len(answer.text) < 500


# -- acts --------------------------------------------------------------------------------------------------


def test_release_takes_what_was_seen_and_says_who(till: Any) -> None:
    program = Program(holding(till))
    would = program.read("/stores/main/acts/release")
    assert (would["total"], would["sums"]) == (10, ["100 units less on offer", "10 listings sold out"])
    assert set(decisions(till.harness).values()) == {None}  # to look decides nothing
    done = program.act("/stores/main/acts/release", seen=would["seen"])
    assert (done["count"], done["said"]) == (10, "main: 10 lowerings released; the next cycle sends them.")
    assert done["stores"]["main"]["decision"] == "release"
    assert [row["sku"] for row in done["stores"]["main"]["held"]] == [f"SKU-{number:02}" for number in range(10)]
    assert [row["by"] for row in till.harness.state.decisions().values()] == ["somebody at 127.0.0.1 (API)"]
    till.harness.cycle()
    assert till.harness.main.shows("SKU-03") == 0


def test_reject_takes_what_a_search_or_a_row_names(till: Any) -> None:
    program = Program(holding(till))
    assert program.decide("reject", search="SKU-03")["count"] == 1
    row = next(row for row in program.read("/stores/main/held")["rows"] if row["sku"] == "SKU-07")
    assert program.decide("reject", ref=row["ref"], location=row["location"])["count"] == 1
    assert {sku for sku, said in decisions(till.harness).items() if said == "reject"} == {"SKU-03", "SKU-07"}
    assert program.decide("reject", search="SKU-03")["count"] == 0  # not twice


def test_nothing_is_done_with_other_rows_than_were_seen(till: Any) -> None:
    """Somebody has decided on one meanwhile, on the page or here; it is one mechanism."""
    program = Program(holding(till))
    would = program.read("/stores/main/acts/release", search="SKU-0")
    program.decide("reject", search="SKU-03")
    till.harness.warehouse.set_stock("SKU-05", 10)  # and one fall is gone
    till.harness.cycle()
    told = program.act("/stores/main/acts/release", 409, seen=would["seen"], search="SKU-0")
    assert (told["total"], "look at it again" in told["error"]) == (9, True)
    assert set(decisions(till.harness).values()) == {None, "reject"}
    other = program.act("/stores/main/acts/release", 409, seen="0" * 16)
    assert program.act("/stores/main/acts/release", seen=other["seen"])["count"] == 9


def test_retry_empties_the_quarantine(till: Any) -> None:
    till.harness.add("A", 10)
    till.harness.add("B", 10)
    till.harness.cycle()
    till.harness.main.refuse("A")
    till.harness.warehouse.set_stock("A", 8)
    till.harness.cycle()
    till.harness.main.accept("A")
    program = Program(till)
    assert program.decide("retry")["stores"] == {"main": {"request": 1}}
    assert program.read("/stores/main/quarantine")["total"] == 0
    till.harness.cycle()
    assert till.harness.main.shows("A") == 8


def test_acts_on_a_store_as_a_whole(till: Any) -> None:
    till.harness.add("A", 10)
    till.harness.cycle()
    program = Program(till)
    assert program.act("/stores/main/acts/pause")["stores"] == {"main": {"paused": True}}
    assert program.read("/stores/main")["stores"]["main"]["paused"].startswith("by somebody at 127.0.0.1 (API) since")
    assert program.act("/stores/main/acts/resume")["stores"] == {"main": {"paused": False}}
    assert program.act("/stores/main/acts/resync")["stores"] == {"main": {"request": 1}}
    assert program.act("/stores/main/acts/full-resync")["stores"] == {"main": {"request": 2}}
    asked = program.read("/stores/main")["stores"]["main"]["requests"]
    assert (asked["requested"], asked["acknowledged"], asked["whole"]) == (2, 0, True)
    assert program.act("/sku/resync", sku="A", stores=["outlet"])["stores"] == {"outlet": {"request": 1}}


def test_a_pause_of_the_configuration_ends_there(till_with: Any) -> None:
    assert Program(till_with("paused = true")).act("/stores/main/acts/resume")["stores"] == {"main": {"paused": True}}


def test_a_worker_that_stays_with_the_store_is_told(till: Any) -> None:
    program = Program(holding(till))
    with till.harness.state.leased("store:main") as lease:
        assert lease is not None
        seen = program.read("/stores/main/acts/release")["seen"]
        answer = program.call("POST", "/stores/main/acts/release", json={"seen": seen})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["error"] == "A worker is busy with main; nothing was decided, try again in a minute."
    assert set(decisions(till.harness).values()) == {None}


# -- rolling back ------------------------------------------------------------------------------------------


def waited(program: Program, run: str, step: str) -> Any:
    """A rollback once it is as far."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = program.read(f"/runs/{run}/rollback")
        if found["step"] == step:
            return found
        time.sleep(0.02)
    raise AssertionError(found)


def test_a_rollback_is_looked_at_first_and_puts_back_what_was_shown(till: Any) -> None:
    run, program = last_run(written(till)), Program(till)
    writes = till.harness.main.writes
    assert program.call("GET", f"/runs/{run}/rollback").status_code == 404
    begun = program.act(f"/runs/{run}/preview", 202)
    assert (begun["undoes"], begun["dry_run"], begun["by"]) == (run, True, "somebody at 127.0.0.1 (API)")
    seen = waited(program, run, "seen")
    assert till.harness.main.writes == writes
    assert [(x["sku"], x["shows"], x["would_show"]) for x in seen["stores"]["main"]["back"]][-1] == ("A", 9, 10)
    for token in ("", "x", begun["token"] + "x"):
        assert program.call("POST", f"/runs/{run}/rollback", json={"token": token}).status_code == 409
    till.harness.stores["outlet"].edit("A", 4)  # it moved since the preview
    program.act(f"/runs/{run}/rollback", 202, token=seen["token"])
    done = waited(program, run, "done")
    assert (done["fault"], done["stores"]["main"]["result"]["applied"]) == ("", 2)
    assert (till.harness.main.shows("A"), till.harness.stores["outlet"].shows("A")) == (10, 4)
    assert program.read(f"/runs/{done['stores']['main']['run']}")["undoes"] == run
    assert program.call("POST", f"/runs/{run}/rollback", json={"token": seen["token"]}).status_code == 409  # once
    assert {row["by"] for row in till.harness.state.decisions().values()} == {
        f"the rollback of run {run} by somebody at 127.0.0.1 (API)"
    }


def test_a_preview_of_the_page_is_the_same_one(till: Any) -> None:
    run, program = last_run(written(till)), Program(till)
    assert program.post(f"/runs/{run}/preview").status_code == 303
    token = waited(program, run, "seen")["token"]
    assert f'value="{token}"' in program.get(f"/runs/{run}/rollback").text


@pytest.mark.parametrize("run", ["nothing", "..", "a%2Fb", "%00", "x" * 100, "ø"])
def test_a_run_that_nobody_knows(till: Any, run: str) -> None:
    program = Program(till)
    for method, path in (("GET", ""), ("POST", "/preview"), ("GET", "/rollback"), ("POST", "/rollback")):
        body = {"json": {"token": "x"}} if path == "/rollback" and method == "POST" else {}
        assert program.call(method, f"/runs/{run}{path}", **body).status_code == 404, path


# -- the state is away -------------------------------------------------------------------------------------


def test_a_state_that_is_away_is_said_so(till: Any, monkeypatch: Any) -> None:
    till.harness.add("A", 10)
    till.harness.cycle()
    program = Program(till)

    def gone(*_: object, **__: object) -> Any:
        raise StateUnavailableError("Redis cannot be reached; see that it runs.")

    monkeypatch.setattr(till.harness.db, "execute_command", gone)
    monkeypatch.setattr(till.harness.db, "pipeline", gone)
    reads = ("/status", "/sku?sku=A", "/settings", "/skus?search=A", "/stores/main/held", "/runs")
    for path in (*reads, "/stores/main/acts/pause"):
        answer = program.call("GET" if path in reads else "POST", path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), path
        assert answer.json()["error"] == "Redis cannot be reached; see that it runs."
    assert program.call("GET", "/openapi.json").status_code == 200


def test_an_act_that_is_not_answered_in_time_may_still_be_done(till: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("bridge.web.site.LONGEST", 0.1)
    goes_on = threading.Event()

    def slowly(*_: object) -> Done:
        assert goes_on.wait(30)
        return Done(0, {"paused": True})

    monkeypatch.setitem(DONE, "pause", slowly)
    monkeypatch.setitem(READS, "held", slowly)
    program = Program(till)
    acted, looked = program.call("POST", "/stores/main/acts/pause"), program.call("GET", "/stores/main/held")
    goes_on.set()
    assert [x.status_code for x in (acted, looked)] == [503, 503]
    assert "it may still be done; look" in acted.json()["error"]
    assert looked.json()["error"] == "The state was not read in time; Redis may be busy or away. Ask again."


def test_a_bug_is_told_without_its_cause(till: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(READS, "held", lambda context, name: 1 // 0)
    answer = Program(till).call("GET", "/stores/main/held")
    assert (answer.status_code, "ZeroDivision" in answer.text) == (500, False)
