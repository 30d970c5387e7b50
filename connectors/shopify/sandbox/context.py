"""What a resolver is given beside its object: one call's context."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from graphql import GraphQLError

from connectors.shopify.sandbox.idempotency import KeyStore
from connectors.shopify.sandbox.orders import Shop

Resolver = Callable[[Any, "Context", Mapping[str, Any]], Any]

ORDER_SCOPE = "read_all_orders"


@dataclass(slots=True)
class App:
    """An app as it is installed in the shop, with the scopes that were granted."""

    client_id: str
    client_secret: str
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        """Writing implies reading."""
        return scope in self.scopes or scope.replace("read_", "write_", 1) in self.scopes


class Bulk(Protocol):
    """The bulk operations of a shop, as far as resolvers need them: sandbox/bulk.py has them."""

    @property
    def operations(self) -> Mapping[str, Any]: ...
    def run(self, ctx: "Context", query: str, *, group: bool) -> dict[str, Any]: ...
    def poll(self, ctx: "Context", gid: str) -> Any: ...


class Webhooks(Protocol):
    """The webhooks of a shop, as far as resolvers need them: sandbox/hooks.py has them."""

    subscriptions: dict[str, Any]


@dataclass(slots=True)
class Context:
    """whole: a bulk operation, which reads every row of a connection."""

    shop: Shop
    app: App
    keys: KeyStore
    bulk: Bulk
    hooks: Webhooks
    version: str
    whole: bool = False
    key: str | None = None
    warnings: list[dict[str, Any]] = field(default_factory=list)


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def access_denied(field_name: str, scope: str) -> GraphQLError:
    """The refusal of a field whose scope the app lacks. https://shopify.dev/docs/api/usage/access-scopes"""
    return GraphQLError(
        f"Access denied for {field_name} field. Required access: `{scope}` access scope.",
        extensions={
            "code": "ACCESS_DENIED",
            "documentation": "https://shopify.dev/api/usage/access-scopes",
            "requiredAccess": f"`{scope}` access scope.",
        },
    )
