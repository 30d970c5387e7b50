"""What one look at the orders and edits of a store says, kept until its stock was read."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bridge.core.in_flight import Sent
from bridge.state import pack
from connectors.base import OrderLine
from connectors.skills import Unreadable

RECENT = 1_000
"""How many of the newest orders are remembered: reading windows overlap, so the next ones meet them again."""


@dataclass
class OrderNews:
    """What one reading of a store's orders and edits said, and what became of it."""

    whole: bool
    """Orders that the store shows late were looked for as well."""
    sent: Mapping[str, Collection[Sent]] = field(default_factory=dict)
    """Ref → writes in flight."""
    lines: dict[str, list[OrderLine]] = field(default_factory=lambda: defaultdict(list))
    """Ref → order lines that say something new."""
    newest: datetime | None = None
    """The newest change of an order, by the store's clock."""
    met: dict[str, int] = field(default_factory=dict)
    """Order → when it last changed."""
    unmet: set[str] = field(default_factory=set)
    """Listings that orders name and the SKU map did not know."""
    has_nameless: bool = False
    """An order that was not known before has a line that names neither a listing nor a SKU."""
    clock: datetime | None = None
    """The store's own time at its first answer."""
    edits: Mapping[str, Any] | None = None
    """Where the next reading of edits begins."""
    unreadable: Sequence[Unreadable] = ()
    """What the store could not show."""
    lag: timedelta = timedelta(0)
    """For how long a cache had kept the oldest answer."""
    to_reread: Mapping[str, str] = field(default_factory=dict)
    """Ref → version: what was marked as to be read when this began."""
    missed: Collection[str] = ()
    """Listings that the store lists and never showed."""
    unread: Collection[str] = ()
    """Listings that it was asked for in vain."""

    def seen(self, before: Mapping[str, int], since: datetime) -> dict[str, int]:
        """The orders that the next reading will meet again: those changed since then, at most `RECENT`, the newest."""
        known = {order: at for order, at in {**before, **self.met}.items() if at >= pack.ms(since)}
        return dict(sorted(known.items(), key=lambda entry: entry[1])[-RECENT:])
