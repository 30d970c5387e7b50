"""Shopify's own schema, with the resolvers hung into it."""

import functools
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from graphql import (
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    get_directive_values,
)

from connectors.shopify.sandbox import subscribing
from connectors.shopify.sandbox.context import Context, Resolver, access_denied, iso
from connectors.shopify.sandbox.mutations import MUTATIONS, WRITES
from connectors.shopify.sandbox.resolvers import FIELDS, QUERIES, READS

SCHEMA_FILE = Path(__file__).parent.parent / "admin_2026_10.graphql"
TABLE: dict[str, dict[str, Resolver]] = {
    **FIELDS,
    "QueryRoot": QUERIES | subscribing.QUERIES,
    "Mutation": MUTATIONS | subscribing.MUTATIONS,
}
SCOPES = {"QueryRoot": READS, "Mutation": WRITES}


@functools.cache
def load_schema() -> GraphQLSchema:
    """The schema with its resolvers, built once per process."""
    schema = build_schema(SCHEMA_FILE.read_text(encoding="utf-8"), assume_valid=True)
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                field.resolve = _called(schema, kind, guarded(kind.name, name))
        elif isinstance(kind, GraphQLInterfaceType):
            kind.resolve_type = lambda value, _info, _kind: str(value.TYPE)
    _scalar(schema, "DateTime", lambda value: iso(value) if isinstance(value, datetime) else str(value))
    _scalar(schema, "UnsignedInt64", str)
    return schema


def _scalar(schema: GraphQLSchema, name: str, output: Callable[[Any], str]) -> None:
    scalar = cast(GraphQLScalarType, schema.type_map[name])
    for name_of_hook in ("serialize", "coerce_output_value"):  # the name changed between 3.2 and 3.3
        setattr(scalar, name_of_hook, output)


def guarded(kind: str, name: str) -> Resolver:
    """A field's resolver, behind the scope it needs."""
    run, scope = resolver(kind, name), SCOPES.get(kind, {}).get(name)
    if scope is None:
        return run

    def resolve(thing: Any, ctx: Context, args: Mapping[str, Any]) -> Any:
        if not ctx.app.may(scope):
            raise access_denied(name, scope)
        return run(thing, ctx, args)

    return resolve


def resolver(kind: str, name: str) -> Resolver:
    """From the table, or from the attribute of the same name."""
    known = TABLE.get(kind, {}).get(name)
    if known is not None:
        return known
    if name == "legacyResourceId":
        return legacy_id
    attribute = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()

    def read(thing: Any, _: Context, __: Mapping[str, Any]) -> Any:
        try:
            return thing[name] if isinstance(thing, dict) else getattr(thing, attribute)
        except (AttributeError, KeyError) as error:
            raise GraphQLError(f"The sandbox does not imitate {kind}.{name}.") from error

    return read


def legacy_id(thing: Any, _: Context, __: Mapping[str, Any]) -> str:
    return str(thing.id.rsplit("/", 1)[-1])


def _called(schema: GraphQLSchema, kind: GraphQLObjectType, run: Resolver) -> Callable[..., Any]:
    """The resolver as graphql-core calls it. Mutations also learn their idempotency key, which stands in a directive on
    the field."""
    directive = schema.get_directive("idempotent") if kind is schema.mutation_type else None

    def resolve(thing: Any, info: "GraphQLResolveInfo[Context]", **args: Any) -> Any:
        if directive is not None:
            given = get_directive_values(directive, info.field_nodes[0], info.variable_values)
            info.context.key = given["key"] if given else None
        return run(thing, info.context, args)

    return resolve
