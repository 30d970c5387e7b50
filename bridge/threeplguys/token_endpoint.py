"""The address at 3PLGuys that hands out pairs of tokens: one form each time, and its answer."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from time import monotonic

import httpx
from pydantic import SecretStr

from bridge.config.source import OAuthSettings
from bridge.core.grant import Grant
from bridge.threeplguys import oauth
from bridge.threeplguys.answers import Answer, no_answer
from bridge.threeplguys.grant_answer import REMEDIES, TOKEN_URL, read_grant
from connectors.http import NO_ANSWER_ERRORS, Bounds, body_of, build_client, opened

TIMEOUT = httpx.Timeout(10.0, read=30.0)  # seconds, per operation
ANSWER_WITHIN = 60.0  # seconds for a whole answer; two of them fit into the lease of a refresh
MAX_BODY = 64 * 1024  # bytes


class TokenEndpoint:
    """Asks for the pairs of one OAuth client; waits for nothing and repeats nothing.

    now: the clock that processes share. open_http: how it speaks.
    """

    def __init__(
        self, settings: OAuthSettings, now: Callable[[], datetime],
        open_http: Callable[[], httpx.Client] = lambda: build_client(timeout=TIMEOUT),
    ) -> None:  # fmt: skip
        self._settings, self._now, self._open_http = settings, now, open_http

    def exchange(self, code: str, login: oauth.Login) -> Grant:
        """The pair for a code that a person brought. Raises SourceError."""
        asked_at = self._now()
        return read_grant(self._ask(oauth.code_form(self._settings, code, login)), asked_at, scopes=login.scopes)

    def refresh(self, grant: Grant) -> Grant:
        """The next pair. Raises SourceError: BrokenAnswerError where the answer was lost, and nobody knows whether the
        old pair is spent."""
        asked_at = self._now()
        return read_grant(self._ask(oauth.refresh_form(self._settings, grant)), asked_at, grant)

    def _ask(self, form: Mapping[str, str]) -> Answer:
        began, bounds = monotonic(), Bounds(MAX_BODY, ANSWER_WITHIN)
        url = httpx.URL(self._settings.token_url)
        with self._open_http() as http:
            request = http.build_request("POST", url, data=form, headers={"Accept": "application/json"})
            try:
                with opened(http, request, ANSWER_WITHIN) as response:
                    found = b"".join(body_of(response, bounds))
            except NO_ANSWER_ERRORS as fault:
                raise no_answer(fault, url.host, bounds, TOKEN_URL) from fault
        took, hidden = timedelta(seconds=monotonic() - began), tuple(SecretStr(text) for text in form.values())
        return Answer(url.host, response.status_code, response.headers, found, took, hidden, REMEDIES, TOKEN_URL)
