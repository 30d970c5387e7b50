"""From text to Settings: read, expand, check everything, report all that is wrong at once."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bridge.config.expand import Expansion, expand
from bridge.config.faults import ConfigFault, Path, faults_of, joint_faults, names_of, unknown
from bridge.config.model import (
    AlertSettings,
    GuardSettings,
    HeartbeatSettings,
    InboundSettings,
    LedgerSettings,
    StoreSection,
    WebSettings,
)
from bridge.config.redis_url import redis_url
from bridge.config.retry import retry_seconds
from bridge.config.settings import Settings, StoreSettings
from bridge.config.source import SourceSettings
from bridge.core.sku import normalized_sku
from bridge.errors import ConfigError
from connectors import registry
from connectors.base import ConnectorFactory
from connectors.skills import NamesLocations, NamesShop
from connectors.values import replace

Model = TypeVar("Model", bound=BaseModel)

DEFAULT_PATH = "stockbridge.toml"
SECTIONS = ("source", "ledger", "guard", "alerts", "stores", "inbound", "web", "heartbeat")
COMMON = names_of(StoreSection)


def load_settings(environ: Mapping[str, str] | None = None, path: FilePath | str | None = None) -> Settings:
    """Read and check the whole configuration.

    environ: variables, those of the process by default. path: the file, ahead of what the variables say.
    Raises ConfigError with every fault found.
    """
    environ = os.environ if environ is None else environ
    return parse(read(environ, path), environ, where(environ, path))


def where(environ: Mapping[str, str], path: FilePath | str | None = None) -> str:
    """What the configuration is read from, as a person would look for it."""
    if path is None and environ.get("STOCKBRIDGE_CONFIG_TOML", "").strip():
        return "STOCKBRIDGE_CONFIG_TOML"
    return str(path or environ.get("STOCKBRIDGE_CONFIG") or DEFAULT_PATH)


def read(environ: Mapping[str, str], path: FilePath | str | None = None) -> str:
    """The text of the configuration, from a file or from STOCKBRIDGE_CONFIG_TOML. Raises ConfigError."""
    whole, named = environ.get("STOCKBRIDGE_CONFIG_TOML", ""), environ.get("STOCKBRIDGE_CONFIG", "")
    if path is None and whole.strip():
        if named:
            raise ConfigError("STOCKBRIDGE_CONFIG: is set beside STOCKBRIDGE_CONFIG_TOML; unset one of them")
        return whole
    path = FilePath(path or named or DEFAULT_PATH)
    try:
        return path.read_text("utf-8-sig")  # some editors begin a file with a byte order mark
    except FileNotFoundError:
        hint = "write it, or name another one in STOCKBRIDGE_CONFIG, or give its text in STOCKBRIDGE_CONFIG_TOML"
        raise ConfigError(f"{path}: there is no such file; {hint}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); name a readable file") from None


def parse(text: str, environ: Mapping[str, str], origin: str = "configuration") -> Settings:
    """Settings from the text of the file. origin: where it was read from. Raises ConfigError with every fault found."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{origin}: is not TOML ({error}); correct the text there") from None
    return _Checking(expand(raw, environ), FilePath(origin).parent).settings(environ)


