"""The configuration: what a merchant writes, and what they are told when it is wrong."""

import re
import sys
import types
from collections.abc import Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from bridge.config import GuardSettings, LedgerSettings, Settings, SourceSettings, load_settings, parse
from bridge.config.faults import names_of
from bridge.config.installed import locations_key
from bridge.config.model import SkuSection, StoreSection
from bridge.config.source import OAuthSettings
from bridge.config.values import is_loopback, parse_duration, parse_percent
from bridge.core.model import SkuRule
from bridge.errors import ConfigError
from connectors import registry
from connectors.base import Capabilities, Sender, StoreConnector


class Shelf:
    """A connector that is only looked at: locations, an address and a key."""

    capabilities: ClassVar[Capabilities] = Capabilities(
        max_batch=1, writes="available", reads_committed=True, locations=True
    )

    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)

        url: str
        consumer_key: SecretStr
        patience: Annotated[int, Field(ge=1)] | Literal["auto"] = 3
        ways: tuple[str, ...] = ()

        @field_validator("url")
        @classmethod
        def _https(cls, value: str) -> str:
            if not value.startswith("https://"):
                raise ValueError(f"{value} is not https; write https://")
            return value

        @field_validator("consumer_key")
        @classmethod
        def _chatty(cls, value: SecretStr) -> SecretStr:
            if value.get_secret_value().startswith("bad"):
                raise ValueError(f"the key {value.get_secret_value()} is bad")
            return value

    @classmethod
    def open(cls, options: BaseModel, *, locations: Sequence[str], send: Sender) -> StoreConnector:
        raise NotImplementedError


class Stall(Shelf):
    """One without locations and without required options."""

    capabilities = Capabilities(max_batch=1, writes="available", reads_committed=False)

    class Options(BaseModel):  # another shape on purpose
        model_config = ConfigDict(extra="forbid", frozen=True)

        token: str | None = None
        user: str | None = None
        size: Annotated[int, Field(strict=True)] = 1

        @classmethod
        def together(cls, given: Mapping[str, object]) -> str | None:
            return "give either token or user" if given.get("token") and given.get("user") else None


class Kiosk(Shelf):
    """One with its own word for locations, and a key that names a file."""

    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)
        locations_key: ClassVar[str] = "booths"

        booths: dict[str, str]
        plan: str

        @field_validator("plan")
        @classmethod
        def _whole(cls, value: str, info: ValidationInfo) -> str:
            return str((info.context or {})["folder"] / value)


