"""What a person writes under [stores.NAME] for the Inventory Update API, checked before anything is sent."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from connectors.address import place_of, shop_address
from connectors.items import ItemsFaultError, usable_path

PATH = "/api/product/inventory"
UNITS = {"m": 60, "h": 3600, "d": 86_400}
LONGEST = timedelta(days=365)
MOST_PARALLEL = 8
"""As many connections as are kept open."""


def _every(value: object) -> object:
    """ "24h" → a day; "off" → None."""
    if value is None or value == "off" or isinstance(value, timedelta):
        return None if value == "off" else value
    found = re.fullmatch(r"([1-9]\d{0,5})([mhd])", value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('write a whole number and m, h or d in quotes, such as "24h", or "off"')
    span = timedelta(seconds=int(found[1]) * UNITS[found[2]])
    if not timedelta(minutes=10) <= span <= LONGEST:
        raise ValueError('write something between "10m" and "365d", or "off"')
    return span


class Options(BaseModel):
    """url, token, items and stores are required.

    items: the items file; a relative path begins at the folder of the configuration. stores: warehouse id → store code;
    the numbers of warehouses that share a code are added. parallel: requests in flight. repush_every: how often
    everything is sent again, for shops whose numbers others overwrite; None: never.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    locations_key: ClassVar[str] = "stores"

    url: str
    token: SecretStr
    items: str
    stores: dict[str, str]
    parallel: Annotated[int, Field(ge=1, le=MOST_PARALLEL)] = 4
    repush_every: Annotated[timedelta | None, BeforeValidator(_every)] = None

    def shop_identity(self) -> str:
        return place_of(self.url)

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        address = shop_address(value, "token")
        if address.endswith(PATH):
            raise ValueError(f"leave {PATH} out, which is added")
        return address

    @field_validator("token")
    @classmethod
    def _token(cls, value: SecretStr) -> SecretStr:
        """A header takes printable ASCII only; what libraries say about other characters quotes the token."""
        token = value.get_secret_value().strip()  # a pasted line break
        if not token:
            raise ValueError("is empty; set the token")
        if not re.fullmatch(r"[!-~]+", token):
            raise ValueError("holds a space or a character that no token has; copy it again, without the word Bearer")
        return SecretStr(token)

    @field_validator("items")
    @classmethod
    def _items(cls, value: str, info: ValidationInfo) -> str:
        """The whole path of a file that can be used. The folder comes with the context of the validation."""
        if not value.strip():
            raise ValueError('is empty; write the path of the items file, such as "items.csv"')
        try:
            return usable_path(value, (info.context or {}).get("folder", ""))
        except ItemsFaultError as fault:
            raise ValueError(str(fault)) from None

    @field_validator("stores", mode="before")
    @classmethod
    def _stores(cls, value: object) -> object:
        """A code without quotes has lost its leading zeros before anybody could see them."""
        if not isinstance(value, Mapping) or not value:
            raise ValueError('write { "1" = "3" }: warehouse id = store code')
        for warehouse, code in value.items():
            if not isinstance(code, str):
                raise ValueError(f'has a code for warehouse "{warehouse}" that is no text; put it into quotes')
            if not code.strip() or code != code.strip() or not code.isprintable():
                raise ValueError(f'has a code for warehouse "{warehouse}" that is empty or has blanks around it')
        trimmed = {str(warehouse).strip(): code for warehouse, code in value.items()}
        if "" in trimmed or len(trimmed) < len(value):
            raise ValueError("names a warehouse twice, or one without an id; keep one entry for each warehouse")
        return trimmed
