"""Consumer keys: Basic or `consumer_key`/`consumer_secret` over https, OAuth 1.0a over plain http.

Whoever sends no key, an unknown one, or Basic over plain http is a stranger and is told what he may not
do; a wrong secret, a wrong signature and a write with a read-only key are authentication errors, all of
them 401 (10.5.0).
"""

import base64
import binascii
import hashlib
import hmac
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlsplit

from connectors.woocommerce.sandbox.http import ApiError, Call

CODE = "woocommerce_rest_authentication_error"
FORBIDDEN = {
    "view": "Sorry, you cannot list resources.",
    "create": "Sorry, you are not allowed to create resources.",
    "edit": "Sorry, you are not allowed to edit this resource.",
    "delete": "Sorry, you are not allowed to delete this resource.",
    "batch": "Sorry, you are not allowed to batch manipulate this resource.",
}


@dataclass(slots=True)
class Key:
    """permissions: "read", "write" or "read_write". manages_shop: its user may read settings and system status."""

    consumer_key: str
    consumer_secret: str
    permissions: str = "read_write"
    manages_shop: bool = True

    def may(self, call: Call) -> bool:
        return self.permissions in {"read_write", call.kind}


class Keys:
    """basic_over_http: real shops take Basic over https only; tests on loopback have no certificate, so the
    sandbox takes it over plain http too unless this is switched off."""

    def __init__(self, *keys: Key, basic_over_http: bool = True) -> None:
        self.known: dict[str, Key] = {key.consumer_key: key for key in keys}
        self.basic_over_http = basic_over_http
        self._nonces: set[str] = set()

    def revoke_all(self) -> None:
        self.known.clear()

    def holder(self, call: Call) -> Key | None:
        """Returns whose key a call holds; None: a stranger's. Raises ApiError for a wrong secret or signature."""
        if "oauth_consumer_key" not in call.query:
            return self._by_secret(call)
        if call.secure:
            return None
        key, nonce = self.known.get(call.query["oauth_consumer_key"]), call.query.get("oauth_nonce", "")
        if key is None:
            raise refused("Consumer key is invalid.")
        if not hmac.compare_digest(signature(call, key), call.query.get("oauth_signature", "")):
            raise refused("Invalid signature - provided signature does not match.")
        if nonce in self._nonces:
            raise refused("Invalid nonce - nonce has already been used.")
        self._nonces.add(nonce)
        return key

    def _by_secret(self, call: Call) -> Key | None:
        name, secret, is_heard = "", "", call.secure or self.basic_over_http
        scheme, _, coded = call.headers.get("authorization", "").partition(" ")
        if is_heard and "consumer_key" in call.query:
            name, secret = call.query["consumer_key"], call.query.get("consumer_secret", "")
        elif is_heard and scheme.lower() == "basic":
            with suppress(binascii.Error, UnicodeDecodeError):
                name, _, secret = base64.b64decode(coded).decode().partition(":")
        key = self.known.get(name)
        if key is not None and not hmac.compare_digest(key.consumer_secret.encode(), secret.encode()):
            raise refused("Consumer secret is invalid.")
        return key


def signature(call: Call, key: Key) -> str:
    """OAuth 1.0a with HMAC-SHA256 over method, address and sorted parameters."""
    parts = urlsplit(call.url)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    given.pop("oauth_signature", None)
    pairs = [f"{_twice(name)}%3D{_twice(value)}" for name, value in sorted(given.items())]
    address = quote(f"{parts.scheme}://{parts.netloc}{parts.path}", "")
    text = f"{call.method}&{address}&{'%26'.join(pairs)}"
    digest = hmac.new(f"{key.consumer_secret}&".encode(), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _twice(text: str) -> str:
    return quote(quote(text, "~"), "~")


def refused(message: str) -> ApiError:
    return ApiError(CODE, message, 401)


def forbidden(what: str) -> ApiError:
    return ApiError(f"woocommerce_rest_cannot_{what}", FORBIDDEN[what], 401)
