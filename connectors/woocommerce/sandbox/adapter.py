"""The sandbox as a transport of `requests`, which the official client speaks: no socket, virtual time.

Errors have the shape they have on a real network, so that whoever tells a refused connection (nothing was
sent) from one that broke off (it may have been applied) is tried on the real thing.
"""

import http.client
import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError, ReadTimeoutError
from urllib3.response import HTTPResponse

from connectors.testing.http import DroppedError, Handler, Request, Response

Timeout = float | tuple[float | None, float | None] | None


class SandboxAdapter(HTTPAdapter):
    """Any host is this shop. The read timeout counts against the sandbox's own, virtual, slowness."""

    def __init__(self, handle: Handler) -> None:
        """handle: Sandbox.handle."""
        super().__init__()
        self.handle = handle

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        del stream, verify, cert, proxies
        body = request.body.encode() if isinstance(request.body, str) else bytes(request.body or b"")  # type: ignore[arg-type]
        url, headers = request.url or "", {str(name): str(value) for name, value in request.headers.items()}
        try:
            found = self.handle(Request(request.method or "GET", url, headers, body, client_timeout_of(timeout)))
        except DroppedError as dropped:
            raise broken(dropped.how, url, request) from dropped
        return self.build_response(request, wire(found))


def client_timeout_of(timeout: Timeout) -> float | None:
    return timeout[1] if isinstance(timeout, tuple) else timeout


def wire(found: Response) -> HTTPResponse:
    headers = {**found.headers, "Content-Length": str(len(found.body))}
    return HTTPResponse(
        body=io.BytesIO(found.body),
        headers=headers,
        status=found.status,
        reason=http.client.responses.get(found.status, ""),
        preload_content=False,
    )


def broken(how: str, url: str, request: requests.PreparedRequest) -> requests.RequestException:
    parts = urlsplit(url)
    pool = HTTPConnectionPool(parts.hostname or "", parts.port)
    if how == "timeout":
        return requests.ReadTimeout(ReadTimeoutError(pool, url, "Read timed out."), request=request)
    if how == "refused":
        cause = NewConnectionError(HTTPConnection(parts.hostname or ""), "[Errno 111] Connection refused")
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return requests.ConnectionError(MaxRetryError(pool, path, cause), request=request)
    end = http.client.RemoteDisconnected("Remote end closed connection without response")
    return requests.ConnectionError(ProtocolError("Connection aborted.", end), request=request)
