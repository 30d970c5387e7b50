"""The whole configuration as values: what loading it leaves."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, SecretStr

from bridge.config.model import (
    AlertSettings,
    GuardSettings,
    HeartbeatSettings,
    InboundSettings,
    LedgerSettings,
    WebSettings,
)
from bridge.config.source import SourceSettings
from bridge.core.model import StoreRules

SHORTEST_TAIL = 16


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """One store: which connector, the connector's own options, and what the merchant decided."""

    name: str
    connector: str
    options: BaseModel
    rules: StoreRules


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """The whole configuration, which is equal to itself alone: what follows from it can be kept.

    redis_url: where the state lives, ready for redis-py and, through `broker_url`, for the task
    queue; None: start a server beside the command. It may hold a password. retry_seconds: seconds that one request of a
    command may wait and be repeated.
    """

    source: SourceSettings
    ledger: LedgerSettings
    guard: GuardSettings
    stores: Mapping[str, StoreSettings]
    alerts: AlertSettings = field(default_factory=AlertSettings)
    inbound: Mapping[str, InboundSettings] = field(default_factory=dict)
    web: WebSettings = field(default_factory=WebSettings)
    heartbeat: HeartbeatSettings = field(default_factory=HeartbeatSettings)
    redis_url: str | None = field(default=None, repr=False)
    retry_seconds: float = 60.0

    @property
    def shelves(self) -> Mapping[str, str]:
        """Warehouses of the pool that tills report → what people call them."""
        codes: dict[str, list[str]] = {}
        for name, till in self.inbound.items():
            for code, warehouse in sorted(till.stores.items()):
                codes.setdefault(warehouse, []).append(f"store {code} of till {name}")
        return {warehouse: " and ".join(each) for warehouse, each in codes.items()}

    def secrets(self) -> frozenset[str]:
        """Every secret value, for whatever writes text that people read."""
        own = (self.source, self.alerts, self.web, self.heartbeat, *self.inbound.values())
        models = (*own, *(store.options for store in self.stores.values()))
        found = {value for model in models for value in _secrets(model)}
        password = urlsplit(self.redis_url or "").password
        return frozenset(found | ({password, unquote(password)} if password else set()))


def _secrets(value: object) -> Iterator[str]:
    """Each secret, and of an address what libraries log without the rest of it: its path, and of what is no web address
    every part, as each may be a key. Short ones are no secrets, and ordinary words."""
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        scheme, _, rest = secret.partition("://")
        keys = () if scheme in ("http", "https") else re.split(r"[/?&=:@]", rest)
        yield secret
        yield from (part for part in (rest.partition("/")[2], *keys) if len(part) >= SHORTEST_TAIL)
    elif isinstance(value, BaseModel):
        yield from (secret for _, entry in value for secret in _secrets(entry))
    elif isinstance(value, Mapping):
        yield from (secret for entry in value.values() for secret in _secrets(entry))
    elif isinstance(value, list | tuple | set | frozenset):
        yield from (secret for entry in value for secret in _secrets(entry))
