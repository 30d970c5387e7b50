"""What is wrong with a request before it runs: its text, its variables, its size.

The shapes were recorded from a live shop: variables that do not fit are answered without `data` and
without `extensions.cost`. https://shopify.dev/docs/api/usage/limits (250 entries per input array)
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    ListValueNode,
    OperationDefinitionNode,
    Visitor,
    get_named_type,
    is_required_input_field,
    print_ast,
    type_from_ast,
    visit,
)

MAX_ARRAY = 250
MAX_INT = 2**31
UNKNOWN_FIELD = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'")

Error = dict[str, Any]
Path = tuple[str | int, ...]
Problem = tuple[Path, str]


def syntax_error(error: GraphQLError) -> Error:
    text = error.message.removeprefix("Syntax Error: ")
    return {"message": f"syntax error, {text}", **_where(error), "extensions": {"code": "PARSE_ERROR"}}


def validation_error(error: GraphQLError) -> Error:
    unknown = UNKNOWN_FIELD.match(error.message)
    if unknown is None:
        return {"message": error.message, **_where(error)}
    name, kind = unknown.groups()
    return {
        "message": f"Field '{name}' doesn't exist on type '{kind}'",
        **_where(error),
        "extensions": {"code": "undefinedField", "typeName": kind, "fieldName": name},
    }


def _where(error: GraphQLError) -> Error:
    return {"locations": [{"line": at.line, "column": at.column} for at in error.locations or ()]}


def variable_errors(
    schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> list[Error]:
    """One INVALID_VARIABLE error per variable that does not fit its type."""
    found: list[Error] = []
    for definition in operation.variable_definitions or ():
        kind: Any = type_from_ast(schema, definition.type)
        name = definition.variable.name.value
        if name not in variables and definition.default_value is not None:
            continue
        problems = list(find_problems(kind, variables.get(name), ()))
        if not problems:
            continue
        told = ", ".join(f"{'.'.join(map(str, path))} ({why})" for path, why in problems if path)
        text = f"Variable ${name} of type {print_ast(definition.type)} was provided invalid value"
        token = definition.loc.start_token if definition.loc else None
        where = [{"line": token.line, "column": token.column}] if token else []
        listed = [{"path": list(path), "explanation": why} for path, why in problems]
        extensions = {"code": "INVALID_VARIABLE", "value": variables.get(name), "problems": listed}
        found.append({"message": text + (f" for {told}" if told else ""), "locations": where, "extensions": extensions})
    return found


def find_problems(kind: GraphQLInputType, value: Any, path: Path) -> Iterator[Problem]:
    """Everything that keeps a value from being of its type."""
    if isinstance(kind, GraphQLNonNull):
        if value is None:
            yield path, "Expected value to not be null"
            return
        kind = kind.of_type
    if value is None:
        return
    if isinstance(kind, GraphQLList):
        for index, each in enumerate(value if isinstance(value, list) else [value]):
            yield from find_problems(kind.of_type, each, (*path, index) if isinstance(value, list) else path)
    elif isinstance(kind, GraphQLInputObjectType):
        yield from _object_problems(kind, value, path)
    else:
        yield from _leaf_problems(kind, value, path)


def _object_problems(kind: GraphQLInputObjectType, value: Any, path: Path) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield path, f"Expected {value!r} to be a key-value object."
        return
    for name in value:
        if name not in kind.fields:
            yield (*path, name), f"Field is not defined on {kind.name}"
    for name, field in kind.fields.items():
        if name in value or is_required_input_field(field):
            yield from find_problems(field.type, value.get(name), (*path, name))


def _leaf_problems(kind: Any, value: Any, path: Path) -> Iterator[Problem]:
    name = get_named_type(kind).name
    if name == "ID":
        if not isinstance(value, str) or not value.startswith("gid://shopify/"):
            yield path, f"Invalid global id '{value}'"
        return
    fits = {
        "Int": lambda: isinstance(value, int) and not isinstance(value, bool) and abs(value) < MAX_INT,
        "String": lambda: isinstance(value, str),
        "Boolean": lambda: isinstance(value, bool),
    }.get(name)
    if fits is not None and not fits():
        yield path, f"Could not coerce value {value!r} to {name}"
    elif isinstance(kind, GraphQLEnumType) and value not in kind.values:
        yield path, f'Expected "{value}" to be one of: {", ".join(kind.values)}'


def longest(value: Any) -> int:
    """The size of the longest array anywhere in the variables."""
    if isinstance(value, dict):
        return max((longest(each) for each in value.values()), default=0)
    if isinstance(value, list):
        return max([len(value), *(longest(each) for each in value if isinstance(each, dict | list))])
    return 0


class _Lists(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.longest = 0

    def enter_list_value(self, node: ListValueNode, *_: Any) -> None:
        self.longest = max(self.longest, len(node.values))


def longest_literal(document: DocumentNode) -> int:
    seen = _Lists()
    visit(document, seen)
    return seen.longest


def size_error(size: int, roots: Sequence[str]) -> Error:
    return {
        "message": f"The input array size of {size} is greater than the maximum allowed of {MAX_ARRAY}.",
        "path": list(roots[:1]),
        "extensions": {"code": "MAX_INPUT_SIZE_EXCEEDED"},
    }
