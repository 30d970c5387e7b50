"""What an answer of the token address means: the next pair, or a SourceError with its remedy. Pure."""

import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeGuard

from bridge.core.grant import NEEDED, Grant
from bridge.errors import GrantEndedError, OperatorSourceError, SourceError
from bridge.threeplguys.answers import Answer, decoded, failure, unreadable
from connectors.values import replace

HOUR = 3600.0  # seconds that a token lives whose answer does not say it, as in the documents' example
LONGEST = 366 * 86_400.0
TOKEN_URL = "[source.oauth] token_url"  # noqa: S105  (the name of a key)
REMEDIES: Mapping[int, str] = {404: f"has no tokens at this address (404): correct {TOKEN_URL}."}
OF_THE_CLIENT = ("invalid_client", "unauthorized_client")


def read_grant(
    answer: Answer, asked_at: datetime, before: Grant | None = None, scopes: frozenset[str] = NEEDED
) -> Grant:
    """The grant in an answer to one of these forms. asked_at: from when its seconds are counted, so that it rather ends
    early. before: what was refreshed, whose refresh token and scopes stay where none are told. scopes: what a code was
    asked for. Raises SourceError."""
    if answer.status in (400, 401, 403):
        raise _refusal(answer, "the code" if before is None else "the grant")
    if answer.status != 200:
        raise failure(answer)
    found = decoded(answer.body)
    told = found if isinstance(found, dict) else {}
    access, refresh = told.get("access_token"), told.get("refresh_token", before and before.refresh_token)
    life, scope = _seconds(told.get("expires_in", HOUR)), told.get("scope")
    is_bearer = str(told.get("token_type", "Bearer")).casefold() == "bearer"
    if not (_is_token(access) and _is_token(refresh) and life and is_bearer):
        raise unreadable(answer)
    scopes = frozenset(scope.split()) if isinstance(scope, str) else before.scopes if before else scopes
    ends = asked_at + timedelta(seconds=min(life, LONGEST))
    if before is None:
        return Grant(access, refresh, scopes, granted_at=asked_at, issued_at=asked_at, expires_at=ends)
    return replace(
        before, access_token=access, refresh_token=refresh, scopes=scopes, issued_at=asked_at, expires_at=ends
    )


def _is_token(value: object) -> TypeGuard[str]:
    """Whether it fits into a header."""
    return isinstance(value, str) and bool(re.fullmatch(r"[!-~]+", value))


def _seconds(value: object) -> float:
    """A time span as JSON tells it, a number or its text; 0.0 where it is none, or no second long."""
    try:
        seconds = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else 0.0
    except (ValueError, OverflowError):
        return 0.0
    return seconds if math.isfinite(seconds) and seconds >= 1 else 0.0


def _refusal(answer: Answer, what: str) -> SourceError:
    """The documents name no words for it, so that only those of the standard are told apart."""
    said = answer.sentence
    where = f"The warehouse API at {answer.host}"
    how = f"({answer.status}{': ' if said else ''}{said})"
    if said in OF_THE_CLIENT:
        fault: SourceError = OperatorSourceError(
            f"{where} refuses client_id and client_secret of [source.oauth] {how}: correct them."
        )
    else:
        why = "it was used already, or is too old" if what == "the code" else "it expired, was revoked, or is spent"
        also = "" if said == "invalid_grant" else "; where that fails too, check the keys of [source.oauth]"
        fault = GrantEndedError(f"{where} does not accept {what} {how}: {why}; run `stockbridge login`{also}.")
    fault.status = str(answer.status)
    return fault
