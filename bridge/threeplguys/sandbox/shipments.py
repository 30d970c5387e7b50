"""Shipments to the warehouse: announced, moved on by its people, and stocked when they have arrived."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bridge.threeplguys.sandbox.things import Item, RefusedError

INBOUND = ("inbound-container", "inbound-spd", "inbound-ltl")
ENDS = ("received", "forwarded", "cancelled", "rejected")
STOCKED = ("received", "forwarded")
STATUSES = ("draft", "pending", "confirmed", "processing", "pending_cancel", *ENDS)


@dataclass(slots=True)
class Shipment:
    """units: product id → pieces."""

    id: str
    type: str
    status: str
    warehouse: str
    units: Mapping[str, int]
    created_at: datetime
    updated_at: datetime
    notes: str = ""
    odd: Mapping[str, object] = field(default_factory=dict)


class Stock(Protocol):
    """What of the warehouse shipments need; see there."""

    def now(self) -> datetime: ...
    def place_of(self, warehouse: str = "") -> str: ...
    def known(self, product: str) -> Item: ...
    def receive(self, product: str, units: int, warehouse: str = "") -> Item: ...


class Shipments:
    """Those of one account, by id, oldest first."""

    def __init__(self, world: Stock) -> None:
        self._world = world
        self.by_id: dict[str, Shipment] = {}

    def add(
        self, units: Mapping[str, int], type: str = INBOUND[0], status: str = "pending", warehouse: str = "",  # noqa: A002
        notes: str = "",
    ) -> Shipment:  # fmt: skip
        """Announce one. units: product → pieces."""
        if type not in INBOUND or status not in STATUSES or status in ENDS:
            raise RefusedError("No such shipment can be announced")
        now, at = self._world.now(), self._world.place_of(warehouse)
        pieces = {self._world.known(product).id: count for product, count in units.items()}
        made = Shipment(str(len(self.by_id) + 1), type, status, at, pieces, now, now, notes)
        self.by_id[made.id] = made
        return made

    def move(self, shipment: str, status: str) -> Shipment:
        """Its next status. What was received, or forwarded to the shelves, is in stock from then on."""
        found = self.known(shipment)
        if found.status in ENDS or status not in STATUSES:
            raise RefusedError(f"A shipment that is {found.status} cannot become {status}")
        found.status, found.updated_at = status, self._world.now()
        for product, count in found.units.items() if status in STOCKED else ():
            self._world.receive(product, count, found.warehouse)
        return found

    def garble(self, shipment: str, **odd: object) -> Shipment:
        """From now on its row says these fields so; nothing: the truth again."""
        found = self.known(shipment)
        found.odd = odd
        return found

    def known(self, shipment: str) -> Shipment:
        if shipment not in self.by_id:
            raise RefusedError("Shipment not found")
        return self.by_id[shipment]

    def listing(self, query: Mapping[str, str]) -> Sequence[Shipment]:
        """Those of a type and a status, where these are asked for; the newest first."""
        return [
            x
            for x in reversed(self.by_id.values())
            if query.get("type", x.type) == x.type and query.get("status", x.status) == x.status
        ]
