"""How instants, places and foreign text are written for people."""

from datetime import datetime
from typing import Any

from bridge.core import text
from bridge.core.health import spoken
from bridge.state import pack

stamp = text.stamp


def moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else pack.at(milliseconds)


def readable_time(text: str | None) -> str:
    """A moment of a report as `stamp` writes it."""
    return stamp(None if text is None else datetime.fromisoformat(text))


def ago(instant: datetime | None, now: datetime) -> str:
    return "never" if instant is None else f"{spoken(now - instant)} ago"


def iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def place(location: str) -> str:
    """The end of a location's id is what tells it from the others."""
    return location.rpartition("/")[2]


def units(value: Any) -> str:
    """Units of the history: a number, or a number per warehouse."""
    if isinstance(value, dict):
        return " ".join(f"{warehouse}:{count}" for warehouse, count in sorted(value.items())) or "none"
    return str(value)


def of_webhooks(told: dict[str, Any] | None, now: datetime) -> str | None:
    """What `status` says of a store's webhooks; None: nobody had them registered."""
    if told is None:
        return None
    last = max(told["topics"].items(), key=lambda x: x[1] or "", default=None)
    heard = "nothing delivered yet" if last is None else f"last {ago(datetime.fromisoformat(last[1]), now)} ({last[0]})"
    said = f"{told['active']} topics, {heard}"
    if told["restored"]:
        said += f"; {told['restored']} dropped by the store and put back {readable_time(told['restored_at'])}"
    return f"{said}; not put back: {told['error']}" if told["error"] else said
