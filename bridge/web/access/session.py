"""A session is a cookie that says a role and since when, signed with a key made of that role's password: whoever
changes the password ends its sessions."""

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from enum import IntEnum
from functools import lru_cache

from itsdangerous import BadSignature, URLSafeSerializer
from pydantic import SecretStr

LONGEST = 7 * 86_400
"""Seconds after which a person logs in again."""

SALT = b"stockbridge session"


class Role(IntEnum):
    """The greater, the more it may do."""

    VIEWER = 1
    OPERATOR = 2

    @property
    def word(self) -> str:
        return self.name.lower()


class Sessions:
    """passwords: of each role that has one."""

    def __init__(self, passwords: Mapping[Role, SecretStr], clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._passwords = {role: _digest(secret.get_secret_value()) for role, secret in passwords.items()}
        self._signers = {role: _signer(secret.get_secret_value()) for role, secret in passwords.items()}

    def role_of(self, password: str) -> Role | None:
        """Whose password it is. Each is compared, so that the time tells nothing."""
        given = _digest(password.strip())
        found = [role for role, known in self._passwords.items() if hmac.compare_digest(known, given)]
        return max(found, default=None)

    def begin(self, role: Role, name: str) -> str:
        """The value of the cookie of that name."""
        return self._signers[role].dumps([role.word, int(self._clock()), name])

    def read(self, cookie: str, name: str) -> Role | None:
        """The role of a session that has not ended; None of anything else, and of the value of another cookie: what was
        sent over http is none for https."""
        for role, signer in self._signers.items():
            try:
                word, began, of = signer.loads(cookie)
            except (BadSignature, ValueError, TypeError):
                continue
            if (word, of) == (role.word, name) and -60 <= self._clock() - began < LONGEST:
                return role
        return None


def _digest(password: str) -> bytes:
    return hashlib.sha256(password.encode()).digest()


@lru_cache(maxsize=8)
def _signer(password: str) -> URLSafeSerializer:
    """With a key that takes long to guess for whoever has a cookie."""
    key = hashlib.scrypt(password.encode(), salt=SALT, n=2**14, r=8, p=1, dklen=32)
    return URLSafeSerializer(key, salt=SALT)
