"""What shops and their hosts do besides, and no promise makes an exception for: stamps in the future, writes that are
refused, a switch that is off."""

from collections.abc import Callable, Mapping
from functools import partial
from random import Random

from .harness import SimHarness

ORDER = ("future", "read-only", "firewall", "switch")
"""In which they are chosen from; others come after these."""


class Oddities:
    """acts: those of the shops' platforms, and a firewall. closed: stores of which it lets no write through."""

    def __init__(self, harness: SimHarness, dice: Random) -> None:
        self.harness, self.dice = harness, dice
        self.closed: set[str] = set()
        stores = harness.stores.values()
        own = {name: partial(act, dice) for store in stores for name, act in store.oddities.items()}
        acts: dict[str, Callable[[], str]] = {**own, "firewall": self.firewall}
        self.acts: Mapping[str, Callable[[], str]] = {
            name: acts[name] for name in dict.fromkeys((*ORDER, *acts)) if name in acts
        }

    def firewall(self) -> str:
        """It lets no write through, or lets them through again."""
        where = self.dice.choice((*self.harness.stores,))
        if where in self.closed:
            return self._open(where)
        self.closed.add(where)
        store = self.harness[where]
        store.sandbox.faults.add("status", status=403, on=store.troubles.write, times=-1)
        return f"{where}: a firewall refuses writes"

    def _open(self, where: str) -> str:
        self.closed.discard(where)
        faults = self.harness[where].sandbox.faults
        faults.queue = [fault for fault in faults.queue if fault.kind == "act" or fault.status != 403]
        return f"{where}: the firewall lets writes through"

    def end(self) -> None:
        """All is as it should be again."""
        for where in sorted(self.closed):
            self._open(where)
        for store in self.harness.stores.values():
            store.end_oddities()