ENVIRON = {"TOKEN": "tok-1234567890", "KEY": "key-1234567890"}
SOURCE = '[source]\ntoken = "${TOKEN}"\n'
STORE = '[stores.main]\nconnector = "shelf"\nurl = "https://shop.example.com"\nconsumer_key = "${KEY}"\n'


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three connectors are installed, whatever else this machine has."""
    module = types.ModuleType("shelf_connector")
    vars(module).update(Shelf=Shelf, Stall=Stall, Kiosk=Kiosk)
    monkeypatch.setitem(sys.modules, "shelf_connector", module)
    named = {"shelf": "shelf_connector:Shelf", "stall": "shelf_connector:Stall", "kiosk": "shelf_connector:Kiosk"}
    points = [EntryPoint(name, value, registry.GROUP) for name, value in named.items()]
    monkeypatch.setattr(registry, "installed", lambda: tuple(points))


def settings(store: str = "", source: str = "", environ: Mapping[str, str] = ENVIRON, rest: str = "") -> Settings:
    return parse(SOURCE + source + STORE + store + rest, environ)


def faults(text: str, environ: Mapping[str, str] = ENVIRON) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, environ)
    return list(caught.value.faults)


# ---------------------------------------------------------------- what is read


def test_defaults() -> None:
    read = settings()
    assert (read.source.base_url, read.source.poll) == ("https://api.3plguys.com", "auto")
    assert (read.source.overlap, read.source.full_pull_every) == (timedelta(minutes=5), timedelta(hours=24))
    assert read.source.credential.get_secret_value() == "tok-1234567890"
    assert (read.ledger.match_window, read.ledger.release_after) == (timedelta(hours=72), timedelta(hours=96))
    assert read.ledger.stale_after == timedelta(minutes=5)
    assert (read.guard.max_zeroed, read.guard.max_cut) == (Fraction(1, 5), Fraction(1, 2))
    assert read.redis_url is None
    rules = read.stores["main"].rules
    assert (rules.store, rules.buffer, rules.cap, rules.only) == ("main", 0, None, None)
    assert rules.share == 1
    assert (rules.match, rules.duplicates, rules.direction) == ("exact", "all", "both")
    assert (rules.heal, rules.paused, rules.warehouses) == (True, False, None)


def test_every_rule_of_a_store() -> None:
    text = """
    locations = { " 1 " = "loc-11", "2" = "loc-22" }
    warehouses = ["1"]
    buffer = 2
    share = "12.5%"
    cap = 999
    match = "loose"
    duplicates = "none"
    heal = false
    direction = "down"
    only = ["A", "B"]
    paused = true
    [stores.main.skus."WDG-2024-BLK"]
    buffer = 10
    share = "50%"
    cap = 5
    sync = false
    [stores.main.map]
    "WIDGET-BLACK" = "WDG-2024-BLK"
    [stores.main.bundles]
    "KIT-1" = { "WDG-2024-BLK" = 2, "ABC123" = 1 }
    [stores.main.cartons]
    "CASE-10" = "1"
    """
    store = settings(text).stores["main"]
    assert (store.name, store.connector) == ("main", "shelf")
    rules = store.rules
    assert (rules.locations, rules.warehouses) == ({"1": "loc-11", "2": "loc-22"}, frozenset({"1"}))
    assert (rules.buffer, rules.share, rules.cap) == (2, Fraction(1, 8), 999)
    assert (rules.match, rules.duplicates, rules.direction) == ("loose", "none", "down")
    assert (rules.heal, rules.paused, rules.only) == (False, True, frozenset("AB"))
    assert rules.skus == {"WDG-2024-BLK": SkuRule(buffer=10, share=Fraction(1, 2), cap=5, sync=False)}
    assert rules.mapping == {"WIDGET-BLACK": "WDG-2024-BLK"}
    assert rules.bundles == {"KIT-1": {"WDG-2024-BLK": 2, "ABC123": 1}}
    assert (rules.cartons, rules.contents) == ({"CASE-10": "1"}, {})


def test_other_keys_go_to_the_connector() -> None:
    options = settings('patience = 7\nways = ["a", "b"]\n').stores["main"].options
    assert isinstance(options, Shelf.Options)
    assert (options.url, options.patience, options.ways) == ("https://shop.example.com", 7, ("a", "b"))
    assert options.consumer_key.get_secret_value() == "key-1234567890"


KIOSK = 'connector = "kiosk"\nbooths = { "1" = "B1", "2" = "B1" }\nplan = "plan.txt"\n'


def test_a_platform_may_have_its_own_word_for_locations() -> None:
    read = settings(rest=f'[stores.kiosk]\n{KIOSK}warehouses = ["2"]\n')
    assert read.stores["kiosk"].rules.locations == {"1": "B1", "2": "B1"}
    assert (locations_key("kiosk"), locations_key("shelf")) == ("booths", "locations")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('warehouses = ["3"]', 'warehouses: names the warehouse "3", which has no location; add it to booths'),
        ('locations = { "1" = "B1" }', "locations: means nothing to kiosk; write it as booths"),
    ],
)
def test_what_belongs_to_that_word_is_named_by_it(line: str, said: str) -> None:
    assert faults(f"{SOURCE}{STORE}[stores.kiosk]\n{KIOSK}{line}\n") == [f"stores.kiosk.{said}"]


def test_a_file_that_a_store_names_lies_beside_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(f"{SOURCE}[stores.kiosk]\n{KIOSK}")
    assert load_settings(ENVIRON, path).stores["kiosk"].options.model_dump()["plan"] == str(tmp_path / "plan.txt")
    whole = ENVIRON | {"STOCKBRIDGE_CONFIG_TOML": path.read_text()}
    assert load_settings(whole).stores["kiosk"].options.model_dump()["plan"] == "plan.txt"


def test_references_are_filled_inside_text_lists_and_tables_and_never_twice() -> None:
    environ = ENVIRON | {"LOC": "${TOKEN}", "W": "1\n"}
    read = settings('locations = { "1" = "at-${LOC}" }\nways = ["${W}", "a${W}b${W}"]\n', environ=environ)
    assert read.stores["main"].rules.locations == {"1": "at-${TOKEN}"}
    assert read.stores["main"].options.model_dump()["ways"] == ("1", "a1b1")


def test_the_source_may_be_a_sandbox_on_this_machine() -> None:
    read = settings(source='base_url = "http://127.0.0.1:9001/"\npoll = "30s"\n')
    assert (read.source.base_url, read.source.poll) == ("http://127.0.0.1:9001", timedelta(seconds=30))


def test_everything_is_frozen() -> None:
    read = settings()
    for target, name in ((read, "stores"), (read.source, "poll"), (read.stores["main"], "name")):
        with pytest.raises((AttributeError, ValueError)):
            setattr(target, name, "x")


# ---------------------------------------------------------------- where it is read from


def test_the_default_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("stockbridge.toml").write_text("\ufeff" + SOURCE + STORE)
    assert load_settings(ENVIRON).stores.keys() == {"main"}


def test_a_named_file_and_whole_text_and_argument(tmp_path: Path) -> None:
    path = tmp_path / "named.toml"
    path.write_text(SOURCE + STORE)
    whole = ENVIRON | {"STOCKBRIDGE_CONFIG_TOML": SOURCE + STORE.replace("main", "whole")}
    assert load_settings(ENVIRON | {"STOCKBRIDGE_CONFIG": str(path)}).stores.keys() == {"main"}
    assert load_settings(whole).stores.keys() == {"whole"}
    assert load_settings(whole, path).stores.keys() == {"main"}


@pytest.mark.parametrize(
    ("prepare", "says"),
    [
        pytest.param(lambda path: None, "there is no such file; write it, or name another one", id="missing"),
        pytest.param(lambda path: path.mkdir(), "cannot be read", id="a directory"),
        pytest.param(lambda path: path.write_bytes(b"\xff"), "is not UTF-8 text", id="not text"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, prepare: object, says: str) -> None:
    path = tmp_path / "stockbridge.toml"
    prepare(path)  # type: ignore[operator]
    with pytest.raises(ConfigError, match=says) as caught:
        load_settings({}, path)
    assert str(path) in str(caught.value)
    assert caught.value.exit_code == 2


def test_file_and_text_together_are_ambiguous() -> None:
    with pytest.raises(ConfigError, match="unset one of them"):
        load_settings({"STOCKBRIDGE_CONFIG": "a.toml", "STOCKBRIDGE_CONFIG_TOML": SOURCE})


def test_bad_toml_names_the_place() -> None:
    (found,) = faults("[source\n")
    assert found.startswith("configuration: is not TOML (")
    assert "line 1" in found


# ---------------------------------------------------------------- faults, one by one

MAIN = "stores.main."
CASES = [
    pytest.param(
        "", 'sauce = 1\n[source]\ntoken = "t"\n', 'sauce: is not a known key; did you mean "source"?', id="top"
    ),
    pytest.param('pol = "auto"', "", 'source.pol: is not a known key; did you mean "poll"?', id="near"),
    pytest.param('zzz = "auto"', "", "source.zzz: is not a known key; known here: base_url, ", id="far"),
    pytest.param('poll = "1s"', "", 'source.poll: is too short; write "5s" or more, or "auto"', id="poll"),
    pytest.param("poll = 5", "", "source.poll: is not a duration; write a whole number and s, m, h or d", id="no text"),
    pytest.param('overlap = "5 min"', "", "source.overlap: is not a duration", id="no unit"),
    pytest.param('overlap = "0s"', "", 'source.overlap: is too short; write "1s" or more', id="no time"),
    pytest.param('overlap = "99999999999d"', "", 'source.overlap: is too long; write "3650d"', id="ages"),
    pytest.param('base_url = "http://api.example.com"', "", "source.base_url: is plain http", id="http"),
    pytest.param('base_url = "https://a.example/v0/"', "", "source.base_url: ends in /v0, which is added", id="v0"),
    pytest.param('base_url = "api.example.com"', "", "source.base_url: is not an address", id="no scheme"),
    pytest.param('base_url = "https://u:p@a.example"', "", "source.base_url: holds more than an address", id="user"),
    pytest.param('base_url = "https://a.example:x"', "", "source.base_url: is not an address", id="port"),
]
STORE_CASES = [
    pytest.param('direktion = "down"', 'direktion: is not a known key; did you mean "direction"?', id="near common"),
    pytest.param("patient = 1", 'patient: is not a known key; did you mean "patience"?', id="near option"),
    pytest.param("buffer = -1", "buffer: is too small; write 0 or more", id="negative"),
    pytest.param('buffer = "2"', "buffer: should be a whole number, not text", id="text"),
    pytest.param("buffer = 2.5", "buffer: should be a whole number, not a number with a point", id="half"),
    pytest.param("buffer = true", "buffer: should be a whole number, not true or false", id="truth"),
    pytest.param("cap = 99999999999999999999999", "cap: is too large; write 1000000000 or less", id="huge"),
    pytest.param('heal = "yes"', "heal: should be true or false without quotes, not text", id="yes"),
    pytest.param("share = 50", "share: is not a percentage; write a number and % in quotes", id="no percent"),
    pytest.param('share = "120%"', 'share: is more than everything; write "100%" or less', id="too much"),
    pytest.param('match = "fuzzy"', "match: is none of the choices; write 'exact' or 'loose'", id="choice"),
    pytest.param("only = []", "only: names nothing; leave the key out to mean all", id="nobody"),
    pytest.param("warehouses = [1]", 'warehouses: should be a list of texts; write ["A", "B"]', id="number"),
    pytest.param('locations = { " 1" = "a", "1" = "b" }', "locations: names a warehouse twice", id="twice"),
    pytest.param('locations = { "1" = "" }', "locations.1: is empty; write a value", id="empty location"),
    pytest.param(
        'locations = { "1" = "a" }\nwarehouses = ["2"]',
        'warehouses: names the warehouse "2", which has no location; add it to locations',
        id="no location",
    ),
    pytest.param('[stores.main.bundles]\n"K 1" = { A = 0 }', 'bundles."K 1".A: is too small; write 1 or more', id="0"),
    pytest.param("[stores.main.bundles]\nK = {}", "bundles.K: is empty; write at least 1", id="no part"),
    pytest.param(
        "[stores.main.bundles]\nK = { A = 1 }\n[stores.main.map]\nK = 'A'",
        "bundles.K: is in map too; keep one of the two",
        id="two ways",
    ),
    pytest.param(
        "[stores.main.bundles]\nK = { A = 1 }\n[stores.main.cartons]\nK = '1'",
        "cartons.K: is in bundles too; keep one of the two",
        id="bundle and carton",
    ),
    pytest.param("[stores.main.cartons]\nK = 1", "cartons.K: should be text in quotes, not a number", id="carton id"),
    pytest.param("[stores.main.cartons]\nK = ''", "cartons.K: is empty; write a value", id="no carton id"),
    pytest.param("[stores.main.map]\nK = 5", "map.K: should be text in quotes, not a number", id="map"),
    pytest.param(
        '[stores.main.skus."A B"]\nbufer = 1',
        'skus."A B".bufer: is not a known key; did you mean "buffer"?',
        id="sku key",
    ),
    pytest.param("patience = 0", "patience: is too small; write 1 or more, or ", id="union"),
    pytest.param("ways = [1]", "ways.0: should be text in quotes, not a number", id="in a list"),
]


@pytest.mark.parametrize(("line", "before", "says"), CASES)
def test_a_fault_of_the_source(line: str, before: str, says: str) -> None:
    (found,) = faults((before or SOURCE) + line + "\n" + STORE)
    assert found.startswith(says)


@pytest.mark.parametrize(("line", "says"), STORE_CASES)
def test_a_fault_of_a_store(line: str, says: str) -> None:
    (found,) = faults(SOURCE + STORE + line)
    assert found.startswith(MAIN + says)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(
            SOURCE,
            'stores: names no store; add [stores.NAME] with connector = "kiosk" or "shelf" or "stall"',
            id="none",
        ),
        pytest.param(
            STORE,
            'source: has neither token nor [source.oauth]; add token = "${THREEPLGUYS_TOKEN}", or the table',
            id="no source",
        ),
        pytest.param("source = 5\n" + STORE, "source: should be a table; write [source]", id="no table"),
        pytest.param(SOURCE + "[stores]\na = 1", "stores.a: should be a table; write [stores.a]", id="no store table"),
        pytest.param(
            SOURCE + "[stores.a]\nurl = 'x'", "stores.a.connector: is missing; add connector = …", id="no connector"
        ),
        pytest.param(
            SOURCE + "[stores.a]\nconnector = 5", "stores.a.connector: should be text in quotes, not a number", id="odd"
        ),
        pytest.param(
            SOURCE + "[stores.a]\nconnector = 'shelv'\nwhatever = 1",
            'stores.a.connector: There is no connector "shelv"; installed: kiosk, shelf, stall; did you mean "shelf"?',
            id="unknown connector",
        ),
        pytest.param(
            SOURCE + STORE.replace("consumer_key", "# "),
            'stores.main.consumer_key: is missing; add consumer_key = "${NAME}" and set NAME in the environment',
            id="no key",
        ),
        pytest.param(
            SOURCE + "[stores.a]\nconnector = 'stall'\nlocations = { 1 = 'x' }",
            "stores.a.locations: means nothing to stall, which has no locations; leave it out",
            id="no locations",
        ),
        pytest.param(
            SOURCE + STORE.replace("main", '"Main Shop"'),
            'stores."Main Shop": is no name for a store; write small letters',
            id="store name",
        ),
        pytest.param(
            SOURCE + STORE.replace("main", "source"),
            "stores.source: is what the warehouse is called in metrics; choose another name",
            id="the warehouse's name",
        ),
    ],
)
def test_a_fault_of_the_whole(text: str, says: str) -> None:
    (found,) = faults(text)
    assert found.startswith(says)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        pytest.param("${NOPE}", "the environment variable NOPE is not set; set it", id="missing"),
        pytest.param("${BLANK}", "the environment variable BLANK is empty; set it", id="blank"),
        pytest.param("${}", "holds a reference that names no variable; write ${NAME}", id="no name"),
        pytest.param("${NOPE", "holds a reference that names no variable; write ${NAME}", id="not closed"),
        pytest.param("", "is empty; set the key or token", id="empty"),
        pytest.param("Bearer abc", "holds a space or a character that no key has; copy it again", id="a header"),
    ],
)
def test_a_missing_or_mangled_secret(value: str, says: str) -> None:
    text = SOURCE.replace("${TOKEN}", value) + STORE
    assert faults(text, ENVIRON | {"BLANK": " "}) == [f"source.token: {says}"]


def test_all_faults_are_reported_together_and_in_order() -> None:
    text = """
    extra = 1
    [source]
    token = "${NOPE}"
    poll = "soon"
    [guard]
    max_cut = "half"
    [stores.b]
    connector = "shelf"
    url = "http://x"
    [stores.a]
    connector = "none"
    buffer = -1
    """
    found = faults(text, {"REDIS_URL": "http://cache", "STOCKBRIDGE_PATIENCE": "long"})
    assert [fault.split(":")[0] for fault in found] == [
        "source.poll",
        "source.token",
        "guard.max_cut",
        "stores.a.buffer",
        "stores.a.connector",
        "stores.b.consumer_key",
        "stores.b.url",
        "REDIS_URL",
        "STOCKBRIDGE_PATIENCE",
        "extra",
    ]


def test_what_keys_allow_only_one_by_one_is_told_beside_a_wrong_key() -> None:
    """Of [alerts.email], of what every store has, and of a connector's own keys."""
    text = (
        SOURCE
        + """
    [alerts.email]
    host = "smtp.example.com"
    port = 99999
    from = "a@example.com"
    to = ["b@example.com"]
    user = "ann"
    [stores.a]
    connector = "shelf"
    url = "http://x"
    consumer_key = "k-123456"
    locations = { 1 = "x" }
    warehouses = ["2"]
    [stores.b]
    connector = "stall"
    token = "t"
    user = "u"
    size = "large"
    """
    )
    assert faults(text) == [
        "alerts.email: has only one of user and password; write both, or neither",
        "alerts.email.port: is too large; write 65535 or less",
        "stores.a.url: http://x is not https; write https://",
        'stores.a.warehouses: names the warehouse "2", which has no location; add it to locations',
        "stores.b: give either token or user",
        "stores.b.size: should be a whole number, not text",
    ]


