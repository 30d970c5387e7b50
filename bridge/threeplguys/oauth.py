"""OAuth 2.0 with 3PLGuys, the authorization code grant with PKCE: what is asked for, and what a person brings back.
Pure. https://www.rfc-editor.org/rfc/rfc6749 and rfc7636."""

import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import parse_qsl, urlencode, urlsplit

from bridge.config.source import OAuthSettings
from bridge.core.grant import NEEDED, Grant
from bridge.errors import OperatorSourceError


class ForeignAnswerError(Exception):
    """What came back does not belong to this login: nothing of it is used. The text is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Login:
    """One try to be let in. state: comes back with the answer, and ties it to this one. verifier: proves to the token
    address that whoever has the code also began. Both are random, and used once. scopes: what is asked for."""

    state: str
    verifier: str = field(repr=False)
    scopes: frozenset[str] = NEEDED


def authorize_address(oauth: OAuthSettings, login: Login) -> str:
    """Where a person consents. A server that offers no PKCE leaves its two parameters out of account."""
    digest = urlsafe_b64encode(sha256(login.verifier.encode()).digest()).decode().rstrip("=")
    asked = {
        "response_type": "code", "client_id": oauth.client_id, "redirect_uri": oauth.redirect_uri,
        "scope": " ".join(sorted(login.scopes)), "state": login.state, "code_challenge": digest,
        "code_challenge_method": "S256",
    }  # fmt: skip
    return f"{oauth.authorize_url}?{urlencode(asked)}"


def code_of(text: str, login: Login) -> str:
    """The code in what a person was sent to, or pasted: the whole address, its query, or the code alone, which only
    PKCE ties to this login. Raises ForeignAnswerError; OperatorSourceError where consent was refused."""
    text = text.strip()
    if re.fullmatch(r"[!-~]+", text) and not re.search(r"[?=]|://", text):
        return text
    told = dict(parse_qsl(urlsplit(text).query or text.rpartition("?")[2]))
    if not told.keys() & {"code", "error"}:
        raise ForeignAnswerError("That holds no code: copy the whole address that the browser was sent to.")
    if told.get("state") != login.state:
        raise ForeignAnswerError("That answers another login (its `state` differs), so it is not used.")
    if "error" in told:
        why = "was denied" if told["error"] == "access_denied" else f"ended with {told['error'][:40]!r}"
        raise OperatorSourceError(f"Consent {why}, so nothing was granted: run `stockbridge login` to be asked again.")
    return told["code"]


def code_form(oauth: OAuthSettings, code: str, login: Login) -> dict[str, str]:
    """What turns a code into a pair."""
    return {
        "grant_type": "authorization_code", "code": code, "redirect_uri": oauth.redirect_uri,
        "code_verifier": login.verifier, **_client(oauth),
    }  # fmt: skip


def refresh_form(oauth: OAuthSettings, grant: Grant) -> dict[str, str]:
    """What turns a pair into the next."""
    return {"grant_type": "refresh_token", "refresh_token": grant.refresh_token, **_client(oauth)}


def _client(oauth: OAuthSettings) -> dict[str, str]:
    return {"client_id": oauth.client_id, "client_secret": oauth.client_secret.get_secret_value()}
