"""The shapes of tables of the configuration, frozen. Defaults stand here, and those of the warehouse in source.py."""

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from bridge.config.values import (
    Bind,
    ByCode,
    ByWarehouse,
    Duration,
    ItemsFile,
    Login,
    Mailbox,
    Name,
    Names,
    Origin,
    Parts,
    Percent,
    Pieces,
    PublicUrl,
    Secret,
    SecretAddress,
    Services,
    at_least,
    fault,
    host_of,
    is_loopback,
)
from bridge.core.model import SkuRule, StoreRules

MAIL_PORTS = {"starttls": 587, "tls": 465, "none": 25}
SHORTEST_TOKEN = 16


class Section(BaseModel):
    """A table of the configuration file."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", hide_input_in_errors=True,
        defer_build=True,  # a help text reads no configuration
    )  # fmt: skip

    @classmethod
    def together(cls, given: Mapping[str, object]) -> str | None:  # noqa: ARG003
        """What is wrong with the keys together, if anything; see `connectors.skills.JudgesTogether`."""
        return None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if wrong := self.together(dict(self)):
            raise fault(wrong)
        return self


def _long_enough(value: SecretStr) -> SecretStr:
    """A token of ours: whoever guesses it is let in."""
    if len(value.get_secret_value()) < SHORTEST_TOKEN:
        raise fault(f"can be guessed; write {SHORTEST_TOKEN} characters or more, such as `openssl rand -hex 24` prints")
    return value


Token = Annotated[Secret, AfterValidator(_long_enough)]


class LedgerSettings(Section):
    """How long shipments and level decreases wait for each other."""

    match_window: Duration = timedelta(hours=72)
    release_after: Duration = timedelta(hours=96)
    stale_after: Duration = timedelta(minutes=5)


class GuardSettings(Section):
    """Which falls are too drastic to send without a person, as shares of one store in 24 hours."""

    max_zeroed: Percent = Fraction(20, 100)
    max_cut: Percent = Fraction(50, 100)


class EmailSettings(Section):
    """A mail server that takes alerts. security: "starttls" and "tls" check its certificate; "none" is for this
    machine alone."""

    host: Annotated[Name, Field(examples=["smtp.example.com"])]
    port: Annotated[int | None, Field(ge=1, le=65_535)] = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: Login | None = None
    password: Login | None = None
    sender: Annotated[Mailbox, Field(alias="from", examples=["stockbridge@example.com"])]
    to: Annotated[list[Mailbox], Field(min_length=1)]

    @classmethod
    def together(cls, given: Mapping[str, object]) -> str | None:
        if given.get("security") == "none" and not is_loopback(str(given.get("host", ""))):
            return 'sends unprotected; write security = "starttls" or "tls"'
        if (given.get("user") is None) != (given.get("password") is None):
            return "has only one of user and password; write both, or neither"
        return None

    @property
    def served_at(self) -> int:
        """The port, by default the one its security has everywhere."""
        return self.port or MAIL_PORTS[self.security]


class AlertSettings(Section):
    """Who is told that a person is needed, and what is worth telling. webhook: Slack-compatible. command: a program
    and its arguments, which may hold keys. urls: of further services, as apprise writes them. due_within: how long
    something may wait to be sent. max_refused: items a store may refuse within a day."""

    webhook: SecretAddress | None = None
    command: Annotated[list[Name] | None, Field(min_length=1, repr=False)] = None
    email: EmailSettings | None = None
    urls: Services | None = None
    fresh_within: Annotated[Duration, at_least("1m")] = timedelta(minutes=5)
    due_within: Annotated[Duration, at_least("1m")] = timedelta(minutes=30)
    max_refused: Annotated[int, Field(ge=0)] = 5

    @property
    def channels(self) -> tuple[str, ...]:
        """The keys that name somebody to tell; of `urls` each for itself, as one may fail alone."""
        single = (name for name in ("webhook", "email", "command") if getattr(self, name) is not None)
        return (*single, *self.services)

    @property
    def services(self) -> Mapping[str, SecretStr]:
        """What each of the `urls` is called → the address."""
        return {f"urls.{number}": url for number, url in enumerate(self.urls or (), start=1)}


class HeartbeatSettings(Section):
    """Who watches from outside. url: called while numbers flow; whoever knows it can pretend that they do."""

    url: SecretAddress | None = None


class InboundSettings(Section):
    """A till that reports the shelves of shops, by the Inventory Update API. token: what it is known by. stores: store
    code → warehouse of the pool; the pieces of codes that share one are added. items: the whole path of the items file.
    silent_after: how long it may report nothing before it counts as silent."""

    token: Token
    stores: Annotated[ByCode, Field(min_length=1)]
    items: ItemsFile
    silent_after: Annotated[Duration, at_least("1m")] = timedelta(hours=24)


class WebSettings(Section):
    """Where `stockbridge web` listens. password, viewer_password: of people who may press the buttons of the page, and
    of people who may only look. token: of programs. origin: where people find the page, if a proxy in front of it
    rewrites Host. public_url: where shops reach this server, to deliver their webhooks."""

    bind: Bind = "127.0.0.1:8321"
    origin: Origin | None = None
    public_url: PublicUrl | None = None
    password: Secret | None = None
    viewer_password: Secret | None = None
    token: Token | None = None

    @classmethod
    def together(cls, given: Mapping[str, object]) -> str | None:
        if (viewer := given.get("viewer_password")) and not (password := given.get("password")):
            return "viewer_password lets people look, and nobody may act; add password"
        if viewer and viewer == password:
            return "viewer_password is the same as password, so whoever looks may act; write another one"
        bind = str(given.get("bind", cls.model_fields["bind"].default))
        if is_loopback(host_of(bind)) or given.get("password") or given.get("token"):
            return None
        return f'bind = "{bind}" can be reached from outside; add password = "${{STOCKBRIDGE_WEB_PASSWORD}}"'


class SkuSection(Section):
    """Rules of one warehouse SKU in one store; what is left out follows the store."""

    buffer: Pieces | None = None
    share: Percent | None = None
    cap: Pieces | None = None
    sync: bool = True

    def rule(self) -> SkuRule:
        return SkuRule(buffer=self.buffer, share=self.share, cap=self.cap, sync=self.sync)


class StoreSection(Section):
    """The keys every store has. All others belong to its connector."""

    connector: Name
    locations: ByWarehouse = {}
    warehouses: Names | None = None
    buffer: Pieces = 0
    share: Percent = Fraction(1)
    cap: Pieces | None = None
    match: Literal["exact", "loose"] = "exact"
    duplicates: Literal["all", "none"] = "all"
    heal: bool = True
    direction: Literal["both", "down"] = "both"
    only: Names | None = None
    paused: bool = False
    shadow: bool = False
    skus: dict[Name, SkuSection] = {}
    mapping: Annotated[dict[Name, Name], Field(alias="map")] = {}
    bundles: dict[Name, Annotated[dict[Name, Parts], Field(min_length=1)]] = {}
    cartons: dict[Name, Name] = {}

    def rules(self, store: str) -> StoreRules:
        """The same decisions as the core wants them."""
        plain = {key: value for key, value in self if key not in ("connector", "skus")}
        return StoreRules(store=store, skus={sku: rule.rule() for sku, rule in self.skus.items()}, **plain)
