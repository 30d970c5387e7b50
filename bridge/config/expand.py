"""`${NAME}` in string values, read from the environment after parsing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bridge.config.faults import SHORTEST_HIDDEN, ConfigFault, Path

REFERENCE = re.compile(r"\$\{([^}]*)(\}?)")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass
class Expansion:
    """A tree with its references filled in, what was wrong with them, and where each value came from."""

    tree: dict[str, Any] = field(default_factory=dict)
    faults: list[ConfigFault] = field(default_factory=list)
    used: list[tuple[Path, str, str]] = field(default_factory=list, repr=False)

    def hide(self, fault: ConfigFault) -> ConfigFault:
        """The fault with values from the environment put back as `${NAME}`: each may be a secret."""
        text = fault.text
        for path, name, value in sorted(self.used, key=lambda use: -len(use[2])):
            related = path[: len(fault.path)] == fault.path[: len(path)]
            if related and len(value) >= SHORTEST_HIDDEN:
                text = text.replace(value, f"${{{name}}}")
        return ConfigFault(fault.path, text)


def expand(tree: Mapping[str, Any], environ: Mapping[str, str]) -> Expansion:
    """A copy of the tree with every reference replaced; keys stay as they are."""
    done = Expansion()
    done.tree = {key: _value(entry, (key,), environ, done) for key, entry in tree.items()}
    return done


def _value(value: Any, path: Path, environ: Mapping[str, str], done: Expansion) -> Any:
    """A reference that cannot be filled stays as it is; its fault says why."""

    def fill(found: re.Match[str]) -> str:
        name, closed = found[1], found[2]
        text = environ.get(name, "").strip()  # a variable set from a file ends in a line break
        if not closed or not NAME.fullmatch(name):
            wrong = "holds a reference that names no variable; write ${NAME}"
        elif not text:
            wrong = f"the environment variable {name} {'is empty' if name in environ else 'is not set'}; set it"
        else:
            done.used.append((path, name, text))
            return text
        done.faults.append(ConfigFault(path, wrong))
        return found[0]

    if isinstance(value, str):
        return REFERENCE.sub(fill, value)
    if isinstance(value, Mapping):
        return {key: _value(entry, (*path, key), environ, done) for key, entry in value.items()}
    if isinstance(value, list):
        return [_value(entry, (*path, index), environ, done) for index, entry in enumerate(value)]
    return value
