"""One request to 3PLGuys and its whole answer: address, token, bounds, and the budget that every answer tells."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from time import monotonic

import httpx
from pydantic import SecretStr

from bridge.core.schedule import RateStatus
from bridge.errors import OperatorSourceError
from bridge.threeplguys.answers import Answer, no_answer, rate_status
from connectors.http import NO_ANSWER_ERRORS, Bounds, body_of, build_client, opened

TIMEOUT = httpx.Timeout(10.0, read=30.0)  # seconds, per operation
ANSWER_WITHIN = 60.0  # seconds for a whole answer: what drips would renew the read timeout for ever
MAX_BODY = 8 * 1024 * 1024  # bytes, unpacked; fifty rows are some twenty thousand


class Edge:
    """Asks one warehouse account; waits for nothing and repeats nothing. Safe to use from several threads when
    `observe` is.

    base_url: e.g. "https://api.3plguys.com"; /v0 is added. http: the caller's own client, which the caller closes.
    observe: told the budget by every answer, refusals included.
    Raises OperatorSourceError when the address or the token cannot be right.
    """

    def __init__(
        self, base_url: str, token: SecretStr, http: httpx.Client | None, observe: Callable[[RateStatus], None] | None
    ) -> None:
        try:
            url = httpx.URL(base_url.strip())
        except httpx.InvalidURL:
            url = httpx.URL("")
        if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.query:
            raise OperatorSourceError(
                "[source] base_url is not an address such as https://api.3plguys.com (scheme and host, without a"
                " user name or a query)."
            )
        # An HTTP library quotes an unfit header in its own error, so an unfit token must not get that far.
        text = token.get_secret_value()
        if not text or not text.isascii() or not text.isprintable() or " " in text:
            raise OperatorSourceError(
                "THREEPLGUYS_TOKEN ([source] token) is empty, or holds spaces, line ends or letters that no token has."
            )
        self._base, self._host, self._token = str(url).rstrip("/").removesuffix("/v0"), url.host, token
        self._owned = http is None
        self._http = http or build_client(timeout=TIMEOUT)
        self._observe = observe

    def ask(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Mapping[str, object] | None = None
    ) -> Answer:
        """One request below /v0, read to its end, whatever its status. Raises SourceError where there is no answer."""
        began, bounds = monotonic(), Bounds(MAX_BODY, ANSWER_WITHIN)
        headers = {"Authorization": f"Bearer {self._token.get_secret_value()}", "Accept": "application/json"}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body, allow_nan=False).encode()
        url = f"{self._base}/v0/{path}"
        request = self._http.build_request(
            method, url, params=query or {}, headers=headers, content=content, timeout=TIMEOUT
        )
        try:
            with opened(self._http, request, ANSWER_WITHIN) as response:
                if self._observe is not None:
                    self._observe(rate_status(response.headers))
                found = b"".join(body_of(response, bounds))
        except NO_ANSWER_ERRORS as fault:
            raise no_answer(fault, self._host, bounds) from fault
        took = timedelta(seconds=monotonic() - began)
        return Answer(self._host, response.status_code, response.headers, found, took, self._token)

    def close(self) -> None:
        """Close the connections, unless the client was given."""
        if self._owned:
            self._http.close()
