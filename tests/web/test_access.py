"""Who sees the page and who acts: role by action by way of entry, other sites, guessing, and the headers of all."""

from itertools import product
from typing import Any

import pytest
from starlette.requests import Request

from bridge.config.model import WebSettings
from bridge.web.access.attempts import ALL, EACH, MOST, SPAN, Attempts
from bridge.web.access.crossing import is_foreign, is_rebound
from bridge.web.access.guard import Guard
from bridge.web.access.session import LONGEST, Role, Sessions
from bridge.web.answers import HEADERS
from bridge.web.pages.login import inside

from .page import HERE, LOCKED, PASSWORD, SAME, TOKEN, VIEWER, Person

# -- who --------------------------------------------------------------------------------------------------

BEARER = {"Authorization": f"Bearer {TOKEN}"}
OPEN = ""
WITH_TOKEN = f'[web]\ntoken = "{TOKEN}"\n'
ENTRIES: list[Any] = [
    pytest.param(OPEN, False, None, {}, 200, id="loopback, no password: open"),
    pytest.param(OPEN, False, None, {"Host": "localhost:8321"}, 200, id="loopback by name"),
    pytest.param(OPEN, False, None, {"Host": "[::1]:8321"}, 200, id="loopback of IPv6"),
    pytest.param(OPEN, False, None, {"Host": "evil.example.com"}, 403, id="a foreign name that points here"),
    pytest.param(OPEN, False, None, {"Host": "127.0.0.1.evil.example.com"}, 403, id="one that begins like ours"),
    pytest.param(OPEN, False, None, {"Host": ""}, 403, id="no name at all"),
    pytest.param(WITH_TOKEN, True, None, {}, 403, id="outside, no password: closed"),
    pytest.param(WITH_TOKEN, True, None, BEARER, 403, id="outside, no password, with the token"),
    pytest.param(LOCKED, True, None, {}, 303, id="outside: to the login"),
    pytest.param(LOCKED, False, None, {}, 303, id="loopback with a password: something stands before it"),
    pytest.param(LOCKED, True, PASSWORD, {}, 200, id="operator"),
    pytest.param(LOCKED, True, VIEWER, {}, 200, id="viewer"),
    pytest.param(LOCKED, True, None, BEARER, 200, id="a program with the token"),
    pytest.param(LOCKED, True, None, {"Authorization": "Bearer another-token-of-a-program"}, 303, id="another token"),
    pytest.param(LOCKED, True, None, {"Cookie": "stockbridge=operator"}, 303, id="a cookie that nobody signed"),
]


@pytest.mark.parametrize(("lines", "outside", "password", "headers", "status"), ENTRIES)
def test_who_sees_the_page(
    till_with: Any, lines: str, outside: bool, password: str | None, headers: dict[str, str], status: int
) -> None:
    person = Person(till_with(lines=lines, outside=outside))
    if password:
        person.log_in(password)
    answer = person.get("/", headers=headers)
    assert answer.status_code == status
    assert ("Warehouse" in answer.text) is (status == 200)
    if status == 303:
        assert answer.headers["location"] == "/login?next=/"
    assert [secret for secret in (PASSWORD, VIEWER, TOKEN) if secret in answer.text] == []


def test_without_a_password_outside_tills_and_health_go_on(till_with: Any) -> None:
    till = till_with(lines=WITH_TOKEN, outside=True)
    person = Person(till, {**HERE})
    closed = person.get("/")
    assert (closed.status_code, "set `password` under [web]" in closed.text) == (403, True)
    assert person.post("/login", password="guess").status_code == 403
    assert person.get("/events").status_code == 403
    assert person.get("/healthz").status_code == 200
    assert person.get("/metrics", headers=BEARER).status_code == 200
    till.count("A", 5)


# -- other sites ------------------------------------------------------------------------------------------

