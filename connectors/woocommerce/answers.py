"""What an HTTP answer of a WooCommerce store means. Pure.

Message texts are translated and HTML-escaped, bodies of 500 hold server paths: only status and `code`
decide, and nothing of a body is shown. HTML where JSON was due is told apart by what WordPress says of
itself in the Link header.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from connectors.base import OperatorStoreError, RetryableStoreError, StoreError
from connectors.foreign_json import decoded
from connectors.http import Answer, error_for

Json = Any


class NoRouteError(OperatorStoreError):
    """404 rest_no_route: the plugin is off, too old for this route, or the address is wrong. Never "product gone"."""


class GoneError(OperatorStoreError):
    """…_invalid_id: this one object does not exist. Callers that asked for an object by id expect it."""


class TooLargeError(OperatorStoreError):
    """413: more items than this store takes in one batch; nothing was done."""


class CrashedError(RetryableStoreError):
    """PHP broke off in the middle: what came before stays done, the rest is not, and nothing lands later."""


class KeyRefusedError(OperatorStoreError):
    """The same words for a wrong secret and for a key that may only read."""


class WebPageError(RetryableStoreError):
    """HTTP 200 and a page where JSON was due. Whether it will pass, the answer to a read may show."""


class UnreadableError(RetryableStoreError):
    """PHP printed something into the JSON. The request was carried out to its end."""


NO_ROUTE = (
    "has no WooCommerce API at this address; see that the plugin is active and up to date, and that `url` is where "
    "WordPress is installed"
)
PLAIN = "answers with web pages instead of its API; in WordPress, set Settings → Permalinks to anything but Plain"
PRINTS = (
    "prints PHP warnings into its answers; switch their display off (WP_DEBUG_DISPLAY and display_errors), "
    "the log shows them as well"
)
NO_RIGHTS = (
    "does not know the consumer key, or its user may not do this; create a Read/Write key for a shop manager in "
    "WooCommerce → Settings → Advanced → REST API"
)
UNKNOWN = (
    "does not know the consumer key, or a server in front of it takes the Authorization header away (the answer is the "
    "same), or its user may not do this; create a Read/Write key for a shop manager in WooCommerce → Settings → "
    "Advanced → REST API, or set `query_auth = true`, which sends the key in the address"
)
READ_ONLY_OR_WRONG = (
    "refuses the key: the consumer secret is wrong, or the key may only read; create a Read/Write key in "
    "WooCommerce → Settings → Advanced → REST API"
)
UNREACHED = (
    "could not reach the address that webhooks are to go to, or got another answer than 200; see that its server can "
    "reach that address"
)
CRASHED = "broke off with a PHP error; its log names the plugin. It will be tried again"
REMEDIES: Mapping[int, str] = {
    401: UNKNOWN,
    403: "turns the request away; let this host's address through its firewall or security plugin, or check the key",
    404: "has no API at this address; check that `url` is where WordPress is installed",
    413: "takes fewer items in one batch than one; raise its limit",
    414: "takes only short addresses; raise the web server's limit to 4 KB",
}

Test = Callable[[int, str], bool]  # of status and code

RULES: Sequence[tuple[type[StoreError], str, Test]] = (
    (TooLargeError, REMEDIES[413], lambda status, code: status == 413 or code.endswith("request_entity_too_large")),
    (NoRouteError, NO_ROUTE, lambda status, code: status == 404 and code == "rest_no_route"),
    (
        GoneError,
        "has no object with this id",
        lambda status, code: status in (400, 404) and code.endswith("_invalid_id"),
    ),
    (OperatorStoreError, UNREACHED, lambda status, code: status == 400 and code == "woocommerce_rest_cannot_create"),
    (KeyRefusedError, READ_ONLY_OR_WRONG, lambda _, code: code == "woocommerce_rest_authentication_error"),
    (CrashedError, CRASHED, lambda status, code: status == 500 and code == "internal_server_error"),
)


def payload_of(answer: Answer, *, what: str, url: str) -> Json:
    """The JSON of a success, or the StoreError that the answer stands for."""
    payload, parsed = _parsed(answer.body)
    if not 200 <= answer.status < 300:
        raise refusal(answer, payload, what=what, url=url)
    if parsed:
        return payload
    if "rest_route=" in answer.headers.get("link", ""):  # pretty permalinks announce /wp-json/ there
        raise OperatorStoreError(f"{what} {PLAIN}.")
    starts = [at for mark in (b'{"', b"[{", b"[]", b"{}") if (at := answer.body.find(mark)) > 0]
    is_json = "json" in answer.headers.get("content-type", "")
    if is_json and any(_parsed(answer.body[at:])[1] for at in starts):  # only what comes before is no JSON
        raise UnreadableError(f"{what} {PRINTS}.")
    is_page = answer.body.lstrip()[:1] == b"<"
    kind, error = ("a web page", WebPageError) if is_page else ("a garbled answer", RetryableStoreError)
    raise error(
        f"{what} sent {kind} instead of JSON (HTTP {answer.status}); it will be tried again. If it stays so, "
        "look whether a cache, a firewall or a maintenance page answers in its place."
    )


def _parsed(body: bytes) -> tuple[Json, bool]:
    try:
        return decoded(body), True
    except (ValueError, RecursionError):
        return None, False


def refusal(answer: Answer, payload: Json, *, what: str, url: str) -> StoreError:
    """The error of an answer that is no success."""
    status, code = answer.status, code_of(payload)
    meant = next(((error, sentence) for error, sentence, is_meant in RULES if is_meant(status, code)), None)
    fault: StoreError
    if 300 <= status < 400 and _adds_a_slash(answer, url):
        fault = OperatorStoreError(f"{what} {PLAIN}.")
    elif meant:
        error, sentence = meant
        fault = error(f"{what} {sentence} (HTTP {status}).")
    else:
        remedies = REMEDIES if status != 403 or not code else {**REMEDIES, 403: NO_RIGHTS}
        fault = error_for(status, answer.headers, what=what, url=url, remedies=remedies)
    fault.status = str(status)
    return fault


def code_of(payload: Json) -> str:
    code = payload.get("code") if isinstance(payload, dict) else None
    return code if isinstance(code, str) else ""


def _adds_a_slash(answer: Answer, url: str) -> bool:
    """Plain permalinks: WordPress takes /wp-json/… for a page and puts the slash of pages behind it."""
    try:
        asked, target = urlsplit(url), urlsplit(answer.headers.get("location", ""))
    except ValueError:  # such as https://[
        return False
    same_host = target.netloc in ("", asked.netloc)
    return same_host and "/wp-json/" in target.path and target.path == f"{asked.path}/"
