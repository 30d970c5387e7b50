"""The shape of the warehouse's table: its address, and an API key or an OAuth client."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr

from bridge.config.model import Section
from bridge.config.values import Address, Duration, Secret, at_least, fault, matching, parse_duration

SHORTEST_POLL = timedelta(seconds=5)


def _poll(value: object) -> object:
    if value == "auto":
        return value
    span = parse_duration(value)
    if span < SHORTEST_POLL:
        raise fault('is too short; write "5s" or more, or "auto"')
    return span


class OAuthSettings(Section):
    """An OAuth client of the warehouse API, which people let read for them with `stockbridge login`. redirect_uri:
    where they are sent then, as it is registered there; a port of this machine is listened on."""

    client_id: Annotated[str, matching(r"[!-~]+", "is empty, or holds a character that no id has; copy it again")]
    client_secret: Annotated[Secret, Field(examples=["${THREEPLGUYS_CLIENT_SECRET}"])]
    authorize_url: Address = "https://api.3plguys.com/oauth/authorize"
    token_url: Address = "https://api.3plguys.com/oauth/token"  # noqa: S105  (an address)
    redirect_uri: Address = "http://127.0.0.1:8322/callback"


class SourceSettings(Section):
    """The warehouse API. poll: "auto", or the time between two pulls."""

    base_url: Annotated[Address, matching(r"(?s).*(?<!/v0)", "ends in /v0, which is added; leave it out")] = (
        "https://api.3plguys.com"
    )
    token: Secret | None = None
    oauth: OAuthSettings | None = None
    poll: Annotated[timedelta | Literal["auto"], BeforeValidator(_poll)] = "auto"
    overlap: Duration = timedelta(minutes=5)
    full_pull_every: Annotated[Duration, at_least("1m")] = timedelta(hours=24)

    @classmethod
    def together(cls, given: Mapping[str, object]) -> str | None:
        has = [name for name in ("token", "oauth") if given.get(name) is not None]
        if not has:
            return 'has neither token nor [source.oauth]; add token = "${THREEPLGUYS_TOKEN}", or the table'
        return "has both token and [source.oauth]; keep one of the two" if len(has) > 1 else None

    @property
    def credential(self) -> SecretStr:
        """The token, or the id of the OAuth client: what tells this account from others."""
        return self.token or SecretStr(self.oauth.client_id if self.oauth else "")
