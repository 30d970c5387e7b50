"""Who may ask `/api/v1` what, and what is no request: other sites, bodies, methods and addresses of whoever tries."""

import asyncio
import re
from typing import Any

import pytest
from fastapi.routing import APIRoute

from bridge.web.access.guard import ANONYMOUS, CLOSED, FOREIGN, REBOUND, VIEWER, WRONG_BEARER
from bridge.web.api import gate
from bridge.web.api.app import PATH, application
from bridge.web.views.actions import ACTS
from tests.harness.sweeps import share

from .api import BEARER, Program
from .page import HERE, LOCKED, PASSWORD, SAME, TOKEN, Person
from .page import VIEWER as VIEWERS

WITH_TOKEN = f'[web]\ntoken = "{TOKEN}"\n'
OTHER = {**HERE, "Authorization": "Bearer another-token-of-a-program"}
ENTRIES: list[Any] = [
    pytest.param("", False, None, SAME, 200, 200, "", id="loopback, no password: open, as the page is"),
    pytest.param("", False, None, OTHER, 401, 401, WRONG_BEARER, id="a token where none is set"),
    pytest.param("", False, None, {"Host": "evil.example.com"}, 403, 403, REBOUND, id="a foreign name"),
    pytest.param(WITH_TOKEN, True, None, HERE, 403, 403, CLOSED, id="outside, no password: closed"),
    pytest.param(WITH_TOKEN, True, None, BEARER, 200, 200, "", id="outside, no password, with the token"),
    pytest.param(WITH_TOKEN, True, None, OTHER, 401, 401, WRONG_BEARER, id="outside, no password, another token"),
    pytest.param(LOCKED, True, None, HERE, 401, 401, ANONYMOUS, id="nobody"),
    pytest.param(LOCKED, False, None, HERE, 401, 401, ANONYMOUS, id="nobody on loopback with a password"),
    pytest.param(LOCKED, True, None, BEARER, 200, 200, "", id="the token"),
    pytest.param(LOCKED, True, None, {**BEARER, "Host": "evil.example.com"}, 200, 200, "", id="the token, any name"),
    pytest.param(LOCKED, True, PASSWORD, OTHER, 401, 401, WRONG_BEARER, id="a session, and another token"),
    pytest.param(LOCKED, True, None, {**HERE, "Authorization": f"Basic {TOKEN}"}, 401, 401, ANONYMOUS, id="Basic"),
    pytest.param(LOCKED, True, PASSWORD, {**SAME, "Authorization": "Basic x"}, 200, 200, "", id="of a proxy in front"),
    pytest.param(LOCKED, True, PASSWORD, SAME, 200, 200, "", id="operator"),
    pytest.param(LOCKED, True, VIEWERS, SAME, 200, 403, VIEWER, id="viewer"),
    pytest.param(LOCKED, True, PASSWORD, {**HERE, "Sec-Fetch-Site": "cross-site"}, 200, 403, FOREIGN, id="other site"),
    pytest.param(LOCKED, True, PASSWORD, {**HERE, "Origin": "https://x.example"}, 200, 403, FOREIGN, id="old browser"),
    pytest.param(LOCKED, True, None, {**HERE, "Cookie": "stockbridge=operator"}, 401, 401, ANONYMOUS, id="unsigned"),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "outside", "password", "headers", "looks", "acts", "why"), ENTRIES)
def test_who_may_look_and_who_may_act(
    till_with: Any, lines: str, outside: bool, password: str | None, headers: Any, looks: int, acts: int, why: str
) -> None:
    till = till_with(lines=lines, outside=outside)
    program = Program(till, headers)
    if password:
        program.cookies = Person(till).log_in(password).cookies
    looked, acted = program.call("GET", "/status"), program.call("POST", "/stores/main/acts/pause")
    assert (looked.status_code, acted.status_code) == (looks, acts)
    assert acted.json().get("error", "") == why
    assert bool(till.harness.state.store_record("main").paused) is (acts == 200)
    assert ("www-authenticate" in looked.headers) is (looks == 401)
    assert [x for x in (PASSWORD, VIEWERS, TOKEN) if x in looked.text + acted.text] == []


def addresses() -> list[tuple[str, str]]:
    """Every method and address of the document."""
    routes = [route for route in application().routes if isinstance(route, APIRoute)]
    return sorted((method, route.path) for route in routes for method in route.methods or ())


