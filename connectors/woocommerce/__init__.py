"""WooCommerce, over its REST API wc/v3. Rights, limits and quirks: README.md beside this file."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import BaseModel

from connectors.base import Capabilities, Sender, StoreConnector
from connectors.woocommerce.capabilities import CAPABILITIES
from connectors.woocommerce.options import Options as WooCommerceOptions


class WooCommerceConnector:
    """What the entry point names. The store itself is imported when the first one is opened: it brings the libraries
    that speak to it, and most commands ask no store."""

    Options: ClassVar[type[BaseModel]] = WooCommerceOptions
    capabilities: ClassVar[Capabilities] = CAPABILITIES

    @classmethod
    def open(cls, options: BaseModel, *, locations: Sequence[str], send: Sender) -> StoreConnector:
        from connectors.woocommerce.store import WooCommerceStore  # noqa: PLC0415  (see above)

        return WooCommerceStore.open(options, locations=locations, send=send)
