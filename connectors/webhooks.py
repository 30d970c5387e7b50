"""What the webhooks of every platform have in common: who signed a delivery, and what to change so that each topic is
delivered to an address once. Pure."""

import base64
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from connectors.address import is_loopback
from connectors.base import OperatorStoreError
from connectors.foreign_json import decoded
from connectors.skills import Subscription


def is_signed(body: bytes, signature: str, keys: Iterable[str]) -> bool:
    """Whether this is the base64 HMAC-SHA256 of a body, as it came, with one of the keys. Compared in constant time,
    with every key, so that the time does not tell which. An empty key signs nothing: everybody knows it."""
    given = signature.strip().encode("utf-8", "replace")
    right = [base64.b64encode(hmac.digest(key.encode(), body, "sha256")) for key in keys if key]
    return sum(hmac.compare_digest(each, given) for each in right) > 0


def row_of(body: bytes) -> Mapping[str, Any]:
    """The JSON object that a body holds; {} for anything else."""
    try:
        found = decoded(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def delivery_address(address: str, what: str) -> str:
    """An address that deliveries may go to. Raises OperatorStoreError. what: the store in words."""
    try:
        parts = urlsplit(address)
        local = is_loopback(parts.hostname or "")
    except ValueError:  # such as https://[
        parts, local = urlsplit(""), False
    if not parts.hostname or parts.username or parts.fragment:
        text = f'{what} needs a whole address for its webhooks, such as "https://stock.example.com/webhooks/main".'
        raise OperatorStoreError(text)
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        text = f"{what} delivers webhooks over https only; set `public_url` of [web] to an https address."
        raise OperatorStoreError(text)
    return address


@dataclass(frozen=True, slots=True)
class Changes:
    """create: topics that nothing delivers. mend: what delivers one of them elsewhere, or rests. remove: doubles, and
    topics that are not wanted any more."""

    create: tuple[str, ...]
    mend: tuple[Subscription, ...]
    remove: tuple[Subscription, ...]

    def __bool__(self) -> bool:
        return bool(self.create or self.mend or self.remove)


def changes_of(found: Sequence[Subscription], topics: Sequence[str], address: str) -> Changes:
    """What to change of ours so that each topic is delivered to the address once. Of several of one topic the first
    that is right stays, else the first. Nothing is left to change of what it leads to."""
    create, mend, remove = [], [], [each for each in found if each.topic not in topics]
    for topic in dict.fromkeys(topics):
        same = [each for each in found if each.topic == topic]
        right = [each for each in same if each.address == address and each.is_active]
        stays = next(iter(right or same), None)
        if stays is None:
            create.append(topic)
        elif not right:
            mend.append(stays)
        remove += [each for each in same if each is not stays]
    return Changes(tuple(create), tuple(mend), tuple(remove))