# ---------------------------------------------------------------- secrets


def test_secrets_are_shown_nowhere() -> None:
    read = settings(environ=ENVIRON | {"REDIS_URL": "redis://:hunter%2F2@cache:6379/0"})
    for text in (repr(read), str(read), repr(read.stores["main"].options)):
        assert not [secret for secret in ("tok-12345", "key-12345", "hunter") if secret in text]
    assert read.secrets() == {"tok-1234567890", "key-1234567890", "hunter%2F2", "hunter/2"}


@pytest.mark.parametrize("key", ["${KEY}", "bad-secret-1"])
def test_a_chatty_validator_does_not_give_a_secret_away(key: str) -> None:
    text = SOURCE + STORE.replace("${KEY}", key)
    (found,) = faults(text, ENVIRON | {"KEY": "bad-secret-1"})
    assert found.startswith("stores.main.consumer_key: the key ")
    assert "bad-secret-1" not in found


def test_a_value_from_the_environment_is_named_by_its_variable() -> None:
    text = SOURCE + STORE.replace("https://shop.example.com", "${SHOP_URL}")
    (found,) = faults(text, ENVIRON | {"SHOP_URL": "http://shop.example.com"})
    assert found == "stores.main.url: ${SHOP_URL} is not https; write https://"


@given(st.text(st.sampled_from("ßþðŋ€§¶#&|~^0189"), min_size=8, max_size=30))  # letters that no sentence of ours has
def test_no_fault_ever_holds_a_secret(secret: str) -> None:
    text = SOURCE.replace("token", "tokn") + STORE + 'poll = "${KEY}"\n'
    environ = {"TOKEN": secret, "KEY": secret}
    assert not [fault for fault in faults(text, environ) if secret in fault]


