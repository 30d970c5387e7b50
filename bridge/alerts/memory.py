"""What was seen and told, in Redis, so that every worker knows. Losing it repeats what is open, once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bridge.core.alerts import Alert, ChannelState, Undelivered
from bridge.core.conditions import Mark
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.state.lease import Lease
from bridge.state.store import State


@dataclass(frozen=True)
class Memory:
    """alerts: by name. lines: channel → what it was told. marks: store → its oldest due mark."""

    alerts: Mapping[str, Alert] = field(default_factory=dict)
    lines: Mapping[str, ChannelState] = field(default_factory=dict)
    marks: Mapping[str, Mark] = field(default_factory=dict)

    @property
    def open(self) -> list[Alert]:
        return [alert for alert in self.alerts.values() if alert.ended is None]


def load_memory(state: State) -> Memory:
    kept = state.alert_memory()
    if kept is None:
        return Memory()
    alerts = {
        name: Alert(name, sentence, pack.at(began), _at(gone), _at(ended))
        for name, (sentence, began, gone, ended) in kept["alerts"].items()
    }
    lines = {}
    for name, row in kept["lines"].items():
        told = {alert: (pack.at(began), _at(ended)) for alert, (began, ended) in row["told"].items()}
        failure = None
        if row["trouble"]:
            why, since, tries, retry_at = row["trouble"]
            failure = Undelivered(why, pack.at(since), tries, pack.at(retry_at))
        lines[name] = ChannelState(told, failure)
    marks = {store: Mark(version, pack.at(since)) for store, (version, since) in kept["marks"].items()}
    return Memory(alerts, lines, marks)


def keep(state: State, memory: Memory, lease: Lease) -> None:
    """Write it to Redis. Raises LeaseLostError when another worker does the telling now."""
    alerts = {x.name: [x.sentence, pack.ms(x.began), _ms(x.gone), _ms(x.ended)] for x in memory.alerts.values()}
    lines = {
        name: {
            "told": {alert: [pack.ms(began), _ms(ended)] for alert, (began, ended) in line.told.items()},
            "trouble": [t.why, pack.ms(t.since), t.tries, pack.ms(t.retry_at)] if (t := line.failure) else None,
        }
        for name, line in memory.lines.items()
    }
    marks = {store: [mark.version, pack.ms(mark.since)] for store, mark in memory.marks.items()}
    text = pack.dumps({"alerts": alerts, "lines": lines, "marks": marks})
    state.commit(Change(puts=[(keys.ALERTS, keys.ALERT_MEMORY, text)]), lease)


def _ms(instant: datetime | None) -> int | None:
    return None if instant is None else pack.ms(instant)


def _at(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else pack.at(milliseconds)
