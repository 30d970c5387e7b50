"""Where the access token comes from. It lives in memory only and never in a text.

Two forms: a token of an admin-created app, which does not expire, and the client credentials grant of
a Dev Dashboard app, whose tokens live 24 h and come without a refresh token.
https://shopify.dev/docs/apps/build/authentication-authorization/client-credentials-grant
"""

import time
from typing import Protocol

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from connectors.base import OperatorStoreError, RetryableStoreError
from connectors.http import Clock, error_for, exchange, json_of

EARLY = 300.0  # seconds before expiry at which a token is renewed; longer than any single call

_REMEDY = (
    "refuses client_id and client_secret; check both, and that app and store belong to the same organization "
    "and the app is installed"
)


class Auth(Protocol):
    def token(self) -> str:
        """A token that is good now."""
        ...

    def renew(self, refused: str) -> bool:
        """Called when the store refused a token. True: `token` now gives another one, worth one more try."""
        ...

    def secrets(self) -> tuple[str, ...]:
        """What must not appear in any text."""
        ...


class FixedToken:
    def __init__(self, token: SecretStr) -> None:
        self._token = token

    def token(self) -> str:
        return self._token.get_secret_value()

    def renew(self, refused: str) -> bool:  # noqa: ARG002
        return False

    def secrets(self) -> tuple[str, ...]:
        return (self.token(),)


class _Grant(BaseModel):
    access_token: SecretStr
    expires_in: float = 86_400.0  # seconds


class ClientCredentials:
    """Fetches a token at first use, again before it expires, and once more when the store refuses it."""

    def __init__(self, http: httpx.Client, *, base: str, client_id: str, client_secret: SecretStr, what: str,
                 clock: Clock = time.monotonic) -> None:  # fmt: skip
        self._http, self._url, self._what, self._clock = http, f"{base}/admin/oauth/access_token", what, clock
        self._id, self._secret = client_id, client_secret
        self._token: SecretStr | None = None
        self._until = 0.0

    def token(self) -> str:
        asked = self._clock()
        if self._token is not None and asked < self._until:
            return self._token.get_secret_value()
        form = {"grant_type": "client_credentials", "client_id": self._id}
        form["client_secret"] = self._secret.get_secret_value()
        try:
            answer = exchange(self._http, self._http.build_request("POST", self._url, data=form), what=self._what)
            if answer.status != 200:
                remedies = dict.fromkeys((400, 401, 403), _REMEDY)
                raise error_for(answer.status, answer.headers, what=self._what, url=self._url, remedies=remedies)
            grant = _Grant.model_validate(json_of(answer, what=self._what))
        except RetryableStoreError as error:
            # The request that needed the token was not sent, whatever became of this one.
            raise RetryableStoreError(str(error), retry_after=error.retry_after, sent=False) from error
        except ValidationError:
            text = f"{self._what} granted no token that can be read; check the app in the Dev Dashboard."
            raise OperatorStoreError(text) from None  # the cause would quote the answer
        self._token = grant.access_token
        self._until = asked + max(grant.expires_in - EARLY, grant.expires_in / 2)
        return self._token.get_secret_value()

    def renew(self, refused: str) -> bool:
        if self._token is not None and self._token.get_secret_value() == refused:
            self._token = None
        return True

    def secrets(self) -> tuple[str, ...]:
        token = (self._token.get_secret_value(),) if self._token else ()
        return (self._secret.get_secret_value(), *token)
