"""What every request of the API passes before FastAPI sees it: whose is it, may they do that, and is it one at all."""

import asyncio
import json
from collections import Counter
from urllib.parse import parse_qsl

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bridge.web.access.crossing import SAFE
from bridge.web.access.guard import Refusal, note_refused
from bridge.web.answers import bounded_body, refusal
from bridge.web.site import Site

LARGEST = 64 * 1024  # bytes of a body
SLOWEST = 10.0  # seconds until a body is there
MOST = 20  # parameters of a query
JSON = "application/json"


class Gate:
    """app: what answers the requests that come through; `request.state` has there the `site`, and the `visitor` who
    asks."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app, self._site = app, site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        visitor = self._site.guard.judged_program(request)
        body = visitor if isinstance(visitor, Refusal) else doubled(request) or await body_of(request)
        if isinstance(body, Refusal):
            if body.status == 403:
                note_refused(request, body.why, by=body.by)
            await refusal(body.status, body.why, headers_of(body.status))(scope, receive, send)
            return
        request.state.visitor, request.state.site = visitor, self._site
        kept: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Message:
            return kept.pop() if kept else await receive()

        await self._app(scope, again, send)


def headers_of(status: int) -> dict[str, str]:
    """A body that was not read to its end leaves a connection that nothing more can be asked over."""
    named = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return named | ({"Connection": "close"} if status in (408, 413) else {})


def doubled(request: Request) -> Refusal | None:
    """A query that says something twice: which of both is meant, nobody knows."""
    try:
        given = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=MOST)
    except ValueError:
        return Refusal(422, f"A query has at most {MOST} parameters.")
    twice = [name for name, count in Counter(name for name, _ in given).items() if count > 1]
    return Refusal(422, f"`{twice[0][:100]}` is said twice in the query; say it once.") if twice else None


async def body_of(request: Request) -> bytes | Refusal:
    """The body: nothing, or JSON that says nothing twice."""
    if request.method in SAFE:
        return b""
    try:
        body = await asyncio.wait_for(bounded_body(request, LARGEST), SLOWEST)
    except (TimeoutError, ClientDisconnect):
        return Refusal(408, "The body did not come in time; send it again.")
    if body is None:
        return Refusal(413, f"The body must have at most {LARGEST} bytes.")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (JSON, "") or (body and not kind):
        return Refusal(415, f"Send JSON, with `Content-Type: {JSON}`.")
    return wrong if body and (wrong := unread(body)) else body


def unread(body: bytes) -> Refusal | None:
    """Why a body cannot be read. orjson refuses what is no JSON, such as NaN, half a character and depth without end;
    the other parser sees names that stand twice."""
    try:
        orjson.loads(body)
        json.loads(body, object_pairs_hook=_once)
    except (orjson.JSONDecodeError, RecursionError):
        return Refusal(400, "The body is not JSON.")
    except KeyError as fault:
        return Refusal(400, f"`{str(fault.args[0])[:100]}` stands twice in the body; say it once.")
    return None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise KeyError(name)
        found[name] = value
    return found
