"""The edge: what is sent, what each failure is called, and that the token stays unspoken."""

import time
import traceback
from collections.abc import Callable
from contextlib import closing
from contextvars import Context
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
import pytest
from pydantic import SecretStr

from bridge.core.model import Level
from bridge.core.schedule import RateStatus
from bridge.core.unfinished import Place
from bridge.errors import BrokenAnswerError, LateAnswerError, OperatorSourceError, RetryableSourceError, SourceError
from bridge.threeplguys import BadRow, Product, Tries, Walked
from bridge.threeplguys.client import SourceClient
from bridge.threeplguys.sandbox import TOKEN, Clock, Order, Sandbox, Warehouse, serve
from connectors.base import send_once

NOON = datetime(2026, 3, 7, 12, tzinfo=UTC)
SECRET = "3pl_do-not-print-me"
T = TypeVar("T")


def sandbox(products: int = 3) -> Sandbox:
    made = Sandbox(Warehouse(clock=Clock(NOON)))
    for number in range(products):
        made.world.add(f"SKU-{number}", number)
    return made


def client(of: Sandbox, token: str = TOKEN, **options: Any) -> SourceClient:
    http = httpx.Client(transport=of.transport())
    return SourceClient("https://api.example.com", SecretStr(token), http=http, **options)


def answering(handler: Callable[[httpx.Request], httpx.Response], **options: Any) -> SourceClient:
    http = httpx.Client(transport=httpx.MockTransport(handler), follow_redirects=True)
    return SourceClient("https://api.example.com", SecretStr(SECRET), http=http, **options)


def levels(source: SourceClient, since: datetime | None = None) -> list[Level | BadRow]:
    return [level for page in source.levels(since) for level in page]


@pytest.mark.states(
    "3pl.guide.breakdown.endpoint", "3pl.guide.breakdown.bearer", "3pl.guide.breakdown.take",
    "3pl.guide.incremental.updatedSince", "3pl.levels.products.endpoint", "3pl.levels.products.updatedSince",
    "3pl.levels.products.includeDeleted", "3pl.levels.products.skip", "3pl.levels.products.take",
)  # fmt: skip
def test_a_page_is_asked_for_as_the_reference_says() -> None:
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json=[])

    since = datetime(2026, 3, 7, 12, 0, 0, 123_999, UTC)
    assert list(answering(handler).levels(since)) == []
    assert asked[0].url.path == "/v0/inventory/products/breakdown"
    assert dict(asked[0].url.params) == {
        "includeDeleted": "true",
        "skip": "0",
        "take": "50",
        "updatedSince": "2026-03-07T12:00:00.123Z",
    }
    assert b"12%3A00%3A00.123Z" in asked[0].url.query
    assert asked[0].headers["Authorization"] == f"Bearer {SECRET}"


def test_a_page_carries_the_date_of_its_answer() -> None:
    page = client(sandbox()).breakdown_page(0, 50, None)
    assert len(page.rows) == 3
    assert page.date == NOON


@pytest.mark.states("3pl.guide.polling.full_sync")
def test_levels_of_an_account() -> None:
    account = sandbox(120)
    account.world.set_stock("SKU-0", 0)
    account.world.delete("SKU-0")
    read = levels(client(account))
    assert len(read) == 120
    assert {level.sku for level in read if isinstance(level, Level) and level.deleted} == {"SKU-0"}


@pytest.mark.states("3pl.guide.polling.changes_only", "3pl.levels.products.updatedSince", "3pl.levels.units.poll")
def test_since_is_exclusive_and_only_changes_come() -> None:
    account = sandbox()
    account.world.clock.move(timedelta(seconds=1))  # type: ignore[attr-defined]
    account.world.set_stock("SKU-1", 7)
    source = client(account)
    assert [level.sku for level in levels(source, NOON)] == ["SKU-1"]
    assert levels(source, NOON + timedelta(seconds=1)) == []


def test_one_product_by_id() -> None:
    account = sandbox()
    account.world.prefix = "a/b ?#"
    odd = account.world.add("ODD")
    source = client(account)
    assert source.product("1") == Product("1", "SKU-0", "Product SKU-0", NOON, created_at=NOON)
    found = source.product(odd.id)
    assert isinstance(found, Product)
    assert found.sku == "ODD"
    assert source.product("nobody") is None


