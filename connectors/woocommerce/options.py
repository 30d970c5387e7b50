"""What a person writes under [stores.NAME] for a WooCommerce store, checked before anything is sent."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator

from connectors.address import place_of, shop_address
from connectors.skills import Hint
from connectors.woocommerce.hints import hint_of, webhook_key

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
LONGEST = timedelta(days=3650)


def _duration(value: object) -> object:
    """ "90d" → 90 days."""
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"(\d{1,9})([smhd])", value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError('write a whole number and s, m, h or d in quotes, such as "90d"')
    seconds = int(found[1]) * UNITS[found[2]]
    if not 0 < seconds <= LONGEST.total_seconds():
        raise ValueError("write something between a second and ten years")
    return timedelta(seconds=seconds)


class Options(BaseModel):
    """url, consumer_key and consumer_secret are required.

    shipped_statuses: orders in these have left the warehouse. reserve_max_age: open orders older than this
    keep no units back. first_batch: items in the first write of a session; from then on the store's speed decides.
    query_auth: the key goes into the address, for servers that take the Authorization header away. Over https only;
    plain http, on loopback, is signed and has no such header.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str
    consumer_key: SecretStr
    consumer_secret: SecretStr
    shipped_statuses: tuple[str, ...] = ("completed",)
    reserve_max_age: Annotated[timedelta, BeforeValidator(_duration)] = timedelta(days=90)
    query_auth: bool = False
    first_batch: Annotated[int, Field(ge=1, le=100)] = 25

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        """Where WordPress is installed, without /wp-json. The library tells https by the lower-case scheme."""
        address = shop_address(value, "key")
        if "/wp-json/" in f"{address}/":
            raise ValueError("leave /wp-json out; write the address of the shop")
        return address

    def hint(self, headers: Mapping[str, str], body: bytes) -> Hint | None:
        """What a delivery says; None: it is neither signed with the key made of the consumer secret, nor a ping."""
        return hint_of(headers, body, key=webhook_key(self.consumer_secret.get_secret_value()))

    def shop_identity(self) -> str:
        """The shop's address in the one form that all its spellings share."""
        return place_of(self.url)

    @field_validator("consumer_key", "consumer_secret")
    @classmethod
    def _key(cls, value: SecretStr) -> SecretStr:
        """A header takes printable ASCII only; what libraries say about other characters quotes the key."""
        key = value.get_secret_value().strip()  # a pasted line break
        if not key:
            raise ValueError("is empty")
        if not key.isascii() or not key.isprintable() or " " in key or ":" in key:
            raise ValueError("holds spaces or characters that no key has; copy it again")
        return SecretStr(key)

    @field_validator("shipped_statuses", mode="before")
    @classmethod
    def _statuses(cls, value: object) -> object:
        """As the API names them: without the "wc-" that the database puts in front."""
        if not isinstance(value, list | tuple) or not all(isinstance(name, str) and name.strip() for name in value):
            raise ValueError('write a list of order statuses, such as ["completed"]')
        names = tuple(dict.fromkeys(name.strip().removeprefix("wc-") for name in value))
        if not_shipped := sorted(set(names) & NEVER_SHIPPED):
            raise ValueError(f"an order that is {', '.join(not_shipped)} was not shipped by that")
        return names


TERMINAL = frozenset({"cancelled", "refunded", "failed", "trash"})
UNPLACED = frozenset({"pending", "checkout-draft", "auto-draft", "draft", "new"})
NEVER_SHIPPED = TERMINAL | UNPLACED | {"any"}
