"""Shopify, over the Admin GraphQL API. Scopes, limits and quirks: README.md beside this file."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import BaseModel

from connectors.base import Capabilities, Sender, StoreConnector
from connectors.shopify.capabilities import CAPABILITIES
from connectors.shopify.options import Options as ShopifyOptions


class ShopifyConnector:
    """What the entry point names. The store itself is imported when the first one is opened: it brings the libraries
    that speak to it, and most commands ask no store."""

    Options: ClassVar[type[BaseModel]] = ShopifyOptions
    capabilities: ClassVar[Capabilities] = CAPABILITIES

    @classmethod
    def open(cls, options: BaseModel, *, locations: Sequence[str], send: Sender) -> StoreConnector:
        from connectors.shopify.store import ShopifyStore  # noqa: PLC0415  (see above)

        return ShopifyStore.open(options, locations=locations, send=send)
