"""What the warehouse granted to an OAuth client: a pair of tokens, and when it is to be refreshed."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

NEEDED = frozenset({"inventory"})
"""The scopes without which nothing can be read."""

EARLY = timedelta(minutes=5)
"""Ahead of its end an access token is refreshed, so that no request is on its way with one that ends; longer than any
request takes."""

IDLE = timedelta(days=7)
"""A grant that nobody uses is refreshed all the same: it ends with its refresh token, which lives for a month."""


@dataclass(frozen=True, slots=True)
class Grant:
    """access_token, refresh_token: never shown. scopes: what a person consented to, at granted_at. issued_at: when this
    pair was. expires_at: when its access token ends. All by the clock that processes share."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    scopes: frozenset[str]
    granted_at: datetime
    issued_at: datetime
    expires_at: datetime

    @property
    def missing(self) -> frozenset[str]:
        """The scopes that were not granted and are needed."""
        return NEEDED - self.scopes


def is_usable(grant: Grant, now: datetime) -> bool:
    """Whether its access token has not ended."""
    return now < grant.expires_at


def is_due(grant: Grant, now: datetime) -> bool:
    """Whether to refresh it before the next request: five minutes ahead of its end, of a short-lived one after half
    its life."""
    return now >= grant.expires_at - min(EARLY, (grant.expires_at - grant.issued_at) / 2)


def is_idle(grant: Grant, now: datetime) -> bool:
    """Whether nobody refreshed it for a week."""
    return now - grant.issued_at >= IDLE
