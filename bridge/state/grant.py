"""The pair of OAuth tokens, the one secret in Redis: encrypted, and replaced as a whole or not at all."""

from base64 import urlsafe_b64encode
from typing import NamedTuple

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from bridge.core.grant import Grant
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.state.store import State

PURPOSE = b"stockbridge grant 1\n"
"""What the key is for: nothing else that is derived from the same secret equals it."""


class StoredGrant(NamedTuple):
    """raw: as it stands in Redis."""

    raw: str
    grant: Grant


class GrantStore:
    """The grant of one OAuth client, which all processes share. The key to it is derived from `client_secret`, so that
    whoever reads Redis, or a copy of it, has no token. Raises StateError."""

    def __init__(self, state: State, client_id: str, client_secret: SecretStr) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE + client_id.encode()).derive(
            client_secret.get_secret_value().encode()
        )
        self._state, self._cipher = state, Fernet(urlsafe_b64encode(derived))

    def load(self) -> StoredGrant | None:
        """None: nobody logged in, Redis was lost, or what stands there was encrypted for another client or secret."""
        raw = self._state.grant()
        if raw is None:
            return None
        try:
            text: bytes = self._cipher.decrypt(raw.encode())
        except InvalidToken:
            return None
        access, refresh, scopes, granted, issued, expires = pack.loads(text.decode())
        return StoredGrant(
            raw, Grant(access, refresh, frozenset(scopes), pack.at(granted), pack.at(issued), pack.at(expires))
        )

    def save(self, grant: Grant) -> StoredGrant:
        """Store what a person granted, instead of whatever stands there."""
        change = Change()
        change.put(keys.GRANT, keys.GRANT_PAIR, raw := self._encrypted(grant))
        self._state.commit(change)
        return StoredGrant(raw, grant)

    def replace(self, before: StoredGrant, grant: Grant) -> StoredGrant:
        """Store what a refresh brought. Raises ConflictError, and stores nothing, where another pair stands there by
        now: somebody logged in meanwhile."""
        change = Change()
        change.swap(keys.GRANT, keys.GRANT_PAIR, before.raw, raw := self._encrypted(grant))
        self._state.commit(change)
        return StoredGrant(raw, grant)

    def _encrypted(self, grant: Grant) -> str:
        instants = (pack.ms(each) for each in (grant.granted_at, grant.issued_at, grant.expires_at))
        text = pack.dumps([grant.access_token, grant.refresh_token, sorted(grant.scopes), *instants])
        return str(self._cipher.encrypt(text.encode()), "ascii")
