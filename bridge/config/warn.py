"""What loads and is probably not meant: sentences for `check`, each with the key's path and a hint."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, SecretStr

from bridge.config.faults import ConfigFault, Path
from bridge.config.settings import Settings

BARE = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*")


def warnings_of(text: str, settings: Settings) -> tuple[str, ...]:
    """Secrets that stand in the file, and references without braces. text: the configuration as it was read."""
    tree = tomllib.loads(text)
    bare = list(_bare(tree, ()))
    known = {fault.path for fault in bare}
    models: list[tuple[Path, BaseModel]] = [(("source",), settings.source), (("alerts",), settings.alerts)]
    models += [(("web",), settings.web), *((("inbound", name), till) for name, till in settings.inbound.items())]
    models += [(("stores", name), store.options) for name, store in settings.stores.items()]
    written: list[ConfigFault] = []
    for path, model in models:
        table: Mapping[str, Any] = tree
        for key in path:
            table = table.get(str(key), {})
        written += [fault for fault in _secrets(table, model, path) if fault.path not in known]
    return tuple(str(fault) for fault in (*bare, *written))


def _bare(value: Any, path: Path) -> Iterator[ConfigFault]:
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _bare(entry, (*path, key))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _bare(entry, (*path, index))
    elif isinstance(value, str) and BARE.fullmatch(value):
        yield ConfigFault(path, f'is the text "{value}" itself; to read the variable, write "${{{value[1:]}}}"')


def _secrets(table: Mapping[str, Any], model: BaseModel, at: Path) -> Iterator[ConfigFault]:
    for name, value in model:
        raw = table.get(name)
        if isinstance(value, BaseModel) and isinstance(raw, Mapping):
            yield from _secrets(raw, value, (*at, name))
        elif isinstance(value, SecretStr) and isinstance(raw, str) and "${" not in raw:
            hint = f'write {name} = "${{NAME}}" and set NAME in the environment'
            yield ConfigFault((*at, name), f"is a secret that stands in the file; {hint}")