class _Checking:
    """Collects faults on the way; only when there is none do the values leave. folder: where the files that it names
    are looked for."""

    def __init__(self, expansion: Expansion, folder: FilePath) -> None:
        self.expansion = expansion
        self.folder = folder
        self.faults: list[ConfigFault] = list(expansion.faults)
        self.shops: dict[tuple[str, str], str] = {}

    def settings(self, environ: Mapping[str, str]) -> Settings:
        tree = self.expansion.tree
        self.faults += [unknown((key,), SECTIONS) for key in tree if key not in SECTIONS]
        source = self.section(SourceSettings, tree.get("source", {}), ("source",))
        ledger = self.section(LedgerSettings, tree.get("ledger", {}), ("ledger",))
        guard = self.section(GuardSettings, tree.get("guard", {}), ("guard",))
        alerts = self.section(AlertSettings, tree.get("alerts", {}), ("alerts",))
        web = self.section(WebSettings, tree.get("web", {}), ("web",))
        heartbeat = self.section(HeartbeatSettings, tree.get("heartbeat", {}), ("heartbeat",))
        stores = self.stores(tree.get("stores", {}))
        inbound = self.inbound(tree.get("inbound", {}))
        url, wrong = redis_url(environ)
        seconds, odd = retry_seconds(environ)
        self.add([*wrong, *odd])
        if self.faults or not (source and ledger and guard and alerts and web and heartbeat):
            raise ConfigError([str(self.expansion.hide(fault)) for fault in sorted(self.faults, key=_place)])
        return Settings(
            source, ledger, guard, stores, alerts=alerts, inbound=inbound, web=web, heartbeat=heartbeat, redis_url=url,
            retry_seconds=seconds,
        )  # fmt: skip

    def add(self, faults: list[ConfigFault]) -> None:
        """A place that is known to be wrong is reported once: what follows from it is noise."""
        known = {fault.path for fault in self.faults}
        self.faults += [fault for fault in faults if fault.path not in known]

    def section(self, model: type[Model], table: object, at: Path) -> Model | None:
        """One table as its model; None with its faults noted."""
        if not isinstance(table, dict):
            self.add([ConfigFault(at, f"should be a table; write [{at[-1]}]")])
            return None
        known = names_of(model)
        self.add([unknown((*at, key), known) for key in table if key not in known])
        return self.model(model, {key: value for key, value in table.items() if key in known}, at)

    def model(self, model: type[Model], table: dict[str, Any], at: Path) -> Model | None:
        try:
            return model.model_validate(table, context={"folder": self.folder})
        except ValidationError as error:
            self.add(faults_of(error, at, table, model))
            self.add(list(joint_faults(table, at, model)))
            return None

    # ---------------------------------------------------------------- tills

    def inbound(self, tables: object) -> dict[str, InboundSettings]:
        """Tills by their names. No two may be known by one token, or report one shelf."""
        if not isinstance(tables, dict):
            self.add([ConfigFault(("inbound",), "should be tables; write [inbound.NAME]")])
            return {}
        found, met = dict[str, InboundSettings](), dict[tuple[str, str], str]()
        for name, table in tables.items():
            at: Path = ("inbound", name)
            if not re.fullmatch(r"[a-z0-9_-]+", name):
                self.add([ConfigFault(at, "is no name for a till; write small letters, digits, _ and - only")])
            till = self.section(InboundSettings, table, at)
            if till is None:
                continue
            found[name] = till
            if (first := met.setdefault(("token", till.token.get_secret_value()), name)) != name:
                self.add([ConfigFault((*at, "token"), f"is that of inbound.{first} too; give each till its own")])
            for warehouse in sorted(set(till.stores.values())):
                if (first := met.setdefault(("stores", warehouse), name)) != name:
                    text = f'names the warehouse "{warehouse}", which inbound.{first} reports; give it another id'
                    self.add([ConfigFault((*at, "stores"), text)])
        return found

    # ---------------------------------------------------------------- stores

    def stores(self, tables: object) -> dict[str, StoreSettings]:
        if not isinstance(tables, dict) or not tables:
            names = " or ".join(f'"{name}"' for name in registry.names()) or '"…" (none is installed)'
            self.add([ConfigFault(("stores",), f"names no store; add [stores.NAME] with connector = {names}")])
            return {}
        found = {name: self.store(name, table) for name, table in tables.items()}
        return {name: store for name, store in found.items() if store is not None}

    def store(self, name: str, table: object) -> StoreSettings | None:
        at: Path = ("stores", name)
        if not re.fullmatch(r"[a-z0-9_-]+", name):
            self.add([ConfigFault(at, "is no name for a store; write small letters, digits, _ and - only")])
        elif name == "source":
            self.add([ConfigFault(at, "is what the warehouse is called in metrics; choose another name")])
        if not isinstance(table, dict):
            self.add([ConfigFault(at, f"should be a table; write [stores.{name}]")])
            return None
        common = self.model(StoreSection, {key: value for key, value in table.items() if key in COMMON}, at)
        factory = self.factory(table.get("connector"), at)
        options = None if factory is None else self.options(factory, table, at)
        self.one_table(name, str(table.get("connector")), options)
        key, places = "locations", common.locations if common else {}
        if isinstance(options, NamesLocations):
            key, places = options.locations_key, getattr(options, options.locations_key)
        if common is not None:
            self.add(list(_contradictions(common, factory, at, key, places)))
        if common is None or factory is None or options is None:
            return None
        rules = replace(common.rules(name), locations=places)
        return StoreSettings(name=name, connector=common.connector, options=options, rules=rules)

    def one_table(self, name: str, connector: str, options: BaseModel | None) -> None:
        """One shop in two tables would count every order twice. Where only the network can tell, sessions do."""
        if not isinstance(options, NamesShop):
            return
        shop = options.shop_identity()
        if (first := self.shops.setdefault((connector, shop), name)) != name:
            text = f"is the same shop as stores.{first} ({shop}); keep one table, or every order counts twice"
            self.add([ConfigFault(("stores", name), text)])

    def factory(self, name: object, at: Path) -> ConnectorFactory | None:
        """The connector; without one, nobody can say what the store's other keys should be."""
        if not isinstance(name, str) or not name:
            return None  # noted already: it is missing, or no text
        try:
            return registry.load_connector(name)
        except registry.ConnectorLoadError as error:
            self.add([ConfigFault((*at, "connector"), str(error))])
            return None

    def options(self, factory: ConnectorFactory, table: dict[str, Any], at: Path) -> BaseModel | None:
        """The connector's own keys, judged by the connector."""
        own = {key: value for key, value in table.items() if key not in COMMON}
        known = names_of(factory.Options)
        self.add([unknown((*at, key), {*known, *COMMON}) for key in own if key not in known])
        return self.model(factory.Options, {key: value for key, value in own.items() if key in known}, at)