# ---------------------------------------------------------------- single values


@given(st.integers(1, 3650), st.sampled_from("smhd"))
def test_durations_mean_what_they_say(number: int, unit: str) -> None:
    seconds = {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit]
    assert parse_duration(f"{number}{unit}") == timedelta(seconds=number * seconds)


@given(st.integers(0, 10_000))
def test_percentages_are_exact(hundredths: int) -> None:
    assert parse_percent(f"{hundredths / 100:.2f}%") == Fraction(hundredths, 10_000)


@given(st.text(st.sampled_from("0123456789.smhd% -٣")) | st.text() | st.integers() | st.floats() | st.none())
def test_any_other_text_is_a_fault_and_not_a_crash(value: object) -> None:
    for form in (parse_duration, parse_percent):
        try:
            form(value)
        except PydanticCustomError as refused:
            remedy = str(refused).partition("; ")[2]
            if not remedy.startswith("write "):
                raise


@pytest.mark.parametrize(
    ("host", "loops"),
    [("localhost", True), ("127.9.9.9", True), ("::1", True), ("10.0.0.1", False), ("localhost.example", False)],
)
def test_loopback(host: str, loops: bool) -> None:
    assert is_loopback(host) is loops


# ---------------------------------------------------------------- the documents

ROOT = Path(__file__).parent.parent
GUIDE = ROOT / "docs" / "configuration.md"


