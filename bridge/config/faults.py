"""From what pydantic says to what a merchant reads: "path.to.key: what is wrong; hint"."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from connectors.skills import JudgesTogether

Path = tuple[str | int, ...]

SHORTEST_HIDDEN = 4  # shorter values are no secrets, and hiding them would garble the sentence

WANTED = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false without quotes",
    "dict_type": "a table",
    "mapping_type": "a table",
    "model_type": "a table",
    "list_type": "a list",
    "tuple_type": "a list",
    "frozen_set_type": "a list",
    "set_type": "a list",
}
KINDS: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (int, "a number"),
    (float, "a number with a point"),
    (str, "text"),
    (list, "a list"),
    (dict, "a table"),
)
"""The kinds of values in TOML's words."""

BOUNDS = {
    "greater_than_equal": "is too small; write {ge} or more",
    "greater_than": "is too small; write more than {gt}",
    "less_than_equal": "is too large; write {le} or less",
    "less_than": "is too large; write less than {lt}",
    "string_too_short": "is empty; write a value",
    "too_short": "is empty; write at least {min_length}",
    "literal_error": "is none of the choices; write {expected}",
    "enum": "is none of the choices; write {expected}",
}


@dataclass(frozen=True, slots=True)
class ConfigFault:
    """One thing wrong. path: where, as keys; text: "what is wrong; hint"."""

    path: Path
    text: str

    def __str__(self) -> str:
        return f"{dotted(self.path)}: {self.text}"


def dotted(path: Path) -> str:
    """The path as it would be written in the file: stores.main.skus."A B".buffer."""
    keys = [str(part).replace("\\", "\\\\").replace('"', '\\"') for part in path]
    return ".".join(key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else f'"{key}"' for key in keys)


def names_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys a table of this model may have, as people write them."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def unknown(path: Path, known: Iterable[str]) -> ConfigFault:
    """A key nobody reads: the nearest name, or all of them."""
    known = sorted(known)
    near = difflib.get_close_matches(str(path[-1]).lower(), known, n=1)
    hint = f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(known)}"
    return ConfigFault(path, f"is not a known key; {hint}")


def faults_of(error: ValidationError, at: Path, table: Mapping[str, Any], model: type[BaseModel]) -> list[ConfigFault]:
    """One fault for each key that pydantic refused; what several branches of a union say is joined, at the part of
    pydantic's location that is really in the file: it adds names of branches. A connector's own sentence may repeat
    what it refuses; a key written into the file stays hidden."""
    found: dict[Path, list[str]] = {}
    keys = {field.alias or name for name, field in model.model_fields.items() if SecretStr in _parts(field.annotation)}
    values = {table[key] for key in keys if isinstance(table.get(key), str) and len(table[key]) >= SHORTEST_HIDDEN}
    for detail in error.errors(include_url=False, include_input=True):
        path: Path = ()
        here: Any = table
        for part in detail["loc"]:
            if not (part in here if isinstance(here, Mapping) else isinstance(here, list) and isinstance(part, int)):
                path = (*path, part) if detail["type"] == "missing" else path
                break
            path, here = (*path, part), here[part]
        texts = found.setdefault(path, [])
        text = _text(detail, path, model)
        for value in sorted(values, key=len, reverse=True):
            text = text.replace(value, "…")
        if text not in texts:
            texts.append(text)
    return [ConfigFault(at + path, ", or ".join(texts)) for path, texts in found.items()]


def joint_faults(table: Mapping[str, Any], at: Path, model: type[BaseModel]) -> Iterator[ConfigFault]:
    """What is wrong with keys together, in a table and those inside it, whatever is wrong with one of them."""
    if isinstance(model, JudgesTogether) and (text := model.together(table)):
        yield ConfigFault(at, _own_words(text))
    for name, value in table.items():
        if isinstance(value, Mapping):
            for inner in _models_in(model, name):
                yield from joint_faults(value, (*at, name), inner)


def _text(detail: ErrorDetails, path: Path, model: type[BaseModel]) -> str:
    """What is wrong and a hint; never the value, which may be a secret."""
    kind, inner = detail["type"], [model]  # and the tables in it, as far as the model tells
    for name in path[:-1]:
        inner += _models_in(inner[-1], name)
    if kind == "missing":
        key = str(path[-1])
        field = next((field for name, field in inner[-1].model_fields.items() if key in (name, field.alias)), None)
        if field is not None and field.examples:
            return f'is missing; add {key} = "{field.examples[0]}"'
        is_secret = field is not None and SecretStr in _parts(field.annotation)
        hint = '"${NAME}" and set NAME in the environment' if is_secret else "…"
        return f"is missing; add {key} = {hint}"
    if kind == "extra_forbidden":
        return unknown(path, names_of(inner[-1])).text
    if kind in WANTED:
        given = next((words for type_, words in KINDS if isinstance(detail["input"], type_)), "a date or time")
        return f"should be {WANTED[kind]}, not {given}"
    if kind in BOUNDS:
        return BOUNDS[kind].format(**detail.get("ctx", {}))
    return _own_words(detail["msg"])


def _parts(annotation: Any) -> list[Any]:
    """An annotation and all that it is made of."""
    return [annotation, *(part for inner in getattr(annotation, "__args__", ()) for part in _parts(inner))]


def _own_words(message: str) -> str:
    """A validator's own sentence, so that it reads on after the key and the colon."""
    text = re.sub(r"^(Value|Assertion) error, ", "", message).rstrip(".")
    return text or "is refused"


def _models_in(model: type[BaseModel], name: str | int) -> list[type[BaseModel]]:
    annotations = [field.annotation for key, field in model.model_fields.items() if name in (key, field.alias)]
    parts = [part for annotation in annotations for part in _parts(annotation)]
    return [part for part in parts if isinstance(part, type) and issubclass(part, BaseModel)]