def _contradictions(
    store: StoreSection, factory: ConnectorFactory | None, at: Path, key: str, places: Mapping[str, str]
) -> Iterator[ConfigFault]:
    """What each key allows and the keys together do not; keys that mean the same SKU as this store compares them. key:
    the one that names the locations. places: what it says."""
    if store.locations and key != "locations":
        yield ConfigFault((*at, "locations"), f"means nothing to {store.connector}; write it as {key}")
    if store.locations and factory and not factory.capabilities.locations:
        yield ConfigFault(
            (*at, "locations"), f"means nothing to {store.connector}, which has no locations; leave it out"
        )
    for warehouse in sorted(store.warehouses or ()):
        if places and warehouse not in places:
            text = f'names the warehouse "{warehouse}", which has no location; add it to {key}'
            yield ConfigFault((*at, "warehouses"), text)
    yield from _clashes(store, at)


def _clashes(store: StoreSection, at: Path) -> Iterator[ConfigFault]:
    """Two lines for one SKU, as this store compares SKUs."""
    made: Mapping[str, Mapping[str, object]] = {
        "map": store.mapping, "bundles": store.bundles, "cartons": store.cartons,
    }  # fmt: skip
    named: dict[str, str] = {}
    for section, table in made.items():
        for sku in table:
            if (first := named.setdefault(normalized_sku(sku, store.match), section)) != section:
                yield ConfigFault((*at, section, sku), f"is in {first} too; keep one of the two")
    for section, table in {**made, "skus": store.skus}.items():
        met: dict[str, str] = {}
        for sku in table:
            if (first := met.setdefault(normalized_sku(sku, store.match), sku)) != sku:
                yield ConfigFault(
                    (*at, section, sku), f'means the same SKU as "{first}" under match = "loose"; keep one'
                )


def _place(fault: ConfigFault) -> tuple[int, tuple[str, ...]]:
    """Faults in the order of the sections, then by path, so that the report is stable."""
    section = str(fault.path[0])
    known = SECTIONS.index(section) if section in SECTIONS else len(SECTIONS)
    return known, tuple(str(part) for part in fault.path)
