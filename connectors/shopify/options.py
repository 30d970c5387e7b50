"""What a person writes under [stores.NAME] for a Shopify store, checked before anything is sent."""

import re
from collections.abc import Mapping
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from connectors.address import is_loopback, place_of
from connectors.shopify.hints import hint_of
from connectors.skills import Hint

OLDEST_VERSION = "2026-04"  # the first with changeFromQuantity and @idempotent as this connector sends them
_SHOP = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com")


class Options(BaseModel):
    """shop and one form of credentials are required; the rest has defaults. webhook_secret: what deliveries of webhooks
    are signed with, one or several, beside client_secret."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    shop: str
    access_token: SecretStr | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None
    webhook_secret: tuple[SecretStr, ...] | None = None
    api_version: str = "2026-10"
    base_url: str | None = None
    activate: bool = False
    bulk_above: Annotated[int, Field(ge=0)] = 2500  # variants; up to here, pages are quicker than a bulk operation

    @field_validator("shop")
    @classmethod
    def _shop(cls, value: str) -> str:
        """Only the permanent domain: ShopifyAPI keeps the first label of any other, which may be another shop."""
        shop = value.strip().lower()
        if not _SHOP.fullmatch(shop):
            raise ValueError(
                'write the permanent domain, such as "acme.myshopify.com" (Shopify admin: Settings, Domains)'
            )
        return shop

    @field_validator("access_token", "client_secret")
    @classmethod
    def _key(cls, value: SecretStr | None) -> SecretStr | None:
        """A header takes printable ASCII only; what libraries say about other characters quotes the key."""
        return None if value is None else _plain_key(value)

    @field_validator("webhook_secret", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        return (value,) if isinstance(value, str | SecretStr) else value

    @field_validator("webhook_secret")
    @classmethod
    def _keys(cls, value: tuple[SecretStr, ...] | None) -> tuple[SecretStr, ...] | None:
        keys = tuple(map(_plain_key, value or ()))
        if not all(key.get_secret_value() for key in keys):
            raise ValueError("is empty; copy the API secret key of the app")
        return keys or None

    @field_validator("api_version")
    @classmethod
    def _version(cls, value: str) -> str:
        if not re.fullmatch(r"20\d\d-(01|04|07|10)", value):
            raise ValueError('write a released version, such as "2026-10"')
        if value < OLDEST_VERSION:
            raise ValueError(f'the oldest supported version is {OLDEST_VERSION}; "2026-10" is the default')
        return value

    @field_validator("base_url")
    @classmethod
    def _base_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if not parts.hostname or parts.query or parts.fragment or parts.username:
            raise ValueError("write scheme, host and port only; it is for tests")
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
            raise ValueError("plain http is refused except on loopback, for it would show the key to the network")
        return value.rstrip("/")

    @property
    def signing_keys(self) -> tuple[str, ...]:
        """What a delivery may be signed with: after a rotation Shopify signs with the old secret for up to an hour."""
        keys = (*(self.webhook_secret or ()), *((self.client_secret,) if self.client_secret else ()))
        return tuple(dict.fromkeys(key.get_secret_value() for key in keys))

    def hint(self, headers: Mapping[str, str], body: bytes) -> Hint | None:
        """What a delivery says; None: it was not signed with a key of the app, or is of another shop."""
        return hint_of(headers, body, keys=self.signing_keys, shop=self.shop)

    def shop_identity(self) -> str:
        """The permanent domain; in a test also where its sandbox is."""
        return self.shop if self.base_url is None else f"{self.shop} at {place_of(self.base_url)}"

    @classmethod
    def together(cls, given: Mapping[str, object]) -> str | None:
        """The one form of credentials. given: see `connectors.skills.JudgesTogether`."""
        values = (given.get(name) for name in ("access_token", "client_id", "client_secret"))
        token, *pair = (bool(x.get_secret_value() if isinstance(x, SecretStr) else x) for x in values)
        if token == all(pair) or any(pair) != all(pair):
            return "give either access_token, or client_id and client_secret together"
        return None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if wrong := self.together(dict(self)):
            raise ValueError(wrong)
        return self


def _plain_key(value: SecretStr) -> SecretStr:
    key = value.get_secret_value().strip()  # a pasted line break
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("holds spaces or characters that no key has; copy it again")
    return SecretStr(key)