OURS = "https://stock.example.com"
REQUESTS: list[Any] = [
    pytest.param("GET", ["cross-site"], [], None, False, id="looking changes nothing"),
    pytest.param("HEAD", ["cross-site"], ["null"], None, False, id="nor does HEAD"),
    pytest.param("POST", ["same-origin"], [], None, False, id="the page itself"),
    pytest.param("POST", ["none"], [], None, False, id="typed by a person"),
    pytest.param("POST", ["cross-site"], [], None, True, id="another site"),
    pytest.param("POST", ["same-site"], [], None, True, id="another host of the domain"),
    pytest.param("POST", [""], [], None, True, id="an empty header"),
    pytest.param("POST", ["Same-Origin"], [], None, True, id="in capitals"),
    pytest.param("POST", ["same-origin", "cross-site"], [], None, True, id="said twice"),
    pytest.param("POST", ["cross-site"], ["http://bridge:8321"], None, True, id="Sec-Fetch-Site goes before Origin"),
    pytest.param("POST", [], ["http://bridge:8321"], None, False, id="an old browser, the page itself"),
    pytest.param("POST", [], ["http://BRIDGE:8321"], None, False, id="in capitals, which hosts may be"),
    pytest.param("POST", [], ["https://bridge:8321"], None, False, id="https ends at a proxy"),
    pytest.param("POST", [], ["http://bridge"], None, True, id="another port"),
    pytest.param("POST", [], ["http://evil.example.com"], None, True, id="an old browser, another site"),
    pytest.param("POST", [], ["http://bridge:8321.evil.example.com"], None, True, id="a name that begins like ours"),
    pytest.param("POST", [], ["null"], None, True, id="a sandboxed frame"),
    pytest.param("POST", [], ["ftp://bridge:8321"], None, True, id="another scheme"),
    pytest.param("POST", [], ["bridge:8321"], None, True, id="no scheme"),
    pytest.param("POST", [], [""], None, True, id="an empty origin"),
    pytest.param("POST", [], ["http://bridge:8321", "http://evil.example.com"], None, True, id="two origins"),
    pytest.param("POST", [], [], None, False, id="no browser"),
    pytest.param("POST", [], [OURS], OURS, False, id="the configured origin, where Host is rewritten"),
    pytest.param("POST", [], ["https://stock.example.com.evil.net"], OURS, True, id="one that begins like it"),
    pytest.param("DELETE", ["cross-site"], [], None, True, id="DELETE"),
]


@pytest.mark.parametrize(("method", "sites", "origins", "own", "foreign"), REQUESTS)
def test_what_another_site_asks_for(
    method: str, sites: list[str], origins: list[str], own: str | None, foreign: bool
) -> None:
    assert is_foreign(method, sites, origins, "bridge:8321", own) is foreign


def test_a_session_comes_from_a_browser_and_a_browser_says_where_from() -> None:
    assert is_foreign("POST", [], [], "bridge:8321", None, has_session=True)
    assert not is_foreign("GET", [], [], "bridge:8321", None, has_session=True)
    assert not is_foreign("POST", [], ["http://bridge:8321"], "bridge:8321", None, has_session=True)


def test_a_request_without_a_host_is_of_no_page() -> None:
    assert is_foreign("POST", [], [""], "", None)
    assert is_foreign("POST", [], ["http://"], "", None)


@pytest.mark.parametrize(
    ("origin", "host", "foreign"),
    [
        pytest.param("https://stock.example.com", "stock.example.com", False, id="as it is configured"),
        pytest.param("http://stock.example.com", "stock.example.com", True, id="without the s"),
        pytest.param("http://127.0.0.1:8321", "127.0.0.1:8321", False, id="past the proxy, from this machine"),
        pytest.param("https://127.0.0.1:8321", "stock.example.com", True, id="another that is ours as well"),
    ],
)
def test_where_the_origin_is_configured_its_scheme_counts(origin: str, host: str, foreign: bool) -> None:
    assert is_foreign("POST", [], [origin], host, OURS) is foreign


@pytest.mark.parametrize(
    ("peer", "who"),
    [
        pytest.param("10.1.2.3", "203.0.113.9", id="a proxy in our own network"),
        pytest.param("127.0.0.1", "203.0.113.9", id="a proxy on this machine"),
        pytest.param("93.184.216.34", "93.184.216.34", id="somebody who came past the proxy"),
        pytest.param("", "nowhere", id="nobody knows"),
    ],
)
def test_only_a_proxy_says_for_whom_it_asks(peer: str, who: str) -> None:
    guard = Guard(WebSettings(origin=OURS), outside=True, proxied=False)
    headers = [(b"x-forwarded-for", b"192.0.2.1, 203.0.113.9")]
    scope = {"type": "http", "headers": headers, "client": (peer, 1) if peer else None}
    assert guard.address(Request(scope)) == who