def test_an_unknown_address_does_not_mean_that_the_product_is_gone() -> None:
    source = answering(lambda _: httpx.Response(404, text="<html>nginx</html>"))
    with pytest.raises(OperatorSourceError, match="base_url"):
        source.product("1")


@pytest.mark.states("3pl.guide.scope", "3pl.levels.scope")
def test_check_needs_the_token_and_its_scope() -> None:
    account = sandbox()
    client(account).check()
    account.tokens["3pl_other"] = frozenset({"locations"})
    with pytest.raises(OperatorSourceError, match="scope `inventory`"):
        client(account, "3pl_other").check()
    with pytest.raises(OperatorSourceError, match="THREEPLGUYS_TOKEN"):
        client(account, "3pl_unknown").check()


def fault(kind: str) -> Sandbox:
    account = sandbox()
    account.faults.add(kind)
    return account


@pytest.mark.states("3pl.guide.breakdown.array")
@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("500", "is in trouble (500)"),
        ("502", "is in trouble (502)"),
        ("503", "is in trouble (503)"),
        ("429", "has used up its request budget (429)"),
        ("html", "answered 200 with HTML"),
        ("object", "answered 200 with JSON of another shape"),
        ("cut", "answered 200 with something cut off or unreadable"),
        ("torn", "broke off its answer"),
        ("stall", "did not answer in time"),
        ("drop", "broke off its answer"),
    ],
)
def test_what_may_pass(kind: str, sentence: str) -> None:
    with pytest.raises(RetryableSourceError) as caught:
        levels(client(fault(kind)))
    assert sentence in str(caught.value)
    assert "api.example.com" in str(caught.value)


@pytest.mark.states("3pl.guide.script.status_ends")
@pytest.mark.parametrize(
    ("status", "headers", "body", "kind", "sentence"),
    [
        (401, {}, b"", OperatorSourceError, "refused the token (401): put a key that is neither expired nor revoked"),
        (403, {}, b"<html>", OperatorSourceError, "needs the scope `inventory`"),
        (404, {}, b"", OperatorSourceError, "correct [source] base_url"),
        (400, {}, b'{"error": "take  is\\nwrong"}', OperatorSourceError, "refused the request (400): take is wrong;"),
        (400, {}, b'{"error": "%s"}' % (b"x" * 999), OperatorSourceError, f"(400): {'x' * 200};"),
        (418, {}, b"", OperatorSourceError, "refused the request (418); check"),
        (301, {"Location": "https://www.example.org/v0?t=1"}, b"", OperatorSourceError, "redirects to www.example.org"),
        (302, {}, b"", OperatorSourceError, "redirects to elsewhere (302)"),
        (307, {"Location": "https://[oops"}, b"", OperatorSourceError, "redirects to elsewhere (307)"),
        (408, {}, b"", BrokenAnswerError, "is in trouble (408)"),
        (409, {}, b"", BrokenAnswerError, "is in trouble (409)"),
        (429, {}, b"", RetryableSourceError, "waiting helps"),
        (500, {}, b"", BrokenAnswerError, "is in trouble (500)"),
        (599, {}, b"", BrokenAnswerError, "is in trouble (599)"),
        (204, {}, b"", BrokenAnswerError, "is in trouble (204)"),
        (200, {}, b"", BrokenAnswerError, "cut off or unreadable"),
        (200, {}, b"null", BrokenAnswerError, "cut off or unreadable"),
        (200, {}, b"[" * 100_000, BrokenAnswerError, "cut off or unreadable"),
        (200, {}, b" " * 9_000_000, BrokenAnswerError, "a page of over 8388608 bytes"),
        (200, {"Content-Encoding": "gzip"}, b"not gzip", BrokenAnswerError, "broke off its answer"),
    ],
)
def test_each_status_has_its_error(
    status: int, headers: dict[str, str], body: bytes, kind: type[SourceError], sentence: str
) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))

    with pytest.raises(SourceError) as caught:
        levels(answering(handler))
    assert type(caught.value) is kind
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("raised", "sentence"),
    [
        (httpx.ConnectError, "could not be reached"),
        (httpx.ConnectTimeout, "could not be reached in time"),
        (httpx.ProxyError, "could not be reached;"),
        (httpx.PoolTimeout, "did not answer in time"),
        (httpx.WriteError, "broke off its answer"),
    ],
)
def test_each_broken_connection_has_its_error(raised: type[httpx.HTTPError], sentence: str) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise raised("raw")

    with pytest.raises(RetryableSourceError, match=sentence) as caught:
        levels(answering(handler))
    assert isinstance(caught.value.__cause__, raised)


