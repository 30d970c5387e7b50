"""One go at a pull: what its steps share."""

from dataclasses import dataclass, replace

from bridge.core.unfinished import Unfinished
from bridge.state import pulled
from bridge.state.change import Change
from bridge.state.lease import Lease
from bridge.sync.context import SourceSession, SyncContext
from bridge.sync.pull.doubts import RowStore


@dataclass
class Run:
    """This go at a pull. changed: levels that moved something in it, rows: met by it."""

    context: SyncContext
    lease: Lease
    source: SourceSession
    rows: RowStore
    changed: int = 0
    met: int = 0
    polled: int = 0

    def save(self, pull: Unfinished, *, more: Change | None = None) -> Unfinished:
        change = more or Change()
        pull = replace(pull, touched=self.context.now())
        pulled.put(change, pull)
        self.context.state.commit(change, self.lease)
        return pull
