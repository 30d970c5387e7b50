"""Why there is no whole answer, whatever library says so. Pure: httpx and requests are known by the names of their
errors, so that whoever speaks through one of them need not load the other."""

import ssl
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import httpx


class NoAnswer(StrEnum):
    """What broke."""

    CERTIFICATE = "the certificate is not valid"
    KEY = "a header cannot be sent"
    ADDRESS = "the address cannot be used"
    UNREACHED = "no connection"
    UNREACHED_IN_TIME = "no connection in time"
    BUSY = "no connection of our own was free in time"
    SILENT = "nothing came, or went, for too long"
    SLOW = "the whole answer took too long"
    OVERSIZED = "the body is larger than its bound"
    UNPACKABLE = "the body cannot be unpacked"
    BROKE_OFF = "the connection broke off"


class BodyError(Exception):
    """A body is out of its bounds, or cannot be unpacked."""

    def __init__(self, broken: NoAnswer) -> None:
        super().__init__(broken.value)
        self.broken = broken


NO_ANSWER_ERRORS = (httpx.HTTPError, httpx.InvalidURL, BodyError)
"""What asking through httpx may raise."""

_NAMES: Mapping[str, NoAnswer] = MappingProxyType(
    {
        "httpx.LocalProtocolError": NoAnswer.KEY,
        "httpx.InvalidURL": NoAnswer.ADDRESS,
        "httpx.UnsupportedProtocol": NoAnswer.ADDRESS,
        "httpx.ConnectError": NoAnswer.UNREACHED,
        "httpx.ProxyError": NoAnswer.UNREACHED,
        "httpx.ConnectTimeout": NoAnswer.UNREACHED_IN_TIME,
        "httpx.PoolTimeout": NoAnswer.BUSY,
        "httpx.TimeoutException": NoAnswer.SILENT,
        "httpx.DecodingError": NoAnswer.UNPACKABLE,
        "requests.exceptions.InvalidHeader": NoAnswer.KEY,
        "requests.exceptions.InvalidURL": NoAnswer.ADDRESS,
        "requests.exceptions.InvalidSchema": NoAnswer.ADDRESS,
        "builtins.TimeoutError": NoAnswer.SILENT,
        "builtins.UnicodeError": NoAnswer.ADDRESS,
        "requests.exceptions.ProxyError": NoAnswer.UNREACHED,
        "urllib3.exceptions.NewConnectionError": NoAnswer.UNREACHED,
        "builtins.ConnectionRefusedError": NoAnswer.UNREACHED,
        "requests.exceptions.ConnectTimeout": NoAnswer.UNREACHED_IN_TIME,
        "requests.exceptions.Timeout": NoAnswer.SILENT,
        "urllib3.exceptions.ReadTimeoutError": NoAnswer.SILENT,
        "requests.exceptions.ContentDecodingError": NoAnswer.UNPACKABLE,
    }
)


def what_broke(error: BaseException) -> NoAnswer:
    """What an error of httpx, requests or `unpacked` means; anything unknown is a connection that broke off."""
    if isinstance(error, BodyError):
        return error.broken
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(cause):
            return NoAnswer.CERTIFICATE
        cause = cause.__cause__ or cause.__context__
    inner: object = error  # then what requests packed into it: urllib3's, and what that gives as its reason
    while isinstance(inner, BaseException):
        for kind in type(inner).__mro__:
            if broken := _NAMES.get(f"{kind.__module__}.{kind.__qualname__}"):
                return broken
        inner = getattr(inner, "reason", None) or next(iter(inner.args), None)
    return NoAnswer.BROKE_OFF
