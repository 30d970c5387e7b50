"""What an answer of 3PLGuys means, or that there is none: its rate headers, and a SourceError of what the tables of
connectors/http say. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from bridge.core.schedule import RateStatus
from bridge.errors import (
    BrokenAnswerError,
    LateAnswerError,
    OperatorSourceError,
    RetryableSourceError,
    SourceError,
    SourceRefusalError,
)
from connectors.http import (
    NO_ANSWER,
    Bounds,
    NoAnswer,
    date_of,
    is_redirect,
    redirect_target,
    retry_after,
    rule_for,
    what_broke,
)  # fmt: skip

LONGEST_WAIT = 86_400.0  # seconds; a header that asks for more is mistaken
MAX_QUOTE = 200  # characters of a foreign sentence
UNCHANGED = "nothing was changed."
BASE_URL = "[source] base_url"


def rate_status(headers: Mapping[str, str]) -> RateStatus:
    """Reads what is there; a header that is no number, or no moment, counts as absent."""
    texts = (headers.get(f"X-RateLimit-{name}", "").strip() for name in ("Limit", "Remaining", "Reset"))
    limit, remaining, reset = (
        int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None for text in texts
    )
    try:
        reset_at = None if reset is None else datetime.fromtimestamp(reset, UTC)
    except (ValueError, OverflowError, OSError):
        reset_at = None
    return RateStatus(limit=limit, remaining=remaining, reset_at=reset_at, now=date_of(headers))


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, read to its end. host: whom we asked; body: bounded; took: from asking to the last byte; hidden: what
    must not be quoted, should the server echo it. remedies: sentences ahead of SENTENCES, for who asked with something
    else than a key. key: of the configuration, the address that was asked."""

    host: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    took: timedelta
    hidden: tuple[SecretStr, ...]
    remedies: Mapping[int, str] = field(default_factory=dict)
    key: str = BASE_URL

    @property
    def sentence(self) -> str:
        """The server's own `error` sentence (Error Handling page), quotable; "" when it sent none."""
        body = decoded(self.body)
        text = body.get("error") if isinstance(body, dict) else None
        return self.quotable(text) if isinstance(text, str) else ""

    @property
    def properties(self) -> Mapping[str, str]:
        """Field → what is wrong with it, quotable (Error Handling page); empty when the server names none."""
        body = decoded(self.body)
        found = body.get("properties") if isinstance(body, dict) else None
        told = found.items() if isinstance(found, dict) else ()
        return {self.quotable(name): self.quotable(text) for name, text in told if isinstance(text, str)}

    def quotable(self, text: str) -> str:
        """Foreign text without what must not be quoted, on one line, bounded."""
        shown = text.encode(errors="replace").decode()
        for secret in self.hidden:
            shown = shown.replace(secret.get_secret_value(), "[token]")
        return " ".join(shown.split())[:MAX_QUOTE]


