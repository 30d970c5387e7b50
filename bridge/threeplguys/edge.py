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
from bridge.threeplguys.tokens import FixedToken, Tokens
from connectors.http import NO_ANSWER_ERRORS, Bounds, body_of, build_client, opened

TIMEOUT = httpx.Timeout(10.0, read=30.0)  # seconds, per operation
ANSWER_WITHIN = 60.0  # seconds for a whole answer: what drips would renew the read timeout for ever
MAX_BODY = 8 * 1024 * 1024  # bytes, unpacked; fifty rows are some twenty thousand


class Edge:
    """Asks one warehouse account; waits for nothing, and repeats nothing but what was refused for its token and can go
    with another, once. Safe to use from several threads when `observe` and `token` are.

    base_url: e.g. "https://api.3plguys.com"; /v0 is added. token: an API key, or what hands one for each request. http:
    the caller's own client, which the caller closes. observe: told the budget by every answer, refusals included.
    Raises OperatorSourceError when the address or the token cannot be right.
    """

    def __init__(
        self, base_url: str, token: SecretStr | Tokens, http: httpx.Client | None,
        observe: Callable[[RateStatus], None] | None,
    ) -> None:  # fmt: skip
        try:
            url = httpx.URL(base_url.strip())
        except httpx.InvalidURL:
            url = httpx.URL("")
        if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.query:
            raise OperatorSourceError(
                "[source] base_url is not an address such as https://api.3plguys.com (scheme and host, without a"
                " user name or a query)."
            )
        self._base, self._host = str(url).rstrip("/").removesuffix("/v0"), url.host
        self._tokens = FixedToken(token) if isinstance(token, SecretStr) else token
        self._owned = http is None
        self._http = http or build_client(timeout=TIMEOUT)
        self._observe = observe

    def ask(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Mapping[str, object] | None = None
    ) -> Answer:
        """One request below /v0, read to its end, whatever its status. Raises SourceError where there is no answer, or
        no token."""
        url = httpx.URL(f"{self._base}/v0/{path}", params=query or {})  # given apart, it would be parsed twice
        headers, content = {"Accept": "application/json"}, None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body, allow_nan=False).encode()
        request = self._http.build_request(method, url, headers=headers, content=content, timeout=TIMEOUT)
        token = self._tokens.token()
        answer = self._answer(request, token)
        if answer.status == 401 and self._tokens.renew(token):
            answer = self._answer(request, self._tokens.token())
        return answer

    def _answer(self, request: httpx.Request, token: SecretStr) -> Answer:
        began, bounds = monotonic(), Bounds(MAX_BODY, ANSWER_WITHIN)
        request.headers["Authorization"] = f"Bearer {token.get_secret_value()}"
        try:
            with opened(self._http, request, ANSWER_WITHIN) as response:
                if self._observe is not None:
                    self._observe(rate_status(response.headers))
                found = b"".join(body_of(response, bounds))
        except NO_ANSWER_ERRORS as fault:
            raise no_answer(fault, self._host, bounds) from fault
        took = timedelta(seconds=monotonic() - began)
        remedies = self._tokens.remedies
        return Answer(self._host, response.status_code, response.headers, found, took, (token,), remedies)

    def close(self) -> None:
        """Close the connections, unless the client was given."""
        if self._owned:
            self._http.close()
