"""The configuration in effect, key by key, without anything that is secret."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import timedelta
from fractions import Fraction
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

from bridge.config import Settings
from bridge.core.model import StoreRules
from bridge.log import redactor

SECRET = "set; never shown"  # noqa: S105  (a sentence)
UNSET = "not set"
FEW = 5
"""Entries of a table or list that are named; of more it is said how many there are."""

NOT_KEYS = ("store", "contents")
"""Members of a store's rules that no key sets."""

UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


@dataclass(frozen=True, slots=True)
class Key:
    """default: nobody wrote it."""

    name: str
    value: str
    default: bool


@dataclass(frozen=True, slots=True)
class Table:
    """name: as it stands in the file, without brackets."""

    name: str
    keys: tuple[Key, ...]


def tables(settings: Settings) -> list[Table]:
    """Every table in effect. Whatever is secret is only said to be set; what is left is looked through once more."""
    models: list[tuple[str, BaseModel]] = [
        ("source", settings.source), ("ledger", settings.ledger), ("guard", settings.guard), ("web", settings.web),
        ("alerts", settings.alerts), ("heartbeat", settings.heartbeat),
        *((f"inbound.{name}", till) for name, till in settings.inbound.items()),
    ]  # fmt: skip
    found = [Table(name, tuple(keys_of(model))) for name, model in models]
    for name, store in settings.stores.items():
        own = [Key("connector", store.connector, default=False), *keys_of(store.options), *keys_of_rules(store.rules)]
        found.append(Table(f"stores.{name}", tuple(own)))
    redact = redactor(settings.secrets())
    return [Table(x.name, tuple(Key(k.name, redact(k.value), k.default) for k in x.keys)) for x in found]


def keys_of(model: BaseModel, prefix: str = "") -> Iterator[Key]:
    """The keys of a table, and of those in it."""
    for name, field in type(model).model_fields.items():
        value, given, called = getattr(model, name), name in model.model_fields_set, prefix + (field.alias or name)
        if isinstance(value, BaseModel):
            yield from keys_of(value, f"{called}.")
        elif not field.repr and value is not None:
            yield Key(called, SECRET, not given)
        else:
            yield Key(called, spelled(value), not given)


def keys_of_rules(rules: StoreRules) -> Iterator[Key]:
    for field in fields(rules):
        if field.name in NOT_KEYS:
            continue
        value = getattr(rules, field.name)
        default = field.default if field.default is not MISSING else {}
        yield Key("map" if field.name == "mapping" else field.name, spelled(value), value == default)


def spelled(value: object) -> str:
    """A value as the file would say it, or what may be said of it."""
    match value:
        case None:
            said = UNSET
        case SecretStr():
            said = SECRET
        case bool():
            said = "true" if value else "false"
        case timedelta():
            said = span(value)
        case Fraction():
            said = f"{float(value * 100):g}%"
        case Mapping():
            said = several([f"{key} = {spelled(entry)}" for key, entry in sorted(value.items())])
        case list() | tuple() | set() | frozenset():
            said = several(sorted(spelled(entry) for entry in value))
        case _:
            said = SECRET if "@" in urlsplit(str(value)).netloc else str(value)
    return said


def several(entries: list[str]) -> str:
    more = f", and {len(entries) - FEW} more" if len(entries) > FEW else ""
    return ", ".join(entries[:FEW]) + more if entries else "none"


def span(value: timedelta) -> str:
    """ "5m", or "90s" where no larger unit fits."""
    seconds = round(value.total_seconds())
    size, unit = next(((size, unit) for size, unit in UNITS if seconds and seconds % size == 0), (1, "s"))
    return f"{seconds // size}{unit}"


def place_of(url: str | None) -> str:
    """Where the state is, without who may enter."""
    if url is None:
        return "a Redis server beside this process, with its data in .stockbridge beside the configuration"
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or parts.path
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path if parts.hostname else ''}"


# -- what `check` says -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was checked. notes: what to know of it besides."""

    ok: bool
    what: str
    said: str
    notes: tuple[str, ...] = ()


def checked(report: Mapping[str, object]) -> list[Line]:
    """The report of `check --json` as lines; what is wrong first."""
    alone = set(report) == {"ok", "error"}
    found = [Line(ok=False, what="check", said=str(report["error"]))] if alone else []
    for name in ("configuration", "redis", "source"):
        part = report.get(name)
        if isinstance(part, Mapping):
            found.append(line_of("warehouse" if name == "source" else name, part))
    for key in ("stores", "inbound"):
        parts = report.get(key)
        for name, part in parts.items() if isinstance(parts, Mapping) else ():
            if isinstance(part, Mapping):
                found.append(line_of(name if key == "stores" else f"till {name}", part))
    return sorted(found, key=lambda line: line.ok)


def line_of(what: str, part: Mapping[str, object]) -> Line:
    faults, warnings = part.get("faults") or (), part.get("warnings") or ()
    notes = [str(x) for x in (*list_of(faults), *list_of(warnings))]
    said = str(part.get("error") or ("fine" if part.get("ok", True) else "see below"))
    return Line(bool(part.get("ok", True)), what, said, tuple(notes))


def list_of(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []
