"""What every address answers with, and who may ask."""

import hmac
from collections.abc import Callable, Mapping
from http import HTTPStatus

from pydantic import SecretStr
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bridge import log

FRESH = {"Cache-Control": "no-store"}

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""On every answer: what it shows runs no script but ours, asks nobody else, and stands in no frame."""

HTTPS_ONLY = "max-age=31536000"


class Headers:
    """Adds them to whatever an application answers. is_secure: whether the browser that asks speaks https."""

    def __init__(self, app: ASGIApp, is_secure: Callable[[Request], bool]) -> None:
        self._app, self._is_secure = app, is_secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        secure = {"Strict-Transport-Security": HTTPS_ONLY} if self._is_secure(Request(scope)) else {}

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in (HEADERS | secure).items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        return await self._app(scope, receive, answered)


def refusal(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
    """In the form of the Inventory Update API's document."""
    return JSONResponse({"error": sentence}, status, headers)


async def unrouted(_: Request, fault: Exception) -> Response:
    """What no route takes; or what an endpoint refuses, with its sentence."""
    if not isinstance(fault, HTTPException):
        raise fault
    said, status = fault.detail, fault.status_code
    if said == HTTPStatus(status).phrase:  # Starlette's own
        own = {404: "There is nothing at this address", 405: "This method is not allowed here"}
        said = own.get(status, "This request is not understood")
    return refusal(status, said, fault.headers)


async def broken(_: Request, fault: Exception) -> Response:
    """A bug: the log has it, and whoever asked learns that nothing was done."""
    log.get().error("request failed", error=type(fault).__name__, exc_info=fault)
    return refusal(500, "Something is wrong in this server; nothing was kept")


def bears(request: Request, token: SecretStr) -> bool:
    """Whether a request brings this bearer token; how long that takes tells nothing of the token."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    same = hmac.compare_digest(token.get_secret_value().encode(), given.strip().encode())
    return same and scheme.lower() == "bearer"


async def bounded_body(request: Request, largest: int) -> bytes | None:
    """A body of at most so many bytes; None: it is larger, and the rest of it is not read. Raises ClientDisconnect."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            return None
    return bytes(body)
