"""Rolling back a run, which takes as long as its store does: one at a time, in a thread, while the page says how far it
is. What is done is what was shown."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock, Thread

from bridge import log
from bridge.errors import BridgeError
from bridge.ops import rollback
from bridge.ops.rollback import Past, Undo
from bridge.state.change import ConflictError
from bridge.sync.context import SyncContext

KEPT = 20
"""Rollbacks that are remembered; of older ones the history tells."""

BUSY = "Another rollback is under way; wait until it is done."
BROKEN = "Something is wrong in this server; the log says what. Look at what the stores show, and preview again."


@dataclass
class Rollback:
    """One rollback. step: "reads" the stores for its preview, "seen" once that is there, "writes", or "done". token:
    names this preview. fault: why it came to no end, in a sentence."""

    past: Past
    stores: Sequence[str]
    by: str
    step: str = "reads"
    token: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    seen: Sequence[Undo] = ()
    done: Sequence[Undo] = ()
    fault: str = ""

    @property
    def at_work(self) -> bool:
        return self.step in ("reads", "writes")


class Rollbacks:
    """Those that this process was asked for. changed: called whenever one has got on."""

    def __init__(self, context: SyncContext, changed: Callable[[], None]) -> None:
        self._context, self._changed = context, changed
        self._found: dict[str, Rollback] = {}
        self._lock = Lock()

    def of(self, run: str) -> Rollback | None:
        return self._found.get(run)

    def preview(self, past: Past, by: str) -> str:
        """Begin to read what could be put back. Returns why not, "" where it has begun."""
        stores = [store for store in self._context.stores if past.writes.get(store)]
        with self._lock:
            if any(x.at_work for x in self._found.values()):
                return BUSY
            self._found.pop(past.run, None)
            self._found[past.run] = found = Rollback(past, stores, by)
            for run in list(self._found)[:-KEPT]:
                del self._found[run]
        log.emit("action", act="preview", undoes=past.run, by=by)
        self._start(found, self._read)
        return ""

    def put_back(self, run: str, token: str, by: str) -> str:
        """Begin to put back what a preview showed. Returns why not, "" where it has begun."""
        with self._lock:
            found = self._found.get(run)
            if found is None or found.token != token or found.step != "seen":
                return "That preview is no longer the last one, so nothing was done. Look at it again."
            if any(x.at_work for x in self._found.values()):
                return BUSY
            found.step, found.by = "writes", by
        log.emit("action", act="rollback", undoes=run, by=by)
        self._start(found, self._write)
        return ""

    def _start(self, found: Rollback, work: Callable[[Rollback], None]) -> None:
        def worked() -> None:
            try:
                work(found)
            except (BridgeError, ConflictError) as fault:
                found.fault, found.step = str(fault), "done"
            except Exception as fault:  # noqa: BLE001  (a bug: the log has it, and the page says so)
                found.fault, found.step = BROKEN, "done"
                log.get().error("rollback failed", run=found.past.run, error=type(fault).__name__, exc_info=fault)
            self._changed()

        Thread(target=worked, name="rollback", daemon=True).start()

    def _read(self, found: Rollback) -> None:
        run, writes = found.past.run, found.past.writes
        found.seen = [rollback.preview(self._context, run, store, writes[store]) for store in found.stores]
        found.step = "seen"

    def _write(self, found: Rollback) -> None:
        run, writes, by = found.past.run, found.past.writes, f"the rollback of run {found.past.run} by {found.by}"
        for seen in found.seen:
            only = {decision.stock_key for decision in seen.back}
            if only:
                made = rollback.roll_back(self._context, run, seen.store, writes[seen.store], by=by, only=only)
                found.done = [*found.done, made]
        log.emit("rollback done", undoes=run, by=found.by, items=sum(x.report.applied for x in found.done))
        found.step = "done"
