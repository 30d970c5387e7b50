"""Values as TOML writes them."""

import json
from collections.abc import Mapping


def table(entries: Mapping[str, object]) -> str:
    """An inline table; tables within it too."""
    return "{" + ", ".join(f"{text(name)} = {text(value)}" for name, value in entries.items()) + "}"


def text(value: object) -> str:
    """A JSON string or number is one of TOML too."""
    return table(value) if isinstance(value, Mapping) else json.dumps(value, ensure_ascii=False)