def decoded(body: bytes) -> object:
    """JSON, or None when it is none: HTML of a gateway, cut off, or nested without end."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def unreadable(answer: Answer) -> SourceError:
    """The error for a success whose body is not what was asked for."""
    what = "HTML" if answer.body.lstrip()[:1] == b"<" else "something cut off or unreadable"
    what = what if decoded(answer.body) is None else "JSON of another shape"
    said = f"The warehouse API at {answer.host} answered {answer.status} with {what}"
    return BrokenAnswerError(f"{said}; {UNCHANGED}")


SENTENCES: Mapping[int, str] = {  # they continue "The warehouse API at HOST"
    401: "refused the token (401): put a key that is neither expired nor revoked, and belongs to this address, into"
    " THREEPLGUYS_TOKEN ([source] token).",
    403: "accepts the token but not for stock (403): its key needs the scope `inventory`; add it, or put another key"
    " into THREEPLGUYS_TOKEN ([source] token).",
    404: "does not know the stock address (404): correct [source] base_url, to which /v0 is added.",
    429: "has used up its request budget (429); waiting helps.",
}
REDIRECT = (
    "redirects to {target} ({status}), and the token is not sent after it: set {key} to the address that answers"
    " itself."
)
REFUSAL = "refused the request ({status}){said}; check {key}, and whether this version of Stockbridge is the newest."


def failure(answer: Answer) -> SourceError:
    """The error for an answer that is not 200, with the remedy. Whether waiting can help is the edge's to say; how long
    the server asked for is told by its own clock: Retry-After as a number or a date, else the end of the window."""
    status, again = answer.status, rule_for(answer.status).again
    if is_redirect(status):
        target = redirect_target(answer.quotable(answer.headers.get("Location", ""))).hostname or "elsewhere"
        sentence = REDIRECT.format(target=target, status=status, key=answer.key)
    elif again:
        sentence = f"is in trouble ({status}); {UNCHANGED}"
    else:
        said = f": {answer.sentence}" if answer.sentence else ""
        sentence = REFUSAL.format(status=status, said=said, key=answer.key)
    sentence = answer.remedies.get(status) or SENTENCES.get(status, sentence)
    text = f"The warehouse API at {answer.host} {sentence}"
    fault: SourceError = OperatorSourceError(text)
    if again:
        wait = retry_after(answer.headers, now=None, longest=LONGEST_WAIT)
        window = rate_status(answer.headers)
        if wait is None and status == 429 and not window.remaining and window.reset_at and window.now:
            wait = min(max(0.0, (window.reset_at - window.now).total_seconds()), LONGEST_WAIT)
        is_outage = wait is None and status != 429
        fault = (BrokenAnswerError if is_outage else RetryableSourceError)(text, retry_after=wait)
    fault.status = str(status)
    return fault


def refusal(answer: Answer, thing: str) -> SourceRefusalError | None:
    """The server's own sentence about this thing; None for an answer about the token,
    the address or a wait."""
    if not 400 <= answer.status < 500 or answer.status in (401, 403, 429) or not answer.sentence:
        return None
    faults = [f"{field}: {text}" for field, text in answer.properties.items()]
    said = "; ".join([answer.sentence, *faults])
    found = SourceRefusalError(
        f"The warehouse API at {answer.host} refused {thing} ({answer.status}): {said}.",
        sentence=answer.sentence,
        faults=faults,
    )
    found.status = str(answer.status)
    return found


BROKEN: Mapping[NoAnswer, str] = {
    NoAnswer.UNREACHED: "could not be reached",
    NoAnswer.UNREACHED_IN_TIME: "could not be reached in time",
    NoAnswer.BUSY: "did not answer in time",
    NoAnswer.SILENT: "did not answer in time",
    NoAnswer.SLOW: "took over {seconds:.0f} s to answer",
    NoAnswer.OVERSIZED: "sent a page of over {size} bytes",
}


def no_answer(error: Exception, host: str, bounds: Bounds, key: str = BASE_URL) -> SourceError:
    """The error for a request without an answer. An address that was reached may have sent something broken. key: of
    the configuration, the address."""
    broken = what_broke(error)
    if broken is NoAnswer.CERTIFICATE:
        return OperatorSourceError(
            f"The certificate of the warehouse API at {host} is not valid, so the token was not sent: check {key}, or"
            " have the certificate renewed."
        )
    rule = NO_ANSWER[broken]
    if not rule.again:
        return OperatorSourceError(f"The warehouse API at {host} cannot be asked; check {key} and token.")
    sentence = BROKEN.get(broken, "broke off its answer").format(size=bounds.size, seconds=bounds.seconds)
    kind = BrokenAnswerError if rule.sent else RetryableSourceError
    kind = LateAnswerError if broken in (NoAnswer.SILENT, NoAnswer.SLOW) else kind
    return kind(f"The warehouse API at {host} {sentence}; {UNCHANGED}")
