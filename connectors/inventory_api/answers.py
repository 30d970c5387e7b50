"""What an answer of the Inventory Update API means. Pure.

The document tells one thing: {"error": "…"} for a missing field or a bad token. It tells neither statuses, nor what is
said of an unknown product, nor whether such an answer may come with a 200. So the status is asked first, then the
body: success is 2xx without an error.
"""

import json
import re
from collections.abc import Mapping

from connectors.base import Outcome, RetryableStoreError, StoreError, Verdict
from connectors.foreign_json import decoded
from connectors.http import Answer, error_for, is_redirect, rule_for

REMEDIES: Mapping[int, str] = {
    401: "does not accept the token; ask the shop for another one and put it into the configuration",
    403: "does not let this token write inventory; ask the shop for one that may",
    404: "has no Inventory Update API at this address; check url",
    405: "does not take reports at this address; check url",
}
OF_ONE_ITEM = frozenset({400, 422})
"""Statuses that speak of one request, also without a sentence. 404 and others may be an address that is wrong."""

OF_THE_STORE = frozenset({401, 402, 403, 407, 423, 451})
LONGEST_SENTENCE = 200
FIELD = re.compile(r"\b(missing|required|fields?|upc|sku|size|width|store|quantity)\b", re.IGNORECASE)
TOKEN = re.compile(r"token|bearer|auth|credential|forbidden|denied|permission|\bkey\b|expired|revoked", re.IGNORECASE)


def outcome_of(answer: Answer, *, what: str, url: str, token: str) -> Outcome:
    """What the shop said of one report: APPLIED, or REJECTED with its own sentence. Raises StoreError where the answer
    is not about the report. token: is kept out of the sentence."""
    status = answer.status
    if 200 <= status < 300:
        told = sentence_of(answer, what=what, token=token)
        return Outcome(Verdict.REJECTED, reason=told, general=True) if told else Outcome(Verdict.APPLIED)
    try:
        told = sentence_of(answer, what=what, token=token)
    except RetryableStoreError:
        told = None  # a web page: the status says enough
    is_refusal = 400 <= status < 500 and status not in OF_THE_STORE and not rule_for(status).again
    if is_refusal and (told or status in OF_ONE_ITEM):
        return Outcome(Verdict.REJECTED, reason=told or f"refused with HTTP {status}, without a sentence", general=True)
    raise _fault(answer, told, what=what, url=url)


def _fault(answer: Answer, told: str | None, *, what: str, url: str) -> StoreError:
    """The error that a status stands for, with the shop's own sentence."""
    text = REMEDIES.get(answer.status, rule_for(answer.status).text)
    said = {} if is_redirect(answer.status) or not told else {answer.status: f'{text}; it says "{told}"'}
    return error_for(answer.status, answer.headers, what=what, url=url, remedies={**REMEDIES, **said})


def sentence_of(answer: Answer, *, what: str, token: str) -> str | None:
    """The shop's own refusal in one line; None where it says of none. An answer need not be JSON. Raises
    RetryableStoreError where it is a web page or was cut off."""
    body = answer.body.strip()
    try:
        found = decoded(body) if body else None
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        if is_a_word(body):
            return None
        kind = "a web page" if body[:1] == b"<" else "a cut-off or garbled answer"
        fault = RetryableStoreError(f"{what} sent {kind} (HTTP {answer.status}); see that no proxy answers.")
        fault.status = str(answer.status)
        raise fault from None  # the cause would quote the body
    if not isinstance(found, dict):
        return None
    if error := found.get("error"):
        text = error if isinstance(error, str) else json.dumps(error, ensure_ascii=False)
        line = " ".join("".join(c if c.isprintable() else " " for c in text.replace(token, "***")).split())
        return line if len(line) <= LONGEST_SENTENCE else f"{line[:LONGEST_SENTENCE]}…"
    return 'it answers "success": false' if found.get("success") is False else None


def is_a_word(body: bytes) -> bool:
    """Whether a body that is no JSON says something short, such as OK: neither a page, nor JSON that broke off, nor
    what cannot be read."""
    is_short = len(body) <= LONGEST_SENTENCE and body[:1] not in (b"<", b"{", b"[", b'"')
    text = body.decode("utf-8", "replace")
    return is_short and text.isprintable() and "\ufffd" not in text


def names_a_field(sentence: str) -> bool:
    """Whether a refusal of a report without fields is about the fields, so that the token was accepted."""
    return not is_about_the_token(sentence) and FIELD.search(sentence) is not None


def is_about_the_token(sentence: str) -> bool:
    return TOKEN.search(sentence) is not None