@pytest.mark.parametrize(("method", "path"), share((pytest.param(*each) for each in addresses()), 4))
def test_no_address_is_open_to_nobody_and_no_act_to_a_viewer(till_with: Any, method: str, path: str) -> None:
    till = till_with(lines=LOCKED, outside=True)
    path = path.format(store="main", run="nothing")
    assert Program(till).call(method, path).status_code == 401
    viewer = Program(till)
    viewer.cookies = Person(till).log_in(VIEWERS).cookies
    status = viewer.call(method, path).status_code
    assert status == 403 if method == "POST" or "/acts/" in path else status in (200, 404, 422)
    assert till.harness.state.decisions() == {}


def test_a_decision_of_a_program_names_it(till_with: Any) -> None:
    till = till_with(lines=LOCKED, outside=True)
    Program(till, BEARER).act("/stores/main/acts/pause")
    session = Program(till)
    session.cookies = Person(till).log_in().cookies
    session.act("/stores/main/acts/resume")
    said = {row["what"]: row["by"] for row in till.harness.state.decisions().values()}
    assert [said["pause"], said["resume"]] == [
        "a program with the token at 127.0.0.1 (API)",
        "operator at 127.0.0.1 (API)",
    ]


# -- what is no request ------------------------------------------------------------------------------------

RELEASE = "/stores/main/acts/release"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SEEN = "e3b0c44298fc1c14"
BODIES: list[Any] = [
    pytest.param(JSON, b"{", 400, "is not JSON", id="half an object"),
    pytest.param(JSON, b'{"seen": NaN}', 400, "is not JSON", id="not a number"),
    pytest.param(JSON, b'{"seen": "\xff"}', 400, "is not JSON", id="no UTF-8"),
    pytest.param(JSON, '{"seen": "e3"}'.encode("utf-16"), 400, "is not JSON", id="UTF-16"),
    pytest.param(JSON, b'{"seen": "\\ud800"}', 400, "is not JSON", id="half a character"),
    pytest.param(JSON, b"[" * 30_000, 400, "is not JSON", id="depth without end"),
    pytest.param(JSON, b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400, "is not JSON", id="deep objects"),
    pytest.param(JSON, b'{"seen": "x", "seen": "y"}', 400, "`seen` stands twice", id="a name twice"),
    pytest.param(JSON, b'{"seen": {"a": 1, "a": 2}}', 400, "`a` stands twice", id="a name twice, inside"),
    pytest.param(JSON, b"[]", 422, "body: ", id="a list"),
    pytest.param(JSON, b"null", 422, "", id="null"),
    pytest.param(JSON, b"{}", 422, "seen: ", id="nothing in it"),
    pytest.param(JSON, b"", 422, "the body: ", id="nothing"),
    pytest.param(JSON, b'{"seen": 7}', 422, "seen: ", id="a number for a text"),
    pytest.param(JSON, b'{"seen": "E3B0C44298FC1C14"}', 422, "seen: ", id="another alphabet"),
    pytest.param(JSON, b'{"seen": "%s", "all": true}' % SEEN.encode(), 422, "all: ", id="a name that nobody knows"),
    pytest.param(JSON, b'{"seen": "%s", "search": "%s"}' % (SEEN.encode(), b"x" * 201), 422, "search: ", id="long"),
    pytest.param(JSON, b'{"seen": "' + b"x" * 70_000 + b'"}', 413, "at most 65536 bytes", id="too large"),
    pytest.param(FORM, b"seen=" + SEEN.encode(), 415, "Content-Type", id="a form, which any site may send"),
    pytest.param({"Content-Type": "text/plain"}, b"{}", 415, "Content-Type", id="text, which any site may send"),
    pytest.param({}, b"{}", 415, "Content-Type", id="no kind at all"),
]


@pytest.mark.parametrize(("headers", "body", "status", "says"), BODIES)
def test_a_body_that_cannot_be_meant_is_refused(till: Any, headers: Any, body: bytes, status: int, says: str) -> None:
    answer = Program(till).call("POST", RELEASE, headers, content=body)
    assert (answer.status_code, says in answer.json()["error"]) == (status, True), answer.text
    assert len(answer.text) < 1_200
    assert ("connection" in answer.headers) is (status == 413)
    assert till.harness.state.decisions() == {}


def test_an_act_on_a_whole_store_takes_nothing_but_nothing(till: Any) -> None:
    program = Program(till)
    for body, status in ((b"", 200), (b"{}", 200), (b"null", 200), (b'{"full": true}', 422), (b"[1]", 422)):
        assert program.call("POST", "/stores/main/acts/pause", JSON, content=body).status_code == status, body


def test_a_body_that_does_not_come_is_waited_for_a_while(till: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(gate, "SLOWEST", 0.05)

    async def slowly() -> Any:
        yield b"{"
        await asyncio.sleep(30)

    answer = Program(till).call("POST", RELEASE, JSON, content=slowly())
    assert (answer.status_code, answer.headers["connection"]) == (408, "close")


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "QUERY", "PROPFIND"])
@pytest.mark.parametrize("act", ["release", "pause"])
def test_another_method_does_nothing(till: Any, method: str, act: str) -> None:
    """No method stands in for another, and a header or a parameter that names one is none."""
    answer = Program(till).call(method, f"/stores/main/acts/{act}", {"X-HTTP-Method-Override": "POST"})
    assert (answer.status_code, "access-control-allow-origin" in answer.headers) == (405, False)
    assert answer.headers["allow"] == ("GET, POST" if act == "release" else "POST")
    assert till.harness.state.decisions() == {}


NOWHERE = [
    "", "/", "/nothing", "/status/", "//status", "/../status", "/stores", "/stores/", "/stores/main/", "/docs",
    "/redoc",    "/stores/main/acts/destroy", "/stores/main/acts/release/", "/stores/nobody",
    "/stores/nobody/held", "/stores/main%00", "/stores/..%2Fmain", "/stores/MAIN", "/stores/%6Dain2", "/runs/",
    "/runs/x/items", "/docs/oauth2-redirect", "/openapi.yaml", "/stores/" + "x" * 5_000,
]  # fmt: skip


@pytest.mark.parametrize("path", NOWHERE)
def test_an_address_that_is_none(till: Any, path: str) -> None:
    """JSON, and no redirect to whatever host was named."""
    answer = Person(till).get(PATH + path, headers={"Host": "127.0.0.1"})
    assert answer.status_code in (404, 422), answer.text
    assert answer.headers["content-type"] == "application/json"
    assert (set(answer.json()), "location" in answer.headers) == ({"error"}, False)


def test_an_encoded_address_is_the_same_address(till: Any) -> None:
    assert Program(till).call("GET", "/stores/%6Dain").status_code == 200
    assert Program(till).call("POST", "/stores/main/acts/%70ause").status_code == 200


HOSTILE = "<script>alert(1)</script>\u202e\x00"


@pytest.mark.parametrize("path", ["/sku", "/sku/history", "/sku/series", "/skus", "/runs", "/stores/main/held"])
def test_hostile_text_is_text(till: Any, path: str) -> None:
    name = "search" if path in ("/skus", "/stores/main/held") else "sku"
    answer = Person(till).get(PATH + path, params={name: HOSTILE})
    assert (answer.status_code, answer.headers["content-type"]) == (404 if "/sku" in path and name == "sku" else 200,
                                                                   "application/json")  # fmt: skip
    assert answer.headers["x-content-type-options"] == "nosniff"


# -- the document ------------------------------------------------------------------------------------------


def test_the_document_tells_every_status_and_names_no_other_host(till: Any) -> None:
    answer = Program(till).call("GET", "/openapi.json")
    told = answer.json()
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            statuses = set(operation["responses"])
            assert statuses >= {"401", "403", "422", "503"}, path
            assert (statuses >= {"400", "408", "413", "415"}) is (method == "post"), path
            assert ("404" in statuses) is ("{" in path or path.startswith("/sku/") or path == "/sku"), path
            assert "Retry-After" in operation["responses"]["503"]["headers"]
            good = operation["responses"]["202" if "202" in statuses else "200"]["content"]["application/json"]
            assert "$ref" in good["schema"], path
            assert operation["security"] == [{"token": []}, {"session": []}]
            assert operation["summary"]
    assert set(re.findall(r"https?://[^\"\\ ]+", answer.text)) == set()
    assert {path.rpartition("/")[2] for path in told["paths"] if "/acts/" in path} == set(ACTS)
    ids = [x["operationId"] for operations in told["paths"].values() for x in operations.values()]
    assert len(ids) == len(set(ids))
