"""Any shop with the Inventory Update API: numbers can be sent, and none can be read. See README.md beside this file."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import BaseModel

from connectors.base import Capabilities, Sender, StoreConnector
from connectors.inventory_api.capabilities import CAPABILITIES
from connectors.inventory_api.options import Options as InventoryOptions


class InventoryConnector:
    """What the entry point names. The store itself is imported when the first one is opened: it brings the libraries
    that speak to it, and most commands ask no store."""

    Options: ClassVar[type[BaseModel]] = InventoryOptions
    capabilities: ClassVar[Capabilities] = CAPABILITIES

    @classmethod
    def open(cls, options: BaseModel, *, locations: Sequence[str], send: Sender) -> StoreConnector:
        from connectors.inventory_api.store import InventoryStore  # noqa: PLC0415  (see above)

        return InventoryStore.open(options, locations=locations, send=send)