@pytest.mark.parametrize(
    ("host", "own", "rebound"),
    [
        ("127.0.0.1", None, False), ("127.9.9.9:1", None, False), ("localhost", None, False), ("[::1]:80", None, False),
        ("evil.example.com", None, True), ("", None, True), ("[::1", None, True), ("user@127.0.0.1", None, False),
        ("127.0.0.1@evil.example.com", None, True), ("stock.example.com", OURS, False), ("evil.net", OURS, True),
    ],
)  # fmt: skip
def test_names_that_lead_here(host: str, own: str | None, rebound: bool) -> None:
    assert is_rebound(host, own) is rebound


def test_another_site_can_neither_log_in_nor_out(till_with: Any) -> None:
    person = Person(till_with(lines=LOCKED, outside=True)).log_in()
    for path in ("/login", "/logout"):
        answer = person.post(path, {"Sec-Fetch-Site": "cross-site"}, password=PASSWORD)
        assert (answer.status_code, answer.headers.get("set-cookie")) == (403, None)
    assert person.get("/").status_code == 200


# -- sessions ---------------------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


NAME = "stockbridge"


def sessions(clock: Clock, **passwords: str) -> Sessions:
    from pydantic import SecretStr  # noqa: PLC0415

    return Sessions({Role[role.upper()]: SecretStr(word) for role, word in passwords.items()}, clock)


def test_a_session_ends_with_its_time_or_its_password() -> None:
    clock = Clock()
    here = sessions(clock, operator="one", viewer="two")
    cookie, looking = here.begin(Role.OPERATOR, NAME), here.begin(Role.VIEWER, NAME)
    assert (here.read(cookie, NAME), here.read(looking, NAME)) == (Role.OPERATOR, Role.VIEWER)
    assert sessions(clock, operator="three", viewer="two").read(cookie, NAME) is None
    assert sessions(clock, operator="three", viewer="two").read(looking, NAME) is Role.VIEWER
    assert sessions(clock, operator="two").read(looking, NAME) is None  # signed as a viewer, and says so
    clock.now += LONGEST - 1
    assert here.read(cookie, NAME) is Role.OPERATOR
    clock.now += 1
    assert here.read(cookie, NAME) is None
    clock.now -= 2 * LONGEST
    assert here.read(cookie, NAME) is None  # of a time to come


@pytest.mark.parametrize("cookie", ["", "x", "a.b", "WyJvcGVyYXRvciIsOTk5OTk5XQ.AAAA", "\x00", "ö", "." * 5000])
def test_a_cookie_of_anybody_else_is_nobody(cookie: str) -> None:
    assert sessions(Clock(), operator="one").read(cookie, NAME) is None


def test_what_was_sent_over_http_is_no_session_for_https() -> None:
    here = sessions(Clock(), operator="one")
    assert here.read(here.begin(Role.OPERATOR, NAME), f"__Host-{NAME}") is None


def test_a_cookie_that_was_changed_is_nobody() -> None:
    here = sessions(Clock(), operator="one", viewer="two")
    cookie = here.begin(Role.VIEWER, NAME)
    for place in range(len(cookie)):
        other = "A" if cookie[place] != "A" else "B"
        found = here.read(cookie[:place] + other + cookie[place + 1 :], NAME)
        assert found is None or place == len(cookie) - 1, place  # the last letter of base64 has bits to spare
        assert found is not Role.OPERATOR


@pytest.mark.parametrize(
    ("given", "role"),
    [
        ("one", Role.OPERATOR),
        (" one ", Role.OPERATOR),
        ("two", Role.VIEWER),
        ("", None),
        ("ONE", None),
        ("onetwo", None),
    ],
)
def test_whose_password(given: str, role: Role | None) -> None:
    assert sessions(Clock(), operator="one", viewer="two").role_of(given) is role


def test_the_cookie_is_for_this_host_and_no_script(till_with: Any) -> None:
    plain = Person(till_with(lines=LOCKED, outside=True)).post("/login", password=PASSWORD).headers["set-cookie"]
    assert plain.startswith("stockbridge=")
    assert {"httponly", "path=/", "samesite=strict"} <= {part.strip().lower() for part in plain.split(";")}
    till = till_with(lines=LOCKED, outside=True, proxied=True)
    forwarded = {**SAME, "X-Forwarded-Proto": "https"}
    secure = Person(till, forwarded).post("/login", password=PASSWORD)
    cookie = secure.headers["set-cookie"]
    assert cookie.startswith("__Host-stockbridge=")
    assert {"secure", "httponly", "path=/", "samesite=strict"} <= {part.strip().lower() for part in cookie.split(";")}
    assert secure.headers["strict-transport-security"] == "max-age=31536000"
    assert "domain" not in cookie.lower()


