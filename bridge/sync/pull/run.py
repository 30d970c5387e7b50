"""One call of `pull`: what its steps share."""

from dataclasses import dataclass

from bridge.core.blocks import Blocks
from bridge.core.model import Level
from bridge.core.unfinished import Unfinished
from bridge.state import pulled
from bridge.state.change import Change
from bridge.state.lease import Lease
from bridge.sync.context import SourceSession, SyncContext
from bridge.sync.pull.doubts import RowStore
from connectors.values import replace


@dataclass
class Run:
    """One call of `pull`, which may be the third of a long pull. changed: levels that moved some stock; rows_read: rows
    of the warehouse; polled: requests of its last poll for changes. met: all that a whole pull has met, where this
    call began it and they are levels; None otherwise, and once a poll beside it may have stored rows that it meets."""

    context: SyncContext
    lease: Lease
    source: SourceSession
    row_store: RowStore
    changed: int = 0
    rows_read: int = 0
    polled: int = 0
    met: Blocks[Level] | None = None

    def save(self, pull: Unfinished, *, more: Change | None = None) -> Unfinished:
        """Commit the place of the pull, together with `more`."""
        change = more or Change()
        pull = replace(pull, touched=self.context.now())
        pulled.put(change, pull)
        self.context.state.commit(change, self.lease)
        return pull
