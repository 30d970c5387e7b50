"""The webhooks that a store keeps for us: whether they are as they were registered, and what people hear of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from connectors.skills import Subscription

NEWS = timedelta(days=1)
"""So long people hear that webhooks had to be put back."""


class Registered(Struct, frozen=True):
    """That a person had a store's webhooks registered: for which address, who, and since when. checked_at: when the
    store was last asked whether it still has them. active: how many it has. restored: how many were put back the last
    time any had to be, and restored_at when. error: why they could not be."""

    address: str
    by: str
    since: datetime
    checked_at: datetime
    active: int = 0
    restored: int = 0
    restored_at: datetime | None = None
    error: str | None = None

    def sentence(self, store: str) -> str | None:
        """Why they cannot be put back, and how to end it; None: they are there."""
        if self.error is None:
            return None
        how = f"`stockbridge webhooks {store} --register` tries at once, --remove goes on without"
        return f"its webhooks cannot be put back: {self.error}; {how}. Until then it is polled, as before"

    def news(self, store: str, now: datetime) -> str | None:
        """That some had to be put back a short while ago, and what may have made it; None: none had."""
        if self.restored_at is None or now - self.restored_at >= NEWS:
            return None
        had = "1 webhook was" if self.restored == 1 else f"{self.restored} webhooks were"
        return (
            f"{had} dropped or disabled by the store, and put back. Shops do that after deliveries that nobody"
            f" answered: see that `stockbridge web` is reached, and what it tells at /stores/{store}/webhooks"
        )


def missing(kept: Sequence[Subscription], topics: Sequence[str], address: str) -> list[str]:
    """Topics that the store does not deliver to an address: dropped, disabled, or delivered elsewhere."""
    delivered = {each.topic for each in kept if each.is_active and each.address == address}
    return [topic for topic in topics if topic not in delivered]
