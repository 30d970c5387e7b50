"""The StoreErrors of the edge, made of its tables."""

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import SplitResult, urljoin, urlsplit

from connectors.base import OperatorStoreError, RetryableStoreError, StoreError
from connectors.http.body import Bounds
from connectors.http.broken import NoAnswer, what_broke
from connectors.http.headers import Now, retry_after, utc_now
from connectors.http.meaning import NO_ANSWER, Rule, is_redirect, rule_for

_NOTHING: Mapping[NoAnswer, Rule] = MappingProxyType({})


def error_from(
    error: BaseException, bounds: Bounds, *, what: str, url: object = "", remedies: Mapping[NoAnswer, Rule] = _NOTHING
) -> StoreError:
    """The StoreError for a request without an answer, ready to raise.

    what: the store in words, such as "the Shopify store acme.myshopify.com". bounds: those that the answer was read
    within. url: is shortened to its host. remedies: what a platform says instead of the table.
    """
    broken = what_broke(error)
    rule = remedies.get(broken, NO_ANSWER[broken])
    where = urlsplit(str(url)).netloc.rpartition("@")[2] or "its address"
    text = f"{what}: {rule.text.format(where=where, size=bounds.size, seconds=bounds.seconds)}."
    return RetryableStoreError(text, sent=rule.sent) if rule.again else OperatorStoreError(text)


def error_for(
    status: int,
    headers: Mapping[str, str],
    *,
    what: str,
    url: str = "",
    remedies: Mapping[int, str] | None = None,
    now: Now = utc_now,
) -> StoreError:
    """The error that a status stands for, ready to raise.

    url: the address that was asked, to resolve where a redirect points. remedies: a better sentence
    of one platform for a status (it continues "the store X …").
    """
    rule = rule_for(status)
    if is_redirect(status):
        target = redirect_target(headers.get("location", headers.get("Location", "")), url)
        host = target.netloc.rpartition("@")[2]  # neither user nor query, which may hold secrets
        shown = f"{target.scheme}://{host}{target.path}" if host else target.path or "another address"
        text = f"{what} {rule.text.format(target=shown)}."
    else:
        text = f"{what} {(remedies or {}).get(status, rule.text)} (HTTP {status})."
    fault: StoreError = OperatorStoreError(text)
    if rule.again:
        fault = RetryableStoreError(text, retry_after=retry_after(headers, now=now), sent=rule.sent)
    fault.status = str(status)
    return fault


def redirect_target(location: str, url: str = "") -> SplitResult:
    """Where a redirect points; empty where that is no address. url: what was asked, for a target that is relative."""
    try:
        return urlsplit(urljoin(url, location))
    except ValueError:  # such as https://[
        return urlsplit("")
