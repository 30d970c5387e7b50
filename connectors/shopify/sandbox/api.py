"""One GraphQL request, from its text to its answer, in the order in which Shopify looks at it:
syntax, schema, variables, array sizes, cost, bucket, execution."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    execute,
    get_operation_ast,
    parse,
    validate,
)

from connectors.shopify.sandbox import checks
from connectors.shopify.sandbox.context import Context
from connectors.shopify.sandbox.cost import SINGLE_QUERY_MAX, Bucket, Costing
from connectors.shopify.sandbox.schema import load_schema

DOCS = "https://shopify.dev/api/usage/rate-limits"
KEPT_DOCUMENTS = 500

Answer = dict[str, Any]


@dataclass(slots=True)
class Prepared:
    """A request's text, read once. `longest` is its longest literal array."""

    document: DocumentNode | None = None
    operation: OperationDefinitionNode | None = None
    errors: list[checks.Error] = field(default_factory=list)
    name: str = ""
    kind: str = "query"
    roots: tuple[str, ...] = ()
    fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)
    longest: int = 0


@functools.lru_cache(maxsize=KEPT_DOCUMENTS)
def prepare(text: str, operation_name: str | None = None) -> Prepared:
    """The request, parsed and validated. That costs more than running it; the same text is read once per process."""
    try:
        document = parse(text)
    except GraphQLError as error:
        return Prepared(errors=[checks.syntax_error(error)])
    operation = get_operation_ast(document, operation_name)
    if operation is None:
        return Prepared(document, errors=[{"message": f'No operation named "{operation_name or ""}"'}])
    return Prepared(
        document,
        operation,
        [checks.validation_error(error) for error in validate(load_schema(), document)],
        operation.name.value if operation.name else "",
        operation.operation.value,
        tuple(each.name.value for each in operation.selection_set.selections if isinstance(each, FieldNode)),
        {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)},
        checks.longest_literal(document),
    )


def answer(prepared: Prepared, variables: Mapping[str, Any], ctx: Context, bucket: Bucket) -> Answer:
    """The body of the reply. The caller holds the shop's lock."""
    if prepared.errors or prepared.operation is None:
        return {"errors": prepared.errors}
    wrong = checks.variable_errors(load_schema(), prepared.operation, variables)
    longest = max(prepared.longest, checks.longest(dict(variables)))
    if not wrong and longest > checks.MAX_ARRAY:
        wrong = [checks.size_error(longest, prepared.roots)]
    if wrong:
        return {"errors": wrong}
    costing = Costing(load_schema(), prepared.fragments, variables)
    requested = costing.price(prepared.operation)
    if requested > SINGLE_QUERY_MAX:
        return {"errors": [too_expensive(requested)]}
    if not bucket.take(requested, ctx.shop.clock()):
        return throttled(requested, bucket)
    result = _execute(prepared, variables, ctx)
    actual = min(requested, costing.price(prepared.operation, result.data or {}))
    bucket.give_back(requested - actual)
    reply: Answer = {"data": result.data}
    if result.errors:
        reply["errors"] = [dict(error.formatted) for error in result.errors]
    reply["extensions"] = {"cost": _cost(requested, actual, bucket)}
    if ctx.warnings:
        reply["extensions"]["search"] = ctx.warnings
    return reply


def _execute(prepared: Prepared, variables: Mapping[str, Any], ctx: Context) -> ExecutionResult:
    assert prepared.document is not None  # noqa: S101 - see answer()
    result = execute(
        load_schema(),
        prepared.document,
        context_value=ctx,
        variable_values=dict(variables),
        operation_name=prepared.name or None,
    )
    assert isinstance(result, ExecutionResult)  # noqa: S101 - no resolver is asynchronous
    return result


def _cost(requested: int, actual: int | None, bucket: Bucket) -> Answer:
    return {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": bucket.status()}


def throttled(requested: int, bucket: Bucket) -> Answer:
    """The answer to who has no points left: HTTP 200 without `data`. https://shopify.dev/docs/api/usage/limits"""
    error = {"message": "Throttled", "extensions": {"code": "THROTTLED", "documentation": DOCS}}
    return {"errors": [error], "extensions": {"cost": _cost(requested, None, bucket)}}


def too_expensive(requested: int) -> checks.Error:
    return {
        "message": f"Query cost is {requested}, which exceeds the single query max cost limit ({SINGLE_QUERY_MAX}).",
        "extensions": {
            "code": "MAX_COST_EXCEEDED",
            "cost": requested,
            "maxCost": SINGLE_QUERY_MAX,
            "documentation": DOCS,
        },
    }
