"""OAuth as 3PLGuys has it: the page where a person consents, at once and to all that is asked, and the pairs of tokens.

What the documents leave open (rotation, PKCE, how long a refresh token lives) is a switch.
"""

import itertools
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import parse_qsl, urlencode, urlsplit

from bridge.threeplguys.sandbox.rows import ApiError, Switches
from bridge.threeplguys.sandbox.world import Warehouse
from connectors.testing.http import Request, Response, as_json

CLIENT_ID, CLIENT_SECRET = "stockbridge-sandbox", "sandbox-client-secret"
SCOPES = frozenset({"inventory", "locations", "shipments", "invoices"})
CODE_LIFE = timedelta(minutes=10)
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(slots=True)
class Pair:
    """until, refresh_until: when each of its tokens ends. code: what it, and all before it, came from."""

    scopes: frozenset[str]
    code: str
    until: datetime
    refresh_until: datetime


@dataclass(slots=True)
class Code:
    """redirect_uri, challenge: what has to fit when it is brought. used: a second time, it takes back what it gave."""

    scopes: frozenset[str]
    redirect_uri: str
    challenge: str
    until: datetime
    used: bool = False


@dataclass(slots=True)
class OAuth:
    """One client, which may be redirected to any port of this machine. secret: may be changed there too."""

    world: Warehouse
    switches: Switches
    secret: str = CLIENT_SECRET
    codes: dict[str, Code] = field(default_factory=dict)
    access: dict[str, Pair] = field(default_factory=dict)
    refresh: dict[str, Pair] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def scopes_of(self, token: str) -> frozenset[str] | None:
        """What an access token is good for; None: nothing, or no longer."""
        pair = self.access.get(token)
        return None if pair is None or self.world.clock() >= pair.until else pair.scopes

    def revoke(self) -> None:
        """The merchant takes back what was granted."""
        self.access.clear()
        self.refresh.clear()

    def expire(self) -> None:
        """Every access token ends now; its refresh token does not."""
        self.access.clear()

    def answer(self, request: Request) -> Response:
        """Raises ApiError."""
        if (request.method, request.path) == ("GET", "/oauth/authorize"):
            return self._consent(request.query)
        if (request.method, request.path) == ("POST", "/oauth/token"):
            return as_json(200, self._pair(dict(parse_qsl(request.body.decode("utf-8", "replace")))))
        raise ApiError(404, f"Cannot {request.method} {request.path}")

    def _consent(self, query: Mapping[str, str]) -> Response:
        """Where the client or the address is not known, nobody is sent anywhere (RFC 6749, 4.1.2.1)."""
        uri = query.get("redirect_uri", "")
        if query.get("client_id") != CLIENT_ID or urlsplit(uri).hostname not in LOOPBACK:
            raise ApiError(400, "invalid_request")
        scopes = frozenset(query.get("scope", "inventory").split())
        if query.get("response_type") != "code" or query.get("code_challenge_method", "S256") != "S256":
            told = {"error": "invalid_request"}
        elif not scopes <= SCOPES:
            told = {"error": "invalid_scope"}
        elif not self.switches.consents:
            told = {"error": "access_denied"}
        else:
            scopes = frozenset(self.switches.grants.split()) or scopes
            challenge = query.get("code_challenge", "") if self.switches.offers_pkce else ""
            code = f"code-{next(self._numbers)}"
            self.codes[code] = Code(scopes, uri, challenge, self.world.clock() + CODE_LIFE)
            told = {"code": code}
        told |= {"state": query["state"]} if "state" in query else {}
        return Response(302, {"Location": f"{uri}?{urlencode(told)}"})

    def _pair(self, form: Mapping[str, str]) -> dict[str, object]:
        if form.get("client_id") != CLIENT_ID or form.get("client_secret") != self.secret:
            raise ApiError(401, "invalid_client")
        if form.get("grant_type") == "authorization_code":
            return self._issued(*self._of_code(form))
        if form.get("grant_type") == "refresh_token":
            return self._refreshed(form.get("refresh_token", ""))
        raise ApiError(400, "unsupported_grant_type")

    def _of_code(self, form: Mapping[str, str]) -> tuple[frozenset[str], str]:
        name = form.get("code", "")
        code = self.codes.get(name)
        if code is None or self.world.clock() >= code.until or form.get("redirect_uri") != code.redirect_uri:
            raise ApiError(400, "invalid_grant")
        digest = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        if code.challenge and digest != code.challenge:
            raise ApiError(400, "invalid_grant")
        if code.used:  # somebody else has it too
            for pairs in (self.access, self.refresh):
                for token in [token for token, pair in pairs.items() if pair.code == name]:
                    del pairs[token]
            raise ApiError(400, "invalid_grant")
        code.used = True
        return code.scopes, name

    def _refreshed(self, token: str) -> dict[str, object]:
        pair = self.refresh.get(token)
        if pair is None or self.world.clock() >= pair.refresh_until:
            raise ApiError(400, "invalid_grant")
        if self.switches.rotates:  # both of its tokens are spent
            del self.refresh[token]
            self.access = {name: other for name, other in self.access.items() if other is not pair}
        return self._issued(pair.scopes, pair.code, "" if self.switches.rotates else token)

    def _issued(self, scopes: frozenset[str], code: str, keep: str = "") -> dict[str, object]:
        """keep: the refresh token that goes on, where there is one."""
        now, number = self.world.clock(), next(self._numbers)
        life, refresh_life = self.switches.access_life, timedelta(seconds=self.switches.refresh_life)
        pair = Pair(scopes, code, now + timedelta(seconds=life), now + refresh_life)
        access, refresh = f"access-of-the-sandbox-{number}", keep or f"refresh-of-the-sandbox-{number}"
        self.access[access] = self.refresh[refresh] = pair
        told = {"access_token": access, "token_type": "Bearer", "expires_in": life, "scope": " ".join(sorted(scopes))}
        return told | ({} if keep else {"refresh_token": refresh})
