"""A whole cycle that a person asks for, and the exit code that says how everything is after it."""

from collections.abc import Sequence

from bridge.ops import steer
from bridge.ops.health import health_of
from bridge.sync import cycle
from bridge.sync.context import SyncContext
from bridge.sync.cycle import Cycle
from bridge.sync.report import PAUSED


def run_cycle(
    context: SyncContext, stores: Sequence[str] | None = None, *,
    full: bool = False, dry: bool = False, confirm_absent: bool = False, by: str = steer.SOMEBODY,
) -> Cycle:  # fmt: skip
    """Pull, read, push inline → what was done, with its exit code: 1 a person is needed, before 75 time is. After a dry
    cycle, which leaves everything due, only what it met counts. confirm_absent: what full lists leave out is really
    gone, says `by`. The rest as in `sync.cycle.pull_read_push`."""
    full = not context.state.ensure_whole() or full
    for store in (stores or context.stores) if confirm_absent and full else ():
        steer.confirm_absent(context, store, by)
    done = cycle.pull_read_push(context, stores, full=full, dry=dry, confirm_absent=confirm_absent)
    codes = {done.source_code, 0 if dry else health_of(context, done.stores).code}
    for store, report in done.stores.items():
        if report.error != PAUSED:
            stays = not (dry or context.rules(store).shadow) and (report.deferred or report.waiting)
            codes.add(1 if report.held or report.operator else 75 if report.error or stays else 0)
    done.code = min(codes - {0}, default=0)
    return done