def test_logging_out_ends_it_in_this_browser(till_with: Any) -> None:
    person = Person(till_with(lines=LOCKED, outside=True)).log_in()
    assert person.post("/logout").headers["location"] == "/login"
    assert person.get("/").status_code == 303


def test_a_script_on_the_page_is_sent_to_the_login(till_with: Any) -> None:
    answer = Person(till_with(lines=LOCKED, outside=True)).get("/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"], answer.text) == (401, "/login", "")


@pytest.mark.parametrize(
    ("asked", "leads"),
    [
        ("/stores/main?search=a", "/stores/main?search=a"), ("//evil.example.com", "/"), ("/\\evil.example.com", "/"),
        ("https://evil.example.com", "/"), ("", "/"), ("javascript:alert(1)", "/"), ("/login", "/"), ("/a\nb", "/"),
        ("/x\\y", "/"),
    ],
)  # fmt: skip
def test_where_a_login_leads(till_with: Any, asked: str, leads: str) -> None:
    assert inside(asked) == leads
    person = Person(till_with(lines=LOCKED, outside=True))
    assert person.post("/login", password=PASSWORD, next=asked).headers["location"] == leads


# -- guessing ---------------------------------------------------------------------------------------------


def test_guessing_is_limited_for_each_address() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    for number in range(EACH):
        assert attempts.wait("1.1.1.1") == 0
        attempts.fail("1.1.1.1")
        clock.now += number
    assert (attempts.wait("1.1.1.1"), attempts.wait("1.1.1.2")) == (SPAN - 10, 0)
    clock.now += SPAN - 10
    assert attempts.wait("1.1.1.1") == 0


def failed(clock: Clock, count: int) -> Attempts:
    """So many failures, of as many networks."""
    attempts = Attempts(clock)
    for number in range(count):
        attempts.fail(f"10.0.{number // 250}.{number % 250}")
    return attempts


@pytest.mark.parametrize(
    ("count", "address", "is_known", "waits"),
    [
        pytest.param(ALL - 1, "10.0.0.1", False, False, id="few have failed: one that has, too"),
        pytest.param(ALL, "10.0.0.1", False, True, id="many have failed: one that has"),
        pytest.param(ALL, "10.9.9.9", False, False, id="many have failed: one that has not"),
        pytest.param(ALL, "10.0.0.1", True, True, id="many have failed: one that has, with a session"),
        pytest.param(MOST - 1, "10.9.9.9", False, False, id="nearly all that are ever judged"),
        pytest.param(MOST, "10.9.9.9", False, True, id="no more are judged"),
        pytest.param(MOST, "10.9.9.9", True, False, id="no more are judged: one with a session"),
    ],
)  # fmt: skip
def test_guessing_from_many_networks_slows_down_those_who_guess(
    count: int, address: str, is_known: bool, waits: bool
) -> None:
    clock = Clock()
    attempts = failed(clock, count)
    assert attempts.wait(address, is_known=is_known) == (SPAN if waits else 0)
    clock.now += SPAN
    assert attempts.wait(address, is_known=is_known) == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True), ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:1.2.3.4", "1.2.3.4", True), ("1.2.3.4", "1.2.3.5", False), ("nowhere", "nowhere", True),
        ("nowhere", "fe80::1%eth0", False),
    ],
)  # fmt: skip
def test_one_network_is_one_guesser(one: str, other: str, same: bool) -> None:
    attempts = Attempts(Clock())
    for _ in range(EACH):
        attempts.fail(one)
    assert (attempts.wait(other) > 0) is same
    attempts.forget(other)
    assert (attempts.wait(one) == 0) is same


