"""One short HTTP call to whoever is told something."""

from contextlib import suppress

import httpx
from pydantic import SecretStr

from bridge.alerts.channel import NotDeliveredError
from connectors.http import (
    NO_ANSWER,
    NO_ANSWER_ERRORS,
    BodyError,
    Bounds,
    NoAnswer,
    body_of,
    build_client,
    is_redirect,
    opened,
    rule_for,
    what_broke,
)  # fmt: skip

SECONDS = 5.0
"""For each of connecting, sending and answering."""

WHOLE = 15.0
"""Seconds for all of it: a header that drips would renew the others for ever."""

MOST = 64 * 1024
"""Bytes of an answer; "ok" is usual."""


def call(what: str, method: str, url: SecretStr, *, remedy: str, body: object = None) -> None:
    """Send one message. Whatever is answered but a success raises NotDeliveredError, which does not tell the address.

    what: begins sentences, such as "The webhook". url: the whole address, which is the key to it. remedy: what a person
    does about an address that is no good. body: becomes JSON.
    """
    try:
        with build_client(timeout=httpx.Timeout(SECONDS)) as client:
            request = client.build_request(method, url.get_secret_value(), json=body)
            with opened(client, request, WHOLE) as answer, suppress(BodyError):
                for _ in body_of(answer, Bounds(MOST, SECONDS)):
                    continue  # until the answer is known; what else it brings is of no use
    except NO_ANSWER_ERRORS as fault:
        broken = what_broke(fault)
        why = "broke off the connection; it is tried again"
        if broken in (NoAnswer.SILENT, NoAnswer.SLOW):
            why = f"did not answer within {SECONDS:.0f} s; it is tried again"
        if not NO_ANSWER[broken].sent:
            why = "cannot be reached; check its address, the network and the certificate there"
        raise NotDeliveredError(f"{what} {why}.") from None  # the cause names the address
    if answer.is_success:
        return
    status = answer.status_code
    if is_redirect(status):
        raise NotDeliveredError(f"{what} redirects (HTTP {status}), which is not followed; {remedy}.")
    if rule_for(status).again:
        raise NotDeliveredError(f"{what} takes no message now (HTTP {status}); it is tried again.")
    raise NotDeliveredError(f"{what} refused the message (HTTP {status}); {remedy}.")
