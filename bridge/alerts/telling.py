"""One look: what holds now, what of it is new, and who is told."""

from collections.abc import Iterable, Mapping
from contextlib import suppress

from bridge import log
from bridge.alerts.channel import Channel, NotDeliveredError
from bridge.alerts.gather import bounds, due_marks, facts
from bridge.alerts.memory import Memory, keep, load_memory
from bridge.core.alerts import ChannelState, delivered, drop_delivered, failed, undelivered, update_alerts
from bridge.core.conditions import conditions
from bridge.errors import LeaseLostError
from bridge.sync.context import SyncContext
from connectors.values import replace

EVERY = 15.0
"""Seconds between two looks."""

LONGEST = 90
"""Seconds for one look under a worker: no channel takes as long, unless its other side means harm."""

LEASE = "alerts"


def look(context: SyncContext, channels: Mapping[str, Channel]) -> None:
    """Tell every channel what it has not been told yet. One that fails is tried again by a later look. Nothing is done
    while another worker looks."""
    if not channels:
        return
    with context.lease(LEASE) as lease, suppress(LeaseLostError):
        if lease is None:
            return
        memory = seen(context, load_memory(context.state), channels)
        keep(context.state, memory, lease)
        for name, channel in channels.items():
            line = _told(context, memory, name, channel)
            if line is not None:
                memory = replace(memory, lines={**memory.lines, name: line})
                keep(context.state, memory, lease)


def seen(context: SyncContext, before: Memory, channels: Iterable[str]) -> Memory:
    """What is known after one more look, of the channels there are now. A new one is told of all that is open."""
    lines = {name: before.lines.get(name, ChannelState()) for name in channels}
    marks = due_marks(context, before.marks)
    found = conditions(facts(context, marks), bounds(context), context.now())
    return Memory(drop_delivered(update_alerts(before.alerts, found, context.now()), lines.values()), lines, marks)


def _told(context: SyncContext, memory: Memory, name: str, channel: Channel) -> ChannelState | None:
    """Tell a channel what it was not told yet → the channel afterwards; None when there is nothing to tell, or it is
    too early to try again."""
    line, now = memory.lines[name], context.now()
    message = undelivered(memory.alerts, line.told, now)
    if not message or (line.failure is not None and now < line.failure.retry_at):
        return None
    why = None
    try:
        channel.send(message)
    except NotDeliveredError as fault:
        why = str(fault)
    except Exception as fault:  # noqa: BLE001  (a channel's bug is its own business: the others are told all the same)
        log.get().error("bug", exc_info=fault)
        why = f"{type(fault).__name__} in the channel: see the log"
    if why is not None:
        context.emit("alert not delivered", channel=name, error=why)
        return failed(line, why, now)
    context.emit("alert", channel=name, began=[x.name for x in message.began], over=[x.name for x in message.over])
    return delivered(memory.alerts)