def test_what_looks_for_a_row_that_holds_up_its_page_waits_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over a real connection, where the read timeout is half a minute."""

    def held_up(request: Callable[[], Any]) -> Any:
        raise LateAnswerError("the page")

    def wait_for_whole_rows(request: Any) -> Any:
        """Whose answers come however slow this machine is: outside of the deadline. The row at 0 is the other one."""
        return send_once(request) if request.args[2]["skip"] == "0" else Context().run(send_once, request)

    monkeypatch.setattr("bridge.threeplguys.client.PROBE", 0.1)
    account = Sandbox(Warehouse())
    account.world.add("A", 1)
    account.world.spoil("A")
    account.switches.spoilt_stalls = True
    began = time.monotonic()
    with serve(account) as server, closing(SourceClient(server.url, SecretStr(TOKEN))) as source:
        tries = Tries(first=held_up, rest=held_up, once=wait_for_whole_rows, retrying=held_up)
        pull = source.levels(None, tries=tries)
        assert (list(pull), pull.holes, pull.ended) == ([], 1, True)
    assert time.monotonic() - began < 20


def test_a_bad_certificate_needs_a_person() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate")

    with pytest.raises(OperatorSourceError, match=r"certificate of the warehouse API at api\.example\.com"):
        levels(answering(handler))


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 418, 429, 500])
def test_the_token_is_in_no_text_even_when_the_server_echoes_it(status: int) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        echo = "x" * 190 + request.headers["Authorization"]
        return httpx.Response(status, json={"error": echo}, headers={"Location": f"https://{SECRET}.example/"})

    with pytest.raises(SourceError) as caught:
        levels(answering(handler))
    told = "".join(traceback.format_exception(caught.value))
    assert SECRET not in told
    assert "3pl_do" not in str(caught.value)


@pytest.mark.parametrize("token", ["", "3pl_x\n", "3pl x", "3pl_\N{EM DASH}x"])
def test_an_unfit_token_is_refused_before_it_is_sent(token: str) -> None:
    with pytest.raises(OperatorSourceError, match="THREEPLGUYS_TOKEN"):
        SourceClient("https://api.example.com", SecretStr(token))


@pytest.mark.parametrize(
    "address", ["", "api.3plguys.com", "ftp://x", "https://", "https://u:p@x", "https://a\nb", "https://x?a=1"]
)
def test_an_unfit_address_is_refused(address: str) -> None:
    with pytest.raises(OperatorSourceError, match=r"\[source\] base_url"):
        SourceClient(address, SecretStr(SECRET))


@pytest.mark.parametrize(
    "address", ["https://a.example", "https://a.example/", "https://a.example/v0", "https://a.example/v0/"]
)
def test_v0_is_added_once(address: str) -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, json=[])

    http = httpx.Client(transport=httpx.MockTransport(handler))
    SourceClient(address, SecretStr(SECRET), http=http).check()
    assert asked == ["/v0/inventory/products/breakdown"]


DATE = {"Date": "Sat, 07 Mar 2026 12:00:00 GMT"}
RESET = {"X-RateLimit-Reset": str(int((NOON + timedelta(minutes=5)).timestamp()))}


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        pytest.param(429, {"Retry-After": "17"}, 17, id="seconds"),
        pytest.param(429, {"Retry-After": "Sat, 07 Mar 2026 12:01:00 GMT", **DATE}, 60, id="date"),
        pytest.param(429, {"Retry-After": "Sat, 07 Mar 2026 11:00:00 GMT", **DATE}, 0, id="date in the past"),
        pytest.param(429, {"Retry-After": "5", **RESET, **DATE}, 5, id="Retry-After goes first"),
        pytest.param(429, {**RESET, **DATE}, 300, id="else the end of the window"),
        pytest.param(429, RESET, None, id="which needs the Date: our clock may differ"),
        pytest.param(429, {"Retry-After": "soon", **DATE}, None, id="not a wait"),
        pytest.param(429, {"X-RateLimit-Reset": "9" * 18, **DATE}, None, id="no instant"),
        pytest.param(429, {"Retry-After": "999999999"}, 86_400, id="at most a day"),
        pytest.param(429, {}, None, id="nothing said"),
        pytest.param(503, {"Retry-After": "9"}, 9, id="unavailable, with a wait"),
        pytest.param(503, {**RESET, **DATE}, None, id="unavailable: the window says nothing"),
    ],
)
def test_how_long_to_wait(status: int, headers: dict[str, str], wait: float | None) -> None:
    with pytest.raises(RetryableSourceError) as caught:
        levels(answering(lambda _: httpx.Response(status, headers=headers)))
    assert caught.value.retry_after == wait


def test_every_answer_tells_the_budget() -> None:
    told: list[RateStatus] = []
    account = sandbox()
    account.switches.rate_limit = 2
    source = client(account, observe=told.append)
    source.check()
    account.faults.add("503")
    for _ in range(2):
        with pytest.raises(RetryableSourceError):
            source.check()
    assert [status.remaining for status in told] == [1, 0, 0]
    assert told[0] == RateStatus(2, 1, NOON + timedelta(hours=1), NOON)


def test_a_silent_or_odd_budget_is_unknown() -> None:
    told: list[RateStatus] = []
    headers = {"X-RateLimit-Limit": "many", "X-RateLimit-Remaining": "-1", "Date": "today"}
    answering(lambda _: httpx.Response(200, json=[], headers=headers), observe=told.append).check()
    assert told == [RateStatus(None, None, None, None)]


def test_the_sender_repeats_one_request_not_the_pull() -> None:
    account = sandbox(120)
    account.faults.add("503", times=2, skip=1)

    def retrying(request: Callable[[], T]) -> T:
        while True:
            try:
                return request()
            except RetryableSourceError:
                continue

    source = client(account, send=retrying)
    pull = source.levels(None, parallel=1)
    assert sum(len(page) for page in pull) == 120
    assert pull.requests == 3
    assert account.calls.total() == 5


def test_it_does_not_wait_or_repeat_by_itself() -> None:
    account = fault("503")
    with pytest.raises(RetryableSourceError):
        levels(client(account))
    assert account.calls.total() == 1


def test_over_a_real_connection_that_is_kept_alive() -> None:
    account = sandbox(260)
    account.switches.order = Order.UPDATED_ASC
    with serve(account) as server:
        source = SourceClient(server.url, SecretStr(TOKEN))
        pull = source.levels(None)
        assert sum(len(page) for page in pull) == 260
        assert pull.began is not None
        for kind in ("torn", "drop", "cut", "502", "redirect"):
            account.faults.add(kind)
            with pytest.raises(SourceError):
                source.check()
        source.check()
        source.close()


def test_nobody_answers() -> None:
    with serve(sandbox()) as server:
        url = server.url
    source = SourceClient(url, SecretStr(TOKEN))
    with pytest.raises(RetryableSourceError, match="could not be reached"):
        source.check()
    source.close()


@pytest.mark.parametrize(
    ("since", "place", "expected"),
    [
        (NOON, Place(), ["first", "rest"]),
        (NOON, Place(requests=5), ["rest", "rest"]),
        (None, Place(), ["rest", "rest"]),
    ],
    ids=["changes", "changes, gone on with", "everything"],
)
def test_only_the_first_request_for_changes_may_take_all_of_the_budget(
    since: datetime | None, place: Place, expected: list[str]
) -> None:
    """A walk that steps back to the first page asks within its share, as for any other page."""
    sent: list[str] = []

    def sender(name: str) -> Any:
        def send(request: Callable[[], T]) -> T:
            sent.append(name)
            return request()

        return send

    pages = iter([list[object](), []])

    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=next(pages))

    tries = Tries(first=sender("first"), rest=sender("rest"), once=sender("once"), retrying=sender("retrying"))
    pull = answering(handler).levels(since, after=Walked(place), tries=tries)
    for _ in range(2):
        pull._pull._fetch(0, 50)
    assert sent == expected