@pytest.mark.needs("shopify", "woocommerce")
@pytest.mark.parametrize("path", [ROOT / "README.md", GUIDE], ids=lambda path: path.name)
def test_the_samples_in_the_documents_are_valid(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = {
        "shopify": "connectors.shopify:ShopifyConnector",
        "woocommerce": "connectors.woocommerce:WooCommerceConnector",
    }
    points = [EntryPoint(name, place, registry.GROUP) for name, place in named.items()]
    monkeypatch.setattr(registry, "installed", lambda: tuple(points))
    secrets = re.findall(r"^([A-Z_]+)=$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    samples = re.findall(r"```toml\n(.*?)```", path.read_text(), re.DOTALL)
    assert samples
    for sample in samples:
        parse(sample, dict.fromkeys(secrets, "secret-123"))


@pytest.mark.parametrize(
    "model", [SourceSettings, OAuthSettings, LedgerSettings, GuardSettings, StoreSection, SkuSection]
)
def test_every_key_is_documented_with_its_default(model: type[BaseModel]) -> None:
    guide = GUIDE.read_text()
    assert [
        key
        for key in names_of(model)
        if f"`{key}`" not in guide and f".{key}]" not in guide and f".{key}." not in guide
    ] == []


OAUTH = '[source.oauth]\nclient_id = "acme"\nclient_secret = "${KEY}"\n'


def test_an_oauth_client_takes_the_place_of_the_token() -> None:
    read = parse(f"[source]\n{OAUTH}{STORE.replace('${KEY}', 'key-of-the-store')}", ENVIRON)
    assert read.source.oauth is not None
    assert read.source.oauth.authorize_url == "https://api.3plguys.com/oauth/authorize"
    assert read.source.oauth.token_url == "https://api.3plguys.com/oauth/token"
    assert read.source.oauth.redirect_uri == "http://127.0.0.1:8322/callback"
    assert read.source.credential.get_secret_value() == "acme"
    assert read.secrets() == {"key-1234567890", "key-of-the-store"}
    assert "key-1234567890" not in repr(read)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        pytest.param(SOURCE + OAUTH, ["source: has both token and [source.oauth]; keep one of the two"], id="both"),
        pytest.param(
            "[source]\npoll = 'soon'\n",
            ["source: has neither token nor [source.oauth]; add token =", "source.poll: is not a duration"],
            id="neither, and more",
        ),
        pytest.param(
            "[source]\n[source.oauth]\ntoken_url = 'http://x'\nredirect = 1\n",
            [
                "source.oauth.client_id: is missing; add client_id = …",
                'source.oauth.client_secret: is missing; add client_secret = "${THREEPLGUYS_CLIENT_SECRET}"',
                'source.oauth.redirect: is not a known key; did you mean "redirect_uri"?',
                "source.oauth.token_url: is plain http",
            ],
            id="half of it",
        ),
        pytest.param(
            SOURCE + "[source.oauth]\nclient_id = 'a b'\n",
            [
                "source: has both",
                "source.oauth.client_id: is empty, or holds a character",
                "source.oauth.client_secret:",
            ],
            id="both, and one half",
        ),
        pytest.param("[source]\noauth = true\n", ["source.oauth: should be a table, not true"], id="no table"),
    ],
)
def test_faults_of_an_oauth_client_are_all_told(source: str, says: list[str]) -> None:
    found = faults(source + STORE)
    assert len(found) == len(says)
    assert all(fault.startswith(begin) for fault, begin in zip(found, says, strict=True))


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        pytest.param('map = { "TEE" = "P", "tee" = "Q" }', "map.tee", id="two names"),
        pytest.param('bundles = { "KIT" = { "P" = 1 }, " kit" = { "Q" = 1 } }', "bundles", id="two bundles"),
        pytest.param('cartons = { "BOX" = "1", "box" = "2" }', "cartons", id="two cartons"),
        pytest.param('map = { "KIT" = "P" }\nbundles = { "kit" = { "P" = 1 } }', "bundles", id="a name and a bundle"),
        pytest.param(
            '[stores.main.skus."P"]\nbuffer = 1\n[stores.main.skus."p"]\nsync = false', "skus", id="two rules"
        ),
    ],
)
def test_keys_that_loosely_mean_one_sku_are_refused(keys: str, place: str) -> None:
    text = f'{SOURCE}\n{STORE}match = "loose"\n{keys}\n'
    assert any(fault.startswith(f"stores.main.{place}") and "keep one" in fault for fault in faults(text))
    parse(text.replace('match = "loose"', 'match = "exact"'), ENVIRON)
