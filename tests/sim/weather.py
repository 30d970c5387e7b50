"""What goes wrong: on the wire, in Redis, with clocks. Every fault is a sentence, so that a trace can be read."""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

import redis as redis_package

from bridge.state import keys

from .harness import SimHarness

SOURCE = ("500", "502", "503", "429", "html", "object", "cut", "torn", "stall", "drop")


NOTES = 0.4
"""Of the keys that Redis loses, those that are no truth."""


class Weather:
    """late: writes may land after their senders gave up. notes: dice for what is lost that is no truth; None: none."""

    def __init__(
        self, harness: SimHarness, dice: Random, raw: redis_package.Redis, *, late: bool, notes: Random | None
    ) -> None:
        self.harness, self.dice, self.raw, self.late, self.notes = harness, dice, raw, late, notes
        self.broken: set[str] = set()
        self.copy: tuple[dict[Any, Any], dict[str, float]] | None = None

    # -- on the wire -----------------------------------------------------------------------------------

    def strike(self) -> str:
        """One fault, soon."""
        where = self.dice.choice(("source", *(store for store in self.harness.stores for _ in range(2))))
        skip, times = self.dice.randint(0, 4), self.dice.choice((1, 1, 2, 8))
        if where == "source":
            kind = self.dice.choice(SOURCE)
            self.harness.source.faults.add(kind, times=times, skip=skip)
            return f"source: {kind} ×{times} after {skip}"
        plan = self._plan(where)
        self.harness[where].sandbox.faults.add(**plan, skip=skip if plan["on"] is None else 0, times=times)
        return f"{where}: {plan} ×{times} after {skip}"

    def _plan(self, where: str) -> dict[str, Any]:
        can = self.harness[where].troubles
        if self.late and self.dice.random() < 0.6:
            return {**self.dice.choice(can.late), "on": can.write}
        if can.partly and self.dice.random() < 0.2:
            return {**self.dice.choice(can.partly), "on": can.write}
        on = self.dice.choice((None, can.write, can.write))
        return {**self.dice.choice(can.passing), "on": on}

    @property
    def strains(self) -> list[Callable[[], str | None]]:
        """What only shops of one platform suffer from."""
        stores = self.harness.stores.values()
        return [partial(strain, self.dice) for store in stores for strain in store.strains.values()]

    def break_down(self) -> str:
        """Something that lasts until it is mended."""
        where = self.dice.choice(("source", *self.harness.stores))
        if where in self.broken:
            return self.mend(where)
        self.broken.add(where)
        how = self.dice.choice(("down", "key"))
        if where == "source":
            self._break_source(how)
        elif how == "down":
            self.harness[where].go_down()
        else:
            self.harness[where].revoke()
        return f"{where}: {how} until mended"

    def _break_source(self, how: str) -> None:
        if how == "down":
            self.harness.source.faults.add("drop", times=1_000_000)
        else:
            self.tokens, self.harness.source.tokens = self.harness.source.tokens, {}

    def mend(self, where: str) -> str:
        self.broken.discard(where)
        if where == "source":
            self.harness.source.faults.clear()
            self.harness.source.tokens = self.harness.source.tokens or self.tokens
        else:
            self.harness[where].restore()
        return f"{where} works again"

    def clear(self) -> None:
        for where in ("source", *self.harness.stores):
            self.mend(where)

    def land(self) -> str | None:
        where = self.dice.choice((*self.harness.stores,))
        sandbox = self.harness[where].sandbox
        if not sandbox.late:
            return None
        sandbox.land()
        return f"{where}: what was under way lands"

    # -- Redis -----------------------------------------------------------------------------------------

    def remember(self) -> str:
        names = sorted(self.raw.keys("*"))
        with self.raw.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.dump(name)
            dumped = dict(zip(names, pipe.execute(), strict=True))
        self.copy = dumped, dict(self.harness.board.expires)
        return "Redis is copied"

    def put_back(self) -> str | None:
        """Redis restarts with an old copy of itself."""
        if self.copy is None:
            return None
        dumped, expires = self.copy
        with self.raw.pipeline() as pipe:
            pipe.flushdb()
            for name, value in dumped.items():
                pipe.restore(name, 0, value)
            pipe.execute()
        self.harness.board.expires = dict(expires)
        return "Redis is put back"

    def lose(self) -> str:
        if self.dice.random() < 0.4:
            self.raw.flushdb()
            return "Redis loses everything"
        tills = (f"{keys.TILL}{name}" for name in self.harness.context.settings.inbound)
        names = (*self.harness.stores, *tills)
        key = self.dice.choice(keys.truth(names))
        if self.notes is not None and self.notes.random() < NOTES:
            key = self.notes.choice(keys.rest(names))
        self.raw.delete(key)
        return f"Redis loses {key}"

    # -- clocks ----------------------------------------------------------------------------------------

    def skew(self) -> str:
        name = self.dice.choice(sorted(self.harness.watches))
        self.harness.watches[name].ahead = ahead = self.dice.choice((-5.0, -3.0, -1.0, 0.0, 2.0, 4.0))
        return f"the clock of {name} is off by {ahead:+.0f} s"
