"""Whatever goes wrong, no text that anybody may see holds a key: not the error, not its traceback, and not what the
objects on the way print of themselves."""

import base64
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from itertools import product
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from bridge.config import parse, toml
from bridge.errors import SourceError
from bridge.wiring import build
from connectors.base import StoreError

from .edges import EDGES, STORES, TOKEN
from .host import refuses
from .hostile import Answer, endless, hostile, redirecting, self_signed

PASSWORD = "redis/pass+word=%1"
SECRET = "p/q+r=s%t"
BUGS = tuple(bug for store in STORES.values() for bug in store.BUGS)


def forms() -> set[str]:
    """The keys as they are, in an address, in the repr of bytes, and as Basic credentials."""
    plain = {TOKEN, SECRET, PASSWORD, *(key for store in STORES.values() for key in store.KEYS.values())}
    pairs = {":".join(store.KEYS.values()) for store in STORES.values()}
    coded = {base64.b64encode(text.encode()).decode() for text in plain | pairs}
    quoted = {write(text) for text in plain for write in (quote_plus, lambda text: quote(text, safe=""))}
    return plain | coded | quoted | {quote(text, safe="") for text in quoted}


def shown(fault: BaseException) -> Iterator[str]:
    """All that a report of it may hold: its text, the traceback with its causes, and the locals of our frames that
    are objects. (A key itself is a text, and must stand somewhere when it is sent.)"""
    yield repr(fault) + repr(vars(fault)) + "".join(traceback.format_exception(fault))
    for cause in _chain(fault):
        yield repr(vars(cause))
        for frame, _ in traceback.walk_tb(cause.__traceback__):
            ours = "/bridge/" in frame.f_code.co_filename or "/connectors/" in frame.f_code.co_filename
            yield from (repr(value) for value in frame.f_locals.values() if ours and hasattr(value, "__dict__"))


def _chain(fault: BaseException | None) -> Iterator[BaseException]:
    while fault is not None:
        yield fault
        fault = fault.__cause__ or fault.__context__


def secrets_in(texts: Iterator[str]) -> set[str]:
    return {form for text in texts for form in forms() if form in text}


def answering(status: int, body: bytes = b"", **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, text in {"Content-Length": str(len(body)), **headers}.items():
            request.send_header(name.replace("_", "-"), text)
        request.end_headers()
        request.wfile.write(body)

    return answer


def echoing(status: int, kind: str = "application/json") -> Answer:
    """Everything that was sent comes back: in the body, and as an error where the platform has a place for one."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        said = f"{request.path} {request.headers}".replace('"', "'").replace("\r", " ").replace("\n", " ")
        body = '{"error": "%s", "code": "%s", "message": "%s", "errors": [{"message": "%s"}]}' % ((said,) * 4)
        answering(status, body.encode(), Content_Type=kind, X_Echo=said)(request)

    return answer


def hanging_up(request: BaseHTTPRequestHandler) -> None:
    request.connection.close()


WAYS: dict[str, Answer] = {
    **{f"echo {status}": echoing(status) for status in (200, 400, 401, 403, 404, 418, 429, 500, 503)},
    "echoed page": echoing(200, "text/html"),
    "nothing": answering(200),
    "no JSON": answering(200, b"[" * 100_000),
    "cut off": answering(200, b'{"data": {"shop'),
    "not what it says": answering(200, b"not gzip", Content_Encoding="gzip"),
    "no UTF-8": answering(200, b"\xff\xfe[]"),
    "redirect": redirecting(301, f"https://user:{quote(SECRET)}@elsewhere.example"),
    "redirect with the key": answering(302, Location=f"https://elsewhere.example/?consumer_secret={quote(SECRET)}"),
    "redirect to nowhere": answering(307, Location="https://[oops"),
    "hung up": hanging_up,
    "no header ever ends": answering(200, X_Long="x" * 100_000),
    "endless": endless,
}


SWALLOWED = {case for store in STORES.values() for case in store.SWALLOWED}


@pytest.mark.parametrize(("edge", "way"), [case for case in product(EDGES, WAYS) if case not in SWALLOWED])
def test_nothing_shows_a_key(edge: str, way: str) -> None:
    with hostile(WAYS[way]) as here, EDGES[edge](here.url) as (client, ask):
        with pytest.raises((SourceError, StoreError, *BUGS)) as caught:
            ask()
        assert secrets_in(shown(caught.value)) == set()
        assert secrets_in(iter([repr(client), *map(repr, vars(client).values())])) == set()
        assert here.seen, "the request arrived, and with it the key"


@pytest.mark.parametrize("edge", EDGES)
def test_nobody_there_shows_no_key(edge: str, tmp_path: Path) -> None:
    with hostile(endless) as here:
        url = here.url
    assert refuses(int(url.rpartition(":")[2]))
    with EDGES[edge](url) as (_, ask), pytest.raises((SourceError, StoreError)) as caught:
        ask()
    assert secrets_in(shown(caught.value)) == set()
    with hostile(endless, self_signed(tmp_path)) as here, EDGES[edge](here.url) as (_, ask):
        with pytest.raises((SourceError, StoreError)) as caught:
            ask()
        assert secrets_in(shown(caught.value)) == set()


@pytest.mark.parametrize("url", ["", "shop", "http://[", "https://a b/", "ftp://127.0.0.1", "http://127.0.0.1:99999"])
@pytest.mark.parametrize("edge", EDGES)
def test_an_address_that_is_none_shows_no_key(edge: str, url: str) -> None:
    with pytest.raises(Exception) as caught, EDGES[edge](url) as (_, ask):  # noqa: PT011  (of any kind)
        ask()
    assert secrets_in(shown(caught.value)) == set()


def test_configuration_and_shell_show_no_key() -> None:
    env, text = {"A_TOKEN": TOKEN}, toml.table("source", {"token": "${A_TOKEN}"})
    for name, store in STORES.items():
        variables = {key: f"{name}_{key}".upper() for key in store.KEYS}
        env |= {variables[key]: secret for key, secret in store.KEYS.items()}
        keys = {key: f"${{{variable}}}" for key, variable in variables.items()}
        text += toml.table(f"stores.{name}", {"connector": name, **store.PLACE, **keys})
    url = f"redis://:{quote(PASSWORD, safe='')}@127.0.0.1:1/0"
    settings = parse(text, {**env, "REDIS_URL": url})
    context = build(settings, url)
    texts = [repr(settings), str(settings), repr(context), repr(context.state), repr(context.state.db)]
    texts += [repr(each) for store in settings.stores.values() for each in (store, store.options, store.rules)]
    assert secrets_in(iter(texts)) == set()
    with pytest.raises(Exception) as caught:  # noqa: PT011  (nobody listens)
        context.state.ensure_whole()
    assert secrets_in(shown(caught.value)) == set()


def test_this_test_would_see_one() -> None:
    with pytest.raises(ValueError, match="3pl") as caught:
        raise ValueError(TOKEN)
    assert secrets_in(shown(caught.value)) == {TOKEN}
