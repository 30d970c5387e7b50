"""Whether a part of the bridge did its work lately."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.core.health import spoken


@dataclass(frozen=True, slots=True)
class LastSeen:
    """at: when it last did its work; None: never. within: how old that may be."""

    at: datetime | None
    within: timedelta

    def is_fresh(self, now: datetime) -> bool:
        """An instant far ahead was noted before the clock was set back, and proves nothing."""
        return self.at is not None and abs(now - self.at) <= self.within

    def sentence(self, now: datetime) -> str:
        if self.at is None:
            return "never seen"
        ahead = self.at - now
        if ahead > self.within:
            return f"last seen {spoken(ahead)} from now, before the clock was set back"
        return f"last seen {spoken(-ahead)} ago"