def test_beside_a_siege_the_right_password_gets_in_and_sessions_go_on(till_with: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("bridge.web.access.attempts.ALL", 6)
    monkeypatch.setattr("bridge.web.access.attempts.MOST", 12)
    till = till_with(lines=LOCKED, outside=True, proxied=True)
    inside_already = Person(till, at("203.0.113.1")).log_in()

    def tried(address: str, password: str = "guess") -> int:
        return Person(till, at(address)).post("/login", password=password).status_code

    assert [tried(f"198.51.100.{number}") for number in range(6)] == [401] * 6
    assert (tried("198.51.100.1", PASSWORD), tried("203.0.113.2", PASSWORD)) == (429, 303)
    assert [tried(f"198.51.100.{number}") for number in range(6, 12)] == [401] * 6
    assert tried("203.0.113.3", PASSWORD) == 429
    assert inside_already.get("/").status_code == 200
    assert inside_already.post("/login", password=PASSWORD).status_code == 303


def test_whoever_only_looks_cannot_guess_on_by_logging_in_between(till_with: Any) -> None:
    person = Person(till_with(lines=LOCKED, outside=True))
    for _ in range(EACH):
        person.log_in(VIEWER)
        assert person.post("/login", password="guess").status_code == 401
    assert person.post("/login", password="guess").status_code == 429


def at(address: str) -> dict[str, str]:
    """As a router tells it."""
    return {**SAME, "X-Forwarded-For": address}


def test_a_guess_too_many_waits_even_with_the_right_password(till_with: Any) -> None:
    person = Person(
        till_with(lines=LOCKED, outside=True, proxied=True), {**SAME, "X-Forwarded-For": "9.9.9.9, 1.2.3.4"}
    )
    assert [person.post("/login", password="guess").status_code for _ in range(EACH)] == [401] * EACH
    answer = person.post("/login", password=PASSWORD)
    assert (answer.status_code, int(answer.headers["retry-after"]) > SPAN - 60) == (429, True)
    assert "set-cookie" not in answer.headers
    forged = {"X-Forwarded-For": "7.7.7.7, 1.2.3.4"}  # what the router did not append
    assert person.post("/login", forged, password=PASSWORD).status_code == 429
    assert person.post("/login", {"X-Forwarded-For": "1.2.3.5"}, password=PASSWORD).status_code == 303


def test_a_header_is_no_address_where_nobody_forwards(till_with: Any) -> None:
    person = Person(till_with(lines=LOCKED, outside=True))
    for number in range(EACH):
        person.post("/login", {"X-Forwarded-For": f"1.1.1.{number}"}, password="guess")
    assert person.post("/login", {"X-Forwarded-For": "1.1.1.9"}, password=PASSWORD).status_code == 429


BODIES: list[Any] = [
    pytest.param({"content": b"password=" + b"x" * 70_000}, 400, id="too large"),
    pytest.param({"content": b'{"password": "x"}', "headers": {"Content-Type": "application/json"}}, 400, id="JSON"),
    pytest.param({"content": b""}, 401, id="nothing: no password"),
    pytest.param({"data": {f"f{n}": "x" for n in range(60)}}, 400, id="too many fields"),
    pytest.param({"content": b"password=\xff\xfe"}, 400, id="no text"),
]


@pytest.mark.parametrize(("sent", "status"), BODIES)
def test_bodies_that_are_no_form(till_with: Any, sent: dict[str, Any], status: int) -> None:
    person = Person(till_with(lines=LOCKED, outside=True))
    headers = (
        {"Content-Type": "application/x-www-form-urlencoded", **sent.pop("headers", {})} if "content" in sent else {}
    )
    assert person.ask("POST", "/login", headers, **sent).status_code == status


# -- headers ----------------------------------------------------------------------------------------------

PATHS = ["/", "/login", "/healthz", "/readyz", "/metrics", "/nothing", "/api/product/inventory", "/static/x/app.css"]


def test_every_answer_has_the_headers(till_with: Any) -> None:
    person = Person(till_with(lines=LOCKED, outside=True))
    for method, path in product(("GET", "POST", "HEAD"), PATHS):
        answer = person.ask(method, path)
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path
        assert answer.headers["cache-control"] == "no-store", path
        assert "strict-transport-security" not in answer.headers
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


def test_a_bug_is_answered_with_them_too(till_with: Any, monkeypatch: Any) -> None:
    till = till_with(lines=LOCKED, outside=True)
    monkeypatch.setattr(Guard, "closed", lambda self, request: 1 // 0)
    answer = Person(till).get("/")
    assert (answer.status_code, answer.headers["x-content-type-options"]) == (500, "nosniff")


def test_the_key_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes long on purpose; a request pays nothing of it."""
    here = sessions(Clock(), operator="one")
    monkeypatch.delattr("hashlib.scrypt")
    for each in (here, sessions(Clock(), operator="one")):
        assert each.read(here.begin(Role.OPERATOR, NAME), NAME) is Role.OPERATOR
