"""Alerts: what of the conditions that are met people have not been told yet.

A condition becomes an alert when it is met, and is over when it has not been met for SETTLED, so that what comes and
goes is told once. Every channel remembers for itself what it was told; what it owes is the difference.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bridge.core.backoff import backoff
from bridge.core.conditions import one_line
from bridge.core.health import spoken
from connectors.values import replace

OVER = timedelta(minutes=10)
"""What returns within this time is the same alert."""

RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Alert:
    """sentence: as it was when it began. gone: since when its condition is not met. ended: when it was over, None
    while it is open."""

    name: str
    sentence: str
    began: datetime
    gone: datetime | None = None
    ended: datetime | None = None

    @property
    def stamp(self) -> "Stamp":
        return self.began, self.ended


Stamp = tuple[datetime, datetime | None]
Alerts = Mapping[str, Alert]
Delivered = Mapping[str, Stamp]


def update_alerts(alerts: Alerts, found: Mapping[str, str], now: datetime) -> dict[str, Alert]:
    """Alerts as they are after one more look. Those that are over stay until `drop_delivered`."""
    fresh = {}
    for name, sentence in found.items():
        last = alerts.get(name)
        fresh[name] = Alert(name, sentence, now) if last is None or last.ended else replace(last, gone=None)
    for name, last in alerts.items():
        if name not in found:
            gone = last.gone or now
            fresh[name] = replace(last, gone=gone, ended=last.ended or (gone if now - gone >= OVER else None))
    return fresh


@dataclass(frozen=True, slots=True)
class Message:
    """What one channel is told at once. over: also what came and went while the channel could not be reached."""

    at: datetime
    began: Sequence[Alert] = ()
    over: Sequence[Alert] = ()

    def __bool__(self) -> bool:
        return bool(self.began or self.over)

    @property
    def subject(self) -> str:
        if len(self.began) + len(self.over) == 1:
            return f"Stockbridge: {(*self.began, *self.over)[0].name} {'began' if self.began else 'is over'}"
        return f"Stockbridge: {len(self.began)} alerts began, {len(self.over)} are over"

    @property
    def text(self) -> str:
        began = [f"[began] {x.sentence} ({x.name})" for x in self.began]
        over = [f"[over after {spoken((x.ended or self.at) - x.began)}] {x.sentence} ({x.name})" for x in self.over]
        return "\n".join((self.subject, *began, *over))

    def as_dict(self) -> dict[str, object]:
        """For programs: times are ISO 8601."""
        return {
            "text": self.text, "at": self.at.isoformat(),
            "began": [_row(x) for x in self.began], "over": [_row(x) for x in self.over],
        }  # fmt: skip


def _row(alert: Alert) -> dict[str, str | None]:
    ended = alert.ended.isoformat() if alert.ended else None
    return {"name": alert.name, "sentence": alert.sentence, "began": alert.began.isoformat(), "ended": ended}


# -- what a channel owes -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Undelivered:
    """Why a channel fails, since when, how often in a row, and when it is tried again."""

    why: str
    since: datetime
    tries: int
    retry_at: datetime


@dataclass(frozen=True, slots=True)
class ChannelState:
    """One channel. told: name → the alert as it was told last."""

    told: Delivered = field(default_factory=dict)
    failure: Undelivered | None = None


def undelivered(alerts: Alerts, told: Delivered, now: datetime) -> Message:
    """What a channel that was told so much has to be told: the newest state, however long it was away."""
    told_open = {name for name, (_, ended) in told.items() if ended is None}
    began = [x for x in alerts.values() if x.ended is None and x.name not in told_open]
    over = [x for x in alerts.values() if x.ended is not None and told.get(x.name) != x.stamp]
    return Message(now, began, over)


def delivered(alerts: Alerts) -> ChannelState:
    return ChannelState({name: alert.stamp for name, alert in alerts.items()})


def failed(line: ChannelState, why: str, now: datetime) -> ChannelState:
    """Nothing counts as told; the pauses grow."""
    last = line.failure
    tries = last.tries + 1 if last else 1
    pause = backoff(RETRY, tries, LONGEST_RETRY)
    return replace(line, failure=Undelivered(one_line(why), last.since if last else now, tries, now + pause))


def drop_delivered(alerts: Alerts, lines: Iterable[ChannelState]) -> dict[str, Alert]:
    """Without those that are over and of which every channel knows it."""
    lines = list(lines)
    return {
        name: x
        for name, x in alerts.items()
        if x.ended is None or any(line.told.get(name) != x.stamp for line in lines)
    }
