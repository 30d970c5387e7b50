"""The state's connection: who works under it, what Redis allows, and its end."""

from collections.abc import Iterable
from contextlib import AbstractContextManager

import redis

from bridge.state import lease, rights, unreleased
from bridge.state.lease import Lease


class Access:
    """A part of `State`."""

    db: redis.Redis

    def ping(self) -> None:
        """Raises StateError while Redis does not answer."""
        self.db.ping()

    def close(self) -> None:
        """Close every connection; they are opened anew when something is asked for."""
        self.db.connection_pool.disconnect()

    def leased(self, name: str) -> AbstractContextManager[Lease | None]:
        """Hold a lease for a block. None: somebody else holds it, and the block should leave the work to them."""
        return lease.leased(self.db, name)

    def give_back(self, names: Iterable[str]) -> None:
        """Give back leases that this process still holds, when it ends in the middle of something."""
        lease.give_back(self.db, names)

    def give_back_unheld(self) -> bool:
        """Give back leases and marks of this process that Redis did not take back when it was done with them → whether
        it took all. Raises nothing."""
        return all([lease.give_back_unheld(self.db), unreleased.release_rest(self.db)])

    def missing_rights(self) -> str | None:
        """One sentence on what Redis refuses its user; None: nothing."""
        return rights.missing_rights(self.db)

    def refusal_of_writes(self) -> str | None:
        """One sentence while Redis lets itself be read and takes no writes; None: it takes them."""
        return rights.refusal_of_writes(self.db)

    def about(self) -> dict[str, str]:
        """Which server it is, how much memory it uses, and how much it may; "" where it does not tell."""
        return rights.about(self.db)

    def eviction(self) -> str | None:
        """One sentence when Redis may throw away keys, or does not tell; None: it keeps them."""
        return rights.eviction(self.db)
