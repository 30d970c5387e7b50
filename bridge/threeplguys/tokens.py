"""Where the token of each request comes from."""

from collections.abc import Mapping
from typing import Protocol

from pydantic import SecretStr

from bridge.errors import OperatorSourceError


class Tokens(Protocol):
    """remedies: what to do about a status that is about the token, as `answers.SENTENCES`."""

    remedies: Mapping[int, str]

    def token(self) -> SecretStr:
        """Returns one that is good now. Raises SourceError."""
        ...

    def renew(self, refused: SecretStr) -> bool:
        """The API did not accept this one. Returns whether `token` gives another now. Raises SourceError."""
        ...


class FixedToken:
    """An API key. Raises OperatorSourceError where it cannot be one."""

    remedies: Mapping[int, str] = {}

    def __init__(self, token: SecretStr) -> None:
        # An HTTP library quotes an unfit header in its own error, so an unfit token must not get that far.
        text = token.get_secret_value()
        if not text or not text.isascii() or not text.isprintable() or " " in text:
            raise OperatorSourceError(
                "THREEPLGUYS_TOKEN ([source] token) is empty, or holds spaces, line ends or letters that no token has."
            )
        self._token = token

    def token(self) -> SecretStr:
        return self._token

    def renew(self, refused: SecretStr) -> bool:  # noqa: ARG002
        return False
