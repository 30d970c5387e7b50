"""What a person writes under [stores.NAME] for a Corner Shop, checked before anything is sent."""

import re

from pydantic import BaseModel, ConfigDict, SecretStr, field_validator

from connectors.address import place_of, shop_address


class Options(BaseModel):
    """Both are required. What a validator raises stands behind the path of the key, so it says what to write there."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str
    key: SecretStr

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        return shop_address(value, "key")

    @field_validator("key")
    @classmethod
    def _key(cls, value: SecretStr) -> SecretStr:
        key = value.get_secret_value().strip()  # a pasted line break
        if not re.fullmatch(r"[!-~]+", key):
            raise ValueError("is empty, or holds a character that no key has; copy it again")
        return SecretStr(key)

    def shop_identity(self) -> str:
        """Which shop is meant, in one form for all spellings: one shop in two tables is refused."""
        return place_of(self.url)
