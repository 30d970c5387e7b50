"""What an answer of 3PLGuys means: its rate headers, and the one table from status to error. Pure."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from pydantic import SecretStr

from bridge.errors import BrokenAnswer, OperatorSourceError, RetryableSourceError, SourceError

LONGEST_WAIT = 86_400.0  # seconds; a header that asks for more is mistaken
MAX_QUOTE = 200  # characters of a foreign sentence


@dataclass(frozen=True, slots=True)
class RateStatus:
    """The budget as the last answer told it (X-RateLimit-*, Error Handling page); None where silent.

    limit, remaining: requests per window. reset_at: when the window ends; now: the answer's Date. Both
    are by the source's clock, so their difference needs none of ours.
    """

    limit: int | None
    remaining: int | None
    reset_at: datetime | None
    now: datetime | None


def rate_status(headers: Mapping[str, str]) -> RateStatus:
    """Reads what is there; a header that is no number counts as absent."""
    return RateStatus(
        limit=_whole(headers.get("X-RateLimit-Limit")),
        remaining=_whole(headers.get("X-RateLimit-Remaining")),
        reset_at=_unix(_whole(headers.get("X-RateLimit-Reset"))),
        now=http_date(headers.get("Date")),
    )


def http_date(text: str | None) -> datetime | None:
    """An HTTP date (whole seconds) as UTC, None when absent or odd."""
    try:
        moment = parsedate_to_datetime(text or "")
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, read to its end. host: whom we asked; body: bounded; took: from asking to the last byte;
    token: what must not be quoted, should the server echo it."""

    host: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    took: timedelta
    token: SecretStr

    @property
    def sentence(self) -> str:
        """The server's own `error` sentence (Error Handling page), quotable; "" when it sent none."""
        body = decoded(self.body)
        text = body.get("error") if isinstance(body, dict) else None
        return self.quotable(text) if isinstance(text, str) else ""

    def quotable(self, text: str) -> str:
        """Foreign text without the token, on one line, bounded."""
        hidden = text.encode(errors="replace").decode().replace(self.token.get_secret_value(), "[token]")
        return " ".join(hidden.split())[:MAX_QUOTE]


def decoded(body: bytes) -> object:
    """JSON, or None when it is none: HTML of a gateway, cut off, or nested without end."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def failure(answer: Answer) -> SourceError:
    """The error for an answer that is not 200, with the remedy."""
    fault = _TABLE.get(answer.status, _by_class)(answer)
    fault.status = str(answer.status)
    return fault


def unreadable(answer: Answer) -> SourceError:
    """The error for a 200 whose body is not what was asked for."""
    what = "HTML" if answer.body.lstrip()[:1] == b"<" else "something cut off or unreadable"
    what = what if decoded(answer.body) is None else "JSON of another shape"
    return BrokenAnswer(f"The warehouse API at {answer.host} answered 200 with {what}; nothing was changed.")


def _bad_token(answer: Answer) -> SourceError:
    return OperatorSourceError(
        f"The warehouse API at {answer.host} refused the token (401): put a key that is neither expired nor"
        " revoked, and belongs to this address, into THREEPLGUYS_TOKEN ([source] token)."
    )


def _no_scope(answer: Answer) -> SourceError:
    return OperatorSourceError(
        f"The warehouse API at {answer.host} accepts the token but not for stock (403): its key needs the scope"
        " `inventory`; add it, or put another key into THREEPLGUYS_TOKEN ([source] token)."
    )


def _no_such_address(answer: Answer) -> SourceError:
    return OperatorSourceError(
        f"The warehouse API at {answer.host} does not know the stock address (404): correct [source] base_url,"
        " to which /v0 is added."
    )


def _too_many(answer: Answer) -> SourceError:
    return RetryableSourceError(
        f"The warehouse API at {answer.host} has used up its request budget (429); waiting helps.",
        retry_after=_wait(answer.headers, until_reset=True),
    )


def _by_class(answer: Answer) -> SourceError:
    """Redirects, other refusals, and servers in trouble."""
    if 300 <= answer.status < 400:
        return _redirect(answer)
    if 400 <= answer.status < 500:
        said = f": {answer.sentence}" if answer.sentence else ""
        return OperatorSourceError(
            f"The warehouse API at {answer.host} refused the request ({answer.status}){said};"
            " check [source] base_url, and whether this version of Stockbridge is the newest."
        )
    return _in_trouble(answer)


def _in_trouble(answer: Answer) -> SourceError:
    wait = _wait(answer.headers, until_reset=False)
    kind = BrokenAnswer if wait is None else RetryableSourceError
    sentence = f"The warehouse API at {answer.host} is in trouble ({answer.status}); nothing was changed."
    return kind(sentence, retry_after=wait)


def _redirect(answer: Answer) -> SourceError:
    try:
        target = urlsplit(answer.quotable(answer.headers.get("Location", ""))).hostname or "elsewhere"
    except ValueError:
        target = "elsewhere"
    return OperatorSourceError(
        f"The warehouse API at {answer.host} redirects to {target} ({answer.status}), and the token is not sent"
        " after it: set [source] base_url to the address that answers itself."
    )


_TABLE: dict[int, Callable[[Answer], SourceError]] = {
    401: _bad_token,
    403: _no_scope,
    404: _no_such_address,
    408: _in_trouble,
    425: _in_trouble,
    429: _too_many,
}


def _wait(headers: Mapping[str, str], *, until_reset: bool) -> float | None:
    """Seconds the server asked for: Retry-After as a number or a date, else the end of the window."""
    asked, now = headers.get("Retry-After"), http_date(headers.get("Date"))
    until = http_date(asked)
    if (seconds := _whole(asked)) is not None:
        return min(float(seconds), LONGEST_WAIT)
    if until is None and until_reset and not rate_status(headers).remaining:
        until = rate_status(headers).reset_at
    if until is None or now is None:
        return None
    return min(max(0.0, (until - now).total_seconds()), LONGEST_WAIT)


def _whole(text: str | None) -> int | None:
    digits = (text or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None


def _unix(seconds: int | None) -> datetime | None:
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
