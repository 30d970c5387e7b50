"""The configuration in effect, and what `check` says of it."""

from typing import Any

from bridge.web.api.shapes.common import Shape


class Key(Shape):
    """value: as the file would say it. default: nobody wrote it."""

    name: str
    value: str
    default: bool


class Table(Shape):
    name: str
    keys: list[Key]


class Place(Shape):
    """Where the state is, without who may enter."""

    place: str
    server: str
    memory: str
    limit: str


class Settings(Shape):
    """The configuration in effect, without its secrets."""

    versions: dict[str, str]
    state: Place
    tables: list[Table]


class Report(Shape):
    """What `check --json` prints."""

    ok: bool
    error: str | None = None
    configuration: dict[str, Any] | None = None
    redis: dict[str, Any] | None = None
    source: dict[str, Any] | None = None
    stores: dict[str, Any] | None = None
    inbound: dict[str, Any] | None = None
