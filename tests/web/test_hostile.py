"""Requests that want something else than they say: each is refused, or what it brings is text.

A row that is answered with 200 is not refused: what it brings is told, and nothing is done. `make test` plays one row
in four, `make full` all of them."""

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from bridge.ops import rollback
from bridge.web import inbound, live, site
from bridge.web.answers import HEADERS
from bridge.web.undoing import Rollbacks
from bridge.web.views.actions import ACTS
from bridge.web.views.store import TABS
from tests.harness.sweeps import share

from .conftest import TOKEN as TILL_TOKEN
from .hostile import (
    BY,
    NOTHING,
    OURS,
    REASON,
    RUN,
    SAME,
    SKU,
    TAG,
    TITLE,
    Hostile,
    House,
    cookies,
    dripping,
    haunted,
)
from .page import PASSWORD, TOKEN, VIEWER

PAUSE = "/stores/main/do/pause"
YES = {"seen": NOTHING, "back": "/"}
EVIL = "//evil.example/path"
HOST = ("Host", "127.0.0.1:8321")
FORM = ("Content-Type", "application/x-www-form-urlencoded")
ALIVE = [TAG, "<script>alert", "<svg onload", "<b>$", 'onmouseover="alert']
"""What would be part of a page, were it not escaped."""


def by(*headers: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Headers instead of what a browser says of the page itself."""
    return (HOST, *headers)


def also(*headers: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return (*SAME.items(), *headers)


CROSSING = [
    Hostile("another site", "POST", PAUSE, 403, headers=by(("Sec-Fetch-Site", "cross-site")), body=YES),
    Hostile("another host of the domain", "POST", PAUSE, 403, headers=by(("Sec-Fetch-Site", "same-site")), body=YES),
    Hostile("Sec-Fetch-Site twice", "POST", PAUSE, 403, headers=also(("Sec-Fetch-Site", "cross-site")), body=YES),
    Hostile("a forged origin", "POST", PAUSE, 403, headers=by(("Origin", "http://evil.example")), body=YES),
    Hostile("origin null", "POST", PAUSE, 403, headers=by(("Origin", "null")), body=YES),
    Hostile("an origin of another port", "POST", PAUSE, 403, headers=by(("Origin", "http://127.0.0.1:1")), body=YES),
    Hostile(
        "an origin that begins like ours",
        "POST",
        PAUSE,
        403,
        headers=by(("Origin", "http://127.0.0.1:8321.evil.example")),
        body=YES,
    ),
    Hostile("a cookie and no word of where from", "POST", PAUSE, 403, headers=by(), body=YES),
    Hostile("a referer is no origin", "POST", PAUSE, 403, headers=by(("Referer", "http://127.0.0.1:8321/")), body=YES),
    Hostile(
        "another site, where no password is",
        "POST",
        PAUSE,
        403,
        who="",
        on="open",
        headers=by(("Origin", "http://evil.example")),
        body=YES,
    ),
    Hostile(
        "another site logs in",
        "POST",
        "/login",
        403,
        who="",
        headers=by(("Sec-Fetch-Site", "cross-site")),
        body={"password": PASSWORD},
    ),
    Hostile("another site logs out", "POST", "/logout", 403, headers=by(("Origin", "http://evil.example"))),
]

METHODS = [
    Hostile("an act by GET", "GET", f"{PAUSE}?seen={NOTHING}", 200, has="Pause"),
    Hostile("an act by HEAD", "HEAD", f"{PAUSE}?seen={NOTHING}", 200),
    Hostile(
        "a method in a header",
        "GET",
        f"{PAUSE}?seen={NOTHING}",
        200,
        headers=also(("X-HTTP-Method-Override", "POST"), ("X-HTTP-Method", "POST")),
    ),
    Hostile("a method in the query", "GET", f"{PAUSE}?_method=POST&seen={NOTHING}", 200),
    *(
        Hostile(f"{method} of an act", method, PAUSE, 405, body=YES)
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND")
    ),
    *(
        Hostile(f"POST to {path}", "POST", path, 405, body=YES)
        for path in (
            "/",
            "/runs",
            "/runs.csv",
            "/skus",
            "/events",
            "/stores/main",
            "/stores/main/held.csv",
            "/healthz",
            "/readyz",
            "/metrics",
            "/settings",
        )
    ),
    Hostile("OPTIONS of a till", "OPTIONS", "/api/product/inventory", 405, who=""),
    Hostile(
        "an upgrade to another protocol",
        "GET",
        "/",
        200,
        headers=also(("Connection", "Upgrade"), ("Upgrade", "websocket")),
    ),
]

NOBODY = [who for who in cookies() if who not in ("operator", "viewer")]
WANTED = ["/runs/run/preview", "/runs/run/rollback", "/skus/SKU-01/resync", "/skus/SKU-01/warehouse", "/settings/check"]
SESSIONS = [
    *(Hostile(f"a cookie {who}", "GET", "/", 303, who=who, where="/login?next=/") for who in NOBODY),
    *(Hostile(f"a cookie {who}, to act", "POST", PAUSE, 401, who=who, body=YES) for who in NOBODY),
    Hostile("no cookie, to act", "POST", PAUSE, 401, who="", body=YES),
    *(
        Hostile(f"a viewer presses {act}", "POST", f"/stores/main/do/{act}", 403, who="viewer", body=YES)
        for act in ACTS
    ),
    *(Hostile(f"a viewer asks before {act}", "GET", f"/stores/main/do/{act}", 403, who="viewer") for act in ACTS),
    *(Hostile(f"a viewer posts to {path}", "POST", path, 403, who="viewer") for path in WANTED),
    Hostile(
        "the cookie of http, over https", "GET", "/", 303, on="proxied", headers=also(("X-Forwarded-Proto", "https"))
    ),
    Hostile(
        "the page of a token alone",
        "GET",
        "/",
        403,
        who="",
        on="shut",
        headers=also(("Authorization", f"Bearer {TOKEN}")),
    ),
]

TOKENS = [
    Hostile("the token in the query", "GET", f"/?token={TOKEN}&access_token={TOKEN}", 303, who=""),
    Hostile("the token in the query of the numbers", "GET", f"/metrics?token={TOKEN}", 401, who=""),
    *(
        Hostile(
            f"a token that is {name}, {method}",
            method,
            path,
            status,
            who="",
            headers=also(("Authorization", given)),
            body=body,
        )
        for name, given in {
            "wrong": "Bearer another-token-of-a-program",
            "very long": f"Bearer {TOKEN}{'x' * 50_000}",
            "none": "Bearer ",
            "of another scheme": f"Basic {TOKEN}",
            "not ASCII": "Bearer t\xf6ken",
            "cut short": f"Bearer {TOKEN[:-1]}",
            "of a till": f"Bearer {TILL_TOKEN}",
            "said twice": f"Bearer {TOKEN}, Bearer {TOKEN}",
        }.items()
        for method, path, status, body in (("GET", "/metrics", 401, None), ("POST", PAUSE, 401, YES))
    ),
    Hostile(
        "a till with the token of the page",
        "POST",
        "/api/product/inventory",
        401,
        who="",
        headers=also(("Authorization", f"Bearer {TOKEN}")),
        body=b"{}",
    ),
]

PATHS = [
    *(
        Hostile(f"a path {path}", "GET", path, 404)
        for path in (
            EVIL,
            "/%2f%2fevil.example",
            "/%5cevil.example",
            "/static/STAMP/..%2fapp.py",
            "/static/STAMP/%2e%2e/app.py",
            "/static/STAMP/..%5c..%5capp.py",
            "/static/STAMP/%00",
            "/static/STAMP/app.css%00.txt",
            "/static/STAMP//etc/passwd",
            "/static/../app.py",
            "/stores/..%2f..%2fetc%2fpasswd",
            "/stores/main%00",
            "/stores/main/",
            "/stores/main/held/",
            "/stores//main",
            "/stores/nobody",
            "/stores/main/nothing",
            "/stores/main/nothing.csv",
            "/stores/main/..%2fheld.csv",
            "/runs/..%2f..%2fsettings",
            "/runs/%00",
            "/runs/nobody%22%0d%0aSet-Cookie:%20a=b/items.csv",
            "/skus/nothing-like-it",
            "/skus/%00",
            "/.env",
            "/.git/config",
            "/admin",
            "/stores/main/do/nothing",
            "/stores/nobody/do/pause",
            "/%",
        )
    ),
    *(
        Hostile(
            f"a login that leads to {to}",
            "POST",
            f"/login?next={quote(to)}",
            303,
            who="",
            body={"password": PASSWORD, "next": to},
            where="/",
        )
        for to in (
            EVIL,
            "https://evil.example",
            "https:evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/x\r\nSet-Cookie: a=b",
            "javascript:alert(1)",
            "/\t/evil.example",
            "",
        )
    ),
    Hostile("a question that leads back elsewhere", "GET", f"{PAUSE}?back={quote(EVIL)}", 200, lacks=["evil.example"]),
    Hostile(
        "a page that is named elsewhere",
        "GET",
        "/",
        303,
        who="",
        headers=also(
            ("X-Original-URL", "/settings"), ("X-Rewrite-URL", "/settings"), ("X-Forwarded-Prefix", "//evil.example")
        ),
        where="/login?next=/",
    ),
    Hostile(
        "nobody, with a hostile path",
        "GET",
        "/stores/x%0d%0aSet-Cookie:%20a=b?x=//evil.example",
        303,
        who="",
        lacks=["\r", "\n"],
    ),
]

BODIES = [
    *(
        Hostile(
            f"an act with a body that is {name}", "POST", PAUSE, 409, headers=also(("Content-Type", kind)), body=body
        )
        for name, kind, body in (
            ("larger than a form", FORM[1], f"seen={NOTHING}&x=".encode() + b"x" * 70_000),
            ("never there", FORM[1], dripping),
            ("JSON", "application/json", f'{{"seen": "{NOTHING}"}}'.encode()),
            ("text", "text/plain", f"seen={NOTHING}".encode()),
            (
                "multipart",
                "multipart/form-data; boundary=x",
                f'--x\r\nContent-Disposition: form-data; name="seen"\r\n\r\n{NOTHING}\r\n--x--'.encode(),
            ),
            ("of too many fields", FORM[1], f"seen={NOTHING}&".encode() + b"a=b&" * 60),
            ("no text", FORM[1], f"seen={NOTHING}&x=".encode() + b"\xff\xfe"),
            ("of the same field twice", FORM[1], f"seen={NOTHING}&seen=other".encode()),
            ("empty", FORM[1], b""),
        )
    ),
    Hostile(
        "a login larger than a form",
        "POST",
        "/login",
        400,
        who="",
        headers=also(FORM),
        body=f"password={PASSWORD}&x=".encode() + b"x" * 70_000,
    ),
    Hostile("a login that never comes", "POST", "/login", 400, who="", headers=also(FORM), body=dripping),
    Hostile(
        "a login by JSON",
        "POST",
        "/login",
        400,
        who="",
        headers=also(("Content-Type", "application/json")),
        body=f'{{"password": "{PASSWORD}"}}'.encode(),
    ),
    Hostile("a login by GET", "GET", f"/login?password={PASSWORD}", 200, who="", has="Log in", lacks=[PASSWORD]),
    Hostile(
        "a report larger than one",
        "POST",
        "/api/product/inventory",
        413,
        who="",
        headers=also(("Authorization", f"Bearer {TILL_TOKEN}")),
        body=b" " * 70_000,
    ),
    Hostile(
        "a report that never comes",
        "POST",
        "/api/product/inventory",
        408,
        who="",
        headers=also(("Authorization", f"Bearer {TILL_TOKEN}")),
        body=dripping,
    ),
    Hostile(
        "a report of very deep JSON",
        "POST",
        "/api/product/inventory",
        400,
        who="",
        headers=also(("Authorization", f"Bearer {TILL_TOKEN}")),
        body=b"[" * 50_000,
    ),
]

HOSTS = [
    Hostile("a foreign name that leads here", "GET", "/", 403, who="", on="open", headers=(("Host", "evil.example"),)),
    Hostile(
        "a name that begins like this machine's",
        "GET",
        "/",
        403,
        who="",
        on="open",
        headers=(("Host", "127.0.0.1.evil.example"),),
    ),
    Hostile(
        "a user before this machine's name",
        "GET",
        "/",
        403,
        who="",
        on="open",
        headers=(("Host", "127.0.0.1@evil.example"),),
    ),
    Hostile(
        "a name in a forwarded header",
        "GET",
        "/",
        403,
        who="",
        on="open",
        headers=(("Host", "evil.example"), ("X-Forwarded-Host", "127.0.0.1")),
    ),
    Hostile(
        "a login is sent to no host",
        "GET",
        "/",
        303,
        who="",
        headers=(("Host", "evil.example"), ("X-Forwarded-Host", "evil.example")),
        where="/login?next=/",
    ),
    Hostile(
        "a foreign name with its own origin",
        "POST",
        PAUSE,
        403,
        on="origin",
        headers=(("Host", "127.0.0.1:8321"), ("Origin", "https://evil.example")),
        body=YES,
    ),
    Hostile(
        "our origin without its s",
        "POST",
        PAUSE,
        403,
        on="origin",
        headers=(("Host", "stock.example.com"), ("Origin", "http://stock.example.com")),
        body=YES,
    ),
    Hostile(
        "our origin, forwarded by nobody",
        "POST",
        PAUSE,
        403,
        headers=by(("Origin", OURS), ("X-Forwarded-Host", "stock.example.com")),
        body=YES,
    ),
    Hostile(
        "https that nobody forwards",
        "GET",
        "/",
        303,
        who="",
        headers=also(("X-Forwarded-Proto", "https")),
        where="/login?next=/",
    ),
]

ASKED = [
    Hostile(
        "a question that was asked of other rows",
        "POST",
        "/stores/main/do/release",
        409,
        body={"seen": NOTHING},
        has="10",
    ),
    Hostile("a question that nobody asked", "POST", PAUSE, 409, body={}),
    Hostile("a mark that is none", "POST", "/stores/main/do/reject", 409, body={"seen": "' OR 1=1 --"}),
    Hostile(
        "a filter that nothing fits",
        "POST",
        "/stores/main/do/release",
        409,
        body={"search": TAG, "seen": "x"},
        lacks=ALIVE,
    ),
    Hostile("an act that is none", "POST", "/stores/main/do/delete", 404, body=YES),
    Hostile("an act of a store that is none", "POST", "/stores/nobody/do/pause", 404, body=YES),
    Hostile(
        "a SKU that is none, read again", "POST", "/skus/nothing-like-it/resync", 303, where="/skus/nothing-like-it"
    ),
    Hostile("a preview of a run that is none", "POST", "/runs/nobody/preview", 404),
    Hostile(
        "another preview's token",
        "POST",
        f"/runs/{quote(RUN)}/rollback",
        303,
        body={"token": "another"},
        where=f"/runs/{quote(RUN)}",
    ),
    Hostile("a page before the first", "GET", "/stores/main/held?page=-1", 200),
    Hostile("a page beyond all", "GET", "/runs?page=99999999999999999999", 200),
    Hostile("a page in other digits", "GET", "/skus?search=SKU&page=%D9%A3", 200),
    Hostile(
        "one stream too many",
        "GET",
        "/events",
        503,
        before=lambda house: setattr(house.pages["locked"].site.live, "listening", live.MOST),
    ),
    Hostile(
        "a sentence that nobody told",
        "GET",
        "/",
        200,
        headers=also(("Cookie", f"stockbridge-told={quote(TAG)}")),
        lacks=[quote(TAG), *ALIVE],
    ),
]

AT = quote(SKU, safe="")
TOLD = [
    *(
        Hostile(f"foreign text on {path}", "GET", path, 200, lacks=ALIVE, content="text/html", has=has)
        for path, has in {
            "/": "outlet",
            **{f"/stores/main/{tab}": "" for tab in TABS},
            "/stores/main/quarantine": "SKU-19",
            f"/stores/main/unmapped?search={quote(TAG)}": "&lt;img",
            f"/stores/main/held?search={quote(TITLE)}": "onmouseover",
            f"/skus/{AT}": "&lt;img",
            f"/skus/{AT}?page={quote(TAG)}": "&lt;img",
            f"/skus?search={quote(TAG)}": "&lt;img",
            f"/skus?search={quote(TITLE)}": "&lt;/title&gt;",
            "/runs": "&lt;svg",
            f"/runs?store={quote(TAG)}&since={quote(TAG)}": "",
            f"/runs?sku={quote(TAG)}": "&lt;img",
            f"/runs/{quote(RUN, safe='')}": "&lt;svg",
            "/stores/outlet": "&lt;script",
            f"/stores/main/do/retry?search=&ref={quote(TAG)}&back=/{quote(TAG)}": "",
            "/stores/main/do/retry": "SKU-19",
        }.items()
    ),
    Hostile(
        "foreign text in a fault",
        "GET",
        f"/skus/{quote(TAG, safe='')}x",
        404,
        lacks=ALIVE,
        content="text/html",
        has="&lt;img",
    ),
    Hostile(
        "foreign text in a login",
        "GET",
        f"/login?next=/{quote(TAG)}",
        200,
        who="",
        lacks=ALIVE,
        content="text/html",
        has="&lt;img",
    ),
    Hostile("foreign text as JSON", "GET", f"/skus/{AT}/series.json", 200, content="application/json", has="lines"),
    Hostile("a fault as JSON", "GET", f"/skus/{quote(TAG, safe='')}x/series.json", 404, content="application/json"),
    *(
        Hostile(
            f"formulas in {path}",
            "GET",
            path,
            200,
            lacks=[f"\n{SKU}", f",{SKU}", f'"{TITLE[:4]}', f",{TITLE[:4]}", f",{REASON[:4]}", f",{BY[:4]}"],
            content="text/csv",
            has=has,
        )
        for path, has in {
            "/stores/main/quarantine.csv": "'-1+",
            "/stores/main/listings.csv": "'=A",
            "/stores/main/drift.csv": "'=A",
            f"/skus/{AT}/history.csv": "",
            "/runs.csv": "'-1+",
            "/stores/main/held.csv": "",
            "/stores/main/changes.csv": "",
        }.items()
    ),
]

ROWS = [*CROSSING, *METHODS, *SESSIONS, *TOKENS, *PATHS, *BODIES, *HOSTS, *ASKED, *TOLD]


@pytest.fixture(scope="module")
def house(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with haunted(redis_url, tmp_path_factory.mktemp("hostile")) as made:
        yield made


@pytest.mark.parametrize("row", share(ROWS, 8), ids=lambda row: row.name.replace("\r\n", " "))
def test_a_hostile_request_is_refused_or_is_text(house: House, row: Hostile, monkeypatch: Any) -> None:
    for each in (site, inbound) if row.status == 408 else ():
        monkeypatch.setattr(each, "SLOWEST", 0.05)
    if row.before is not None:
        row.before(house)
    before = house.standing()
    answer = house.ask(row)
    said = answer.text + "".join(f"{name}: {value}" for name, value in answer.headers.items() if name == "location")
    assert answer.status_code == row.status, answer.text[:500]
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert answer.headers["cache-control"] in ("no-store", "no-cache, no-transform")
    assert answer.headers.get("strict-transport-security") is None or row.on in ("origin", "proxied")
    assert row.where in ("", answer.headers.get("location"))
    assert row.has in said
    secrets = [x for x in (PASSWORD, VIEWER, TOKEN, TILL_TOKEN) if x not in row.path]
    assert [x for x in (*row.lacks, *secrets) if x in said] == []
    assert row.content in answer.headers.get("content-type", "")
    assert house.standing() == before


def test_the_preview_of_one_run_puts_back_no_other(house: House) -> None:
    shop, state = house.pages["locked"].site, house.harness.state
    one, other = [
        run["run"] for run in state.runs(20) if run["run"] != RUN and rollback.past(house.harness.context, run["run"])
    ][:2]
    for run in (one, other):
        assert house.ask(Hostile("a preview", "POST", f"/runs/{run}/preview", 303)).status_code == 303
        until_read(shop.rollbacks, run)
    first, before = shop.rollbacks.of(one), house.standing()
    assert first is not None
    token = {"token": first.token}
    assert house.ask(Hostile("another's token", "POST", f"/runs/{other}/rollback", 409, body=token)).status_code == 409
    assert house.standing() == before


def until_read(rollbacks: Rollbacks, run: str) -> None:
    for _ in range(600):
        if (undo := rollbacks.of(run)) is not None and not undo.at_work:
            return
        time.sleep(0.05)
    raise AssertionError("the stores were not read")


def test_the_table_is_as_long_as_it_is_said_to_be() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS) > 150
