"""The one place that writes TOML."""

from collections.abc import Mapping
from typing import Any

import tomlkit


def value(found: object) -> str:
    """A value as TOML has it on one line, tables and lists too."""
    text: str = _item(found).as_string()
    return text


def table(name: str, entries: Mapping[str, object]) -> str:
    """A table with its heading. name: as it stands there, with dots between its parts."""
    return f"[{name}]\n" + "".join(f"{key} = {value(entry)}\n" for key, entry in entries.items())


def _item(found: object) -> Any:
    if isinstance(found, Mapping):
        inline = tomlkit.inline_table()
        for key, entry in found.items():
            inline.append(str(key), _item(entry))
        return inline
    if isinstance(found, list | tuple | set | frozenset):
        array = tomlkit.array()
        for entry in found:
            array.append(_item(entry))
        return array
    return tomlkit.item(found)
