"""What a call costs, and the bucket it is paid from.

A mutation costs 10, an object that has an id 1, everything else nothing. A connection costs 2 plus a
factor that grows with the logarithm of the page size (1 → 1, 5 → 3, 50 → 7, 100 → 9, 250 → 11) times the
cost of one row. That is measured, not documented: `product { variants(first: 250) { nodes { inventoryItem
{ id } } } }` was answered with 25, a 2026-04 shop charged 13 for a set with group, changes, item and location.

https://shopify.dev/docs/api/usage/limits
https://community.shopify.dev/t/unexpectedly-low-graphql-query-cost-in-shopify-admin-api-seeking-clarification/23101
"""

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_leaf_type,
    value_from_ast_untyped,
)

MUTATION = 10
SINGLE_QUERY_MAX = 1000
FACTORS = ((0, 0), (1, 1), (5, 3), (50, 7), (100, 9), (250, 11))
UNKNOWN = object()  # before execution nothing is known of the answer

Fragments = Mapping[str, FragmentDefinitionNode]
Composite = GraphQLObjectType | GraphQLInterfaceType


def factor(size: int) -> int:
    """The size's share in a connection's cost, between the measured sizes by logarithm."""
    for (low, below), (high, above) in itertools.pairwise(FACTORS):
        if size <= high:
            part = math.log(max(size, 1) / max(low, 1)) / math.log(high / max(low, 1)) if high > 1 else size
            return round(below + (above - below) * part)
    return FACTORS[-1][1]


@dataclass(slots=True)
class Costing:
    """Prices one operation: before it runs by the sizes asked for, afterwards by those that came."""

    schema: GraphQLSchema
    fragments: Fragments
    variables: Mapping[str, Any]

    def price(self, operation: OperationDefinitionNode, data: Any = UNKNOWN) -> int:
        root = self.schema.get_root_type(operation.operation)
        return self._children(operation.selection_set, cast(GraphQLObjectType, root), data)

    def _children(self, selections: SelectionSetNode, parent: Composite, data: Any) -> int:
        return sum(self._field(node, each, data) for node, each in self.fields(selections, parent))

    def fields(self, selections: SelectionSetNode, parent: Composite) -> Iterator[tuple[FieldNode, Composite]]:
        """Every field with the type it is selected on, fragments opened."""
        for node in selections.selections:
            if isinstance(node, FieldNode):
                yield node, parent
                continue
            inner = node if isinstance(node, InlineFragmentNode) else self.fragments[node.name.value]  # type: ignore[attr-defined]
            condition = inner.type_condition
            on = cast(Composite, self.schema.type_map[condition.name.value]) if condition else parent
            yield from self.fields(inner.selection_set, on)

    def _field(self, node: FieldNode, parent: Composite, data: Any) -> int:
        definition = parent.fields.get(node.name.value)
        if definition is None or node.selection_set is None or is_leaf_type(get_named_type(definition.type)):
            return MUTATION if parent is self.schema.mutation_type else 0
        name = node.alias.value if node.alias else node.name.value
        known = UNKNOWN if data is UNKNOWN else (data.get(name) if isinstance(data, dict) else None)
        target = cast(Composite, get_named_type(definition.type))
        if parent is self.schema.mutation_type:
            return MUTATION + (0 if known is None else self._children(node.selection_set, target, known))
        if known is None:
            return 1 if parent is self.schema.query_type else 0
        if target.name.endswith("Connection"):
            return self._connection(node, target, known)
        has_id = target.name == "Node" or any(each.name == "Node" for each in getattr(target, "interfaces", ()))
        sample = known[0] if isinstance(known, list) and known else known
        each = int(has_id) + self._children(node.selection_set, target, sample)
        given = self._arguments(node)
        size = len(given["ids"]) if isinstance(given.get("ids"), list) else given.get("first")
        if size is None:  # plain lists count once, unless a size or a list of ids came with the question
            return each
        return factor(len(known) if isinstance(known, list) else int(size)) * each

    def _arguments(self, node: FieldNode) -> dict[str, Any]:
        variables = dict(self.variables)
        return {each.name.value: value_from_ast_untyped(each.value, variables) for each in node.arguments or ()}

    def _connection(self, node: FieldNode, target: Composite, known: Any) -> int:
        given, rows = self._arguments(node), UNKNOWN
        size = int(given.get("first") or given.get("last") or 0)
        if known is not UNKNOWN:
            found = known.get("nodes") or [edge.get("node") for edge in known.get("edges") or ()]
            size, rows = len(found), (found[0] if found else None)
        return 2 + factor(size) * (1 + self._row(node, target, rows))

    def _row(self, node: FieldNode, target: Composite, row: Any) -> int:
        """The cost of what one row selects: below `nodes`, or below `edges { node }`."""
        found = 0
        for inner, on in self.fields(cast(SelectionSetNode, node.selection_set), target):
            if inner.name.value not in {"nodes", "edges", "node"} or inner.selection_set is None:
                continue
            below = cast(Composite, get_named_type(on.fields[inner.name.value].type))
            if inner.name.value == "edges":
                found = max(found, self._row(inner, below, row))
            else:
                found = max(found, 0 if row is None else self._children(inner.selection_set, below, row))
        return found


@dataclass(slots=True)
class Bucket:
    """One app's points in one shop. Refills by the clock it is asked with."""

    maximum: int = 2000
    rate: int = 100
    level: float = 2000.0
    at: datetime | None = None

    def refill(self, now: datetime) -> None:
        passed = (now - self.at).total_seconds() if self.at else 0.0
        self.level = min(float(self.maximum), self.level + max(passed, 0.0) * self.rate)
        self.at = now

    def take(self, points: int, now: datetime) -> bool:
        self.refill(now)
        if points > self.level:
            return False
        self.level -= points
        return True

    def give_back(self, points: int) -> None:
        self.level = min(float(self.maximum), self.level + points)

    def status(self) -> dict[str, float]:
        return {
            "maximumAvailable": float(self.maximum),
            "currentlyAvailable": math.floor(self.level),
            "restoreRate": float(self.rate),
        }
