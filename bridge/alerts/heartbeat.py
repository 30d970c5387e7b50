"""`[heartbeat] url`: called about once a minute while pull, worker and beat are fresh. Who is called alarms when that
stops, whatever the reason: a bridge that stands still cannot say so itself."""

from bridge.alerts.channel import NotDeliveredError
from bridge.ops.freshness import of_flow
from bridge.state import work_queue
from bridge.sync.context import SyncContext

EVERY = 60.0
"""Seconds, at least, between two calls, of whichever worker."""

WORK = "heartbeat"
REMEDY = "copy the address again from whoever watches it"


def may_be_time(context: SyncContext) -> bool:
    """Whether a call should be asked for now."""
    return context.settings.heartbeat.url is not None and not work_queue.was_time(context.state, WORK)


def tell(context: SyncContext) -> None:
    """Call it if it is time and nothing stands still. A call that fails is not repeated before the next minute."""
    from bridge.alerts.call import call  # noqa: PLC0415  (only whoever tells people needs HTTP)

    url = context.settings.heartbeat.url
    if url is None or not work_queue.is_time(context.state, WORK, EVERY):
        return
    now = context.now()
    if late := [f"{name}: {seen.sentence(now)}" for name, seen in of_flow(context).items() if not seen.is_fresh(now)]:
        context.emit("heartbeat withheld", why="; ".join(late))
        return
    try:
        with context.heartbeat.waiting():
            call("The address of [heartbeat]", "GET", url, remedy=REMEDY)
    except NotDeliveredError as fault:
        context.emit("heartbeat not delivered", error=str(fault))
