"""A bulk query's rules, and its export. The query is compiled to steps once and then run over every row,
because a shop has many.

https://shopify.dev/docs/api/usage/bulk-operations/queries
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLList,
    GraphQLObjectType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    parse,
    validate,
    value_from_ast_untyped,
)

from connectors.shopify.sandbox.context import Context, Resolver, iso
from connectors.shopify.sandbox.schema import guarded, load_schema

MAX_CONNECTIONS = 5
MAX_DEPTH = 2
MAX_BYTES = 65_535


class RefusedError(Exception):
    """The query breaks a rule of bulk operations; the text is the userError's message."""


@dataclass(slots=True)
class Step:
    """One selected field: where it goes, how it is read, and what is read of it."""

    key: str
    read: Resolver
    args: dict[str, Any]
    below: "list[Step] | None"
    is_list: bool = False
    is_connection: bool = False


def read_query(text: str) -> Step:
    """The single top-level connection, compiled; raises Refused."""
    if len(text.encode()) > MAX_BYTES:
        raise RefusedError(f"The query is too long (maximum is {MAX_BYTES} bytes).")
    try:
        document = parse(text)
    except GraphQLError as error:
        raise RefusedError(f"Invalid bulk query: {error.message}") from error
    errors = validate(load_schema(), document)
    if errors:
        raise RefusedError(f"Invalid bulk query: {errors[0].message}")
    operation = cast(OperationDefinitionNode, document.definitions[0])
    steps = _compile(operation.selection_set, cast(GraphQLObjectType, load_schema().query_type))
    depths = list(_depths(steps, 0, inside_list=False))
    rules = (
        (bool(depths), "must contain at least one connection."),
        (len(steps) == 1, "cannot contain more than one top level field."),
        (steps[0].is_connection, "of this sandbox begin with a connection."),
        (len(depths) <= MAX_CONNECTIONS, f"cannot contain more than {MAX_CONNECTIONS} connections."),
        (max(depths, default=0) <= MAX_DEPTH, "cannot contain connections with a nesting depth greater than 2."),
    )
    for is_kept, rule in rules:
        if not is_kept:
            raise RefusedError(f"Bulk queries {rule}")
    return steps[0]


def _depths(steps: list[Step], depth: int, *, inside_list: bool) -> Iterator[int]:
    """How deep each connection lies below others (the outermost is 0)."""
    for step in steps:
        if step.is_connection and inside_list:
            raise RefusedError("Queries that contain a connection field within a list field are not supported.")
        if step.is_connection:
            yield depth
        inner = depth + 1 if step.is_connection else depth
        yield from _depths(step.below or [], inner, inside_list=inside_list or step.is_list)


def _compile(selections: SelectionSetNode, parent: GraphQLObjectType) -> list[Step]:
    steps = []
    for node in selections.selections:
        if isinstance(node, FieldNode):
            steps.append(_step(node, parent))
        elif isinstance(node, InlineFragmentNode):
            steps += _compile(node.selection_set, parent)
        else:
            raise RefusedError("Bulk queries of this sandbox cannot contain named fragments.")
    return steps


def _step(node: FieldNode, parent: GraphQLObjectType) -> Step:
    key = node.alias.value if node.alias else node.name.value
    if node.name.value == "__typename":
        return Step(key, lambda _, __, ___: parent.name, {}, None)
    definition = parent.fields[node.name.value]
    target = cast(GraphQLObjectType, get_named_type(definition.type))
    is_connection = target.name.endswith("Connection")
    selections = node.selection_set
    if is_connection and selections is not None:
        selections, target = _node_of(selections, target)
    args = {name: argument.default_value for name, argument in definition.args.items() if argument.default_value}
    args |= {each.name.value: value_from_ast_untyped(each.value) for each in node.arguments or ()}
    return Step(
        key,
        guarded(parent.name, node.name.value),
        args,
        _compile(selections, target) if selections else None,
        is_list=isinstance(get_nullable_type(definition.type), GraphQLList),
        is_connection=is_connection,
    )


def _node_of(selections: SelectionSetNode, kind: GraphQLObjectType) -> tuple[SelectionSetNode, GraphQLObjectType]:
    """Down through `edges { node { … } }` or `nodes { … }`."""
    for node in selections.selections:
        if isinstance(node, FieldNode) and node.name.value in {"edges", "node", "nodes"} and node.selection_set:
            target = cast(GraphQLObjectType, get_named_type(kind.fields[node.name.value].type))
            return _node_of(node.selection_set, target) if node.name.value == "edges" else (node.selection_set, target)
    raise RefusedError("Bulk queries must select the nodes of their connections.")


def export(top: Step, ctx: Context) -> Iterator[tuple[bool, bytes]]:
    """(whether it is a row of the outermost connection, the line), each row before those below it. Which rows the
    outermost connection has is settled with the first of them."""
    whole = Context(ctx.shop, ctx.app, ctx.keys, ctx.bulk, ctx.hooks, ctx.version, whole=True)
    for row in top.read(None, whole, top.args).nodes:
        yield from _lines(row, top, whole, None)


def _lines(row: Any, step: Step, ctx: Context, parent: str | None) -> Iterator[tuple[bool, bytes]]:
    nested: list[tuple[Step, Any]] = []
    record = _render(row, step.below or [], ctx, nested)
    if parent is not None:
        record["__parentId"] = parent
    yield parent is None, json.dumps(record, separators=(",", ":")).encode()
    for inner, owner in nested:
        for child in inner.read(owner, ctx, inner.args).nodes:
            yield from _lines(child, inner, ctx, row.id)


def _render(thing: Any, steps: list[Step], ctx: Context, nested: list[tuple[Step, Any]]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for step in steps:
        if step.is_connection:
            nested.append((step, thing))
            continue
        value = step.read(thing, ctx, step.args)
        if step.below is None or value is None:
            record[step.key] = iso(value) if isinstance(value, datetime) else value
        elif step.is_list:
            record[step.key] = [_render(each, step.below, ctx, nested) for each in value]
        else:
            record[step.key] = _render(value, step.below, ctx, nested)
    return record
