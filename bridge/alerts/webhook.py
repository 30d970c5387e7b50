"""A Slack-compatible webhook: Slack, Mattermost, Discord with /slack behind its address, and others."""

import time

import httpx
from pydantic import SecretStr

from bridge.alerts.channel import NotDelivered
from bridge.core.alerts import Message
from connectors.deadline import within
from connectors.http import build_client

SECONDS = 5.0
"""For each of connecting, sending and answering."""

WHOLE = 15.0
"""Seconds for all of it: a header that drips would renew the others for ever."""

MOST = 64 * 1024
"""Bytes of an answer; "ok" is usual."""

NEW_ADDRESS = "make a new webhook and put its address into the configuration"


class Webhook:
    """url: the whole address, which is the key to it."""

    def __init__(self, url: SecretStr) -> None:
        self._url = url

    def send(self, message: Message) -> None:
        try:
            with (
                within(WHOLE),
                build_client(timeout=httpx.Timeout(SECONDS)) as client,
                client.stream("POST", self._url.get_secret_value(), json={"text": escaped(message.text)}) as answer,
            ):
                _read(answer)
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            raise NotDelivered(_why(fault)) from None  # the cause names the address
        if not answer.is_success:
            raise NotDelivered(_refusal(answer.status_code))


def escaped(text: str) -> str:
    """Foreign text must not call a whole channel with <!here> or hide where a link goes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _read(answer: httpx.Response) -> None:
    """Until the answer is known; what else it brings is of no use."""
    size, until = 0, time.monotonic() + SECONDS
    for chunk in answer.iter_raw():  # packed or not: nobody looks at it
        size += len(chunk)
        if size > MOST or time.monotonic() > until:
            return


def _why(fault: Exception) -> str:
    if isinstance(fault, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
        return "The webhook cannot be reached; check its address, the network and the certificate there."
    if isinstance(fault, httpx.TimeoutException):
        return f"The webhook did not answer within {SECONDS:.0f} s; it is tried again."
    return "The webhook broke off the connection; it is tried again."


def _refusal(status: int) -> str:
    if 300 <= status < 400:
        return f"The webhook redirects (HTTP {status}), which is not followed; {NEW_ADDRESS}."
    if status in (408, 425, 429) or status >= 500:
        return f"The webhook takes no message now (HTTP {status}); it is tried again."
    return f"The webhook refused the message (HTTP {status}); {NEW_ADDRESS}."
