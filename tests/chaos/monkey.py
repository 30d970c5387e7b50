"""What goes wrong, at moments that dice choose. Every event is seen to have happened before it is counted."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle, islice
from typing import Any

from connectors.testing.troubles import LOST

from .host import freeze, is_silent, kill, refuses, state_of, thaw, until
from .judge import Witness
from .world import SHOPS, WAREHOUSE, Life, World

LEAST = 3
"""How often each event comes, but for the one that takes long to get over."""

ASK = b"GET /_control/calls HTTP/1.1\r\nHost: a\r\n\r\n"
PING = b"PING\r\n"
Fault = tuple[str, Mapping[str, Any]]
"""Whose requests it strikes, and the settings of it."""

OF_WAREHOUSE: Mapping[str, tuple[str, ...]] = {
    "5xx": ("500", "503"), "answer lost": ("drop", "torn"), "a web page": ("html",), "JSON cut off": ("cut",),
    "no answer in time": ("stall",),
}  # fmt: skip


def faults(world: World) -> dict[str, list[Fault]]:
    """Event → what the sandboxes are told to do: each side's own, in turn, until there are enough."""
    storms = {shop: world.troubles[shop].storm for shop in SHOPS}
    deck: dict[str, list[Fault]] = {}
    for event in dict.fromkeys(name for storm in storms.values() for name in storm):
        found: list[Fault] = [(WAREHOUSE, {"kind": kind}) for kind in OF_WAREHOUSE.get(event, ())]
        found += [(shop, plan) for shop, storm in storms.items() for plan in storm.get(event, ())]
        deck[event] = found[-1:] if event == LOST else list(islice(cycle(found), max(LEAST, len(found))))
    return deck


@dataclass
class Monkey:
    """done: event → how often it happened. cures: what lasts → when it ends, and how."""

    world: World
    life: Life
    dice: random.Random
    witness: Witness
    done: Counter[str] = field(default_factory=Counter)
    planned: Counter[tuple[str, str]] = field(default_factory=Counter)
    cures: dict[str, tuple[float, Callable[[], None]]] = field(default_factory=dict)

    def rage(self) -> None:
        """The whole deck, and all is cured again at the end."""
        planned = faults(self.world)
        first = [partial(self.plant, LOST, *fault) for fault in planned.pop(LOST, ())]  # or its end is waited for
        deck = [partial(self.plant, name, *fault) for name, several in planned.items() for fault in several]
        deck += [partial(self.strike, name, act) for name, (times, act) in self._others().items() for _ in range(times)]
        self.dice.shuffle(deck)
        for event in (*first, *deck):
            event()
            self.rest(self.dice.uniform(0.3, 2.3))
        self.cure_all()
        until(self.all_struck, f"every fault of {dict(self.planned)} has struck", 180)
        until(self.all_left, "every worker that was told to end has ended", 120)

    def _others(self) -> dict[str, tuple[int, Callable[[], None]]]:
        return {
            "pool child killed": (5, self.kill_child),
            "worker killed": (4, self.kill_worker),
            "worker told to end": (3, self.end_worker),
            "beat killed": (3, self.kill_beat),
            "Redis killed, back with its file": (3, lambda: self.stop_redis(signal.SIGKILL, 0.5)),
            "Redis emptied": (3, self.empty_redis),
            "Redis refuses": (3, lambda: self.stop_redis(signal.SIGTERM, 6)),
            "Redis frozen": (3, self.freeze_redis),
            "warehouse frozen": (3, lambda: self.freeze(WAREHOUSE)),
            "shop frozen": (3, lambda: self.freeze(self._shop())),
            "warehouse refuses": (3, lambda: self.shut(WAREHOUSE)),
            "shop refuses": (3, lambda: self.shut(self._shop())),
        }

    def _shop(self) -> str:
        return self.dice.choice([*SHOPS])

    def strike(self, name: str, event: Callable[[], None]) -> None:
        event()
        self.done[name] += 1

    def rest(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            self.tend()
            for what in [what for what, (due, _) in self.cures.items() if due <= time.monotonic()]:
                self.cure(what)
            time.sleep(0.05)

    def tend(self) -> None:
        assert self.life.fault is None, self.life.fault
        self.world.tend()

    def cure(self, what: str) -> None:
        """End what lasts, if anything does."""
        _, heal = self.cures.pop(what, (0.0, lambda: None))
        heal()

    def cure_all(self) -> None:
        for what in tuple(self.cures):
            self.cure(what)

    def later(self, what: str, seconds: float, heal: Callable[[], None]) -> None:
        self.cures[what] = (time.monotonic() + seconds, heal)

    # -- processes -----------------------------------------------------------------------------------

    def kill_child(self) -> None:
        """While workers are starting there may be none, and one may end by itself."""
        while not (pool := self.world.pool()) or not kill(self.dice.choice(pool)):
            self.rest(0.1)

    def kill_worker(self) -> None:
        while True:
            self.tend()
            member = self.dice.choice(self.world.workers)
            member.end_group()
            if member.process.wait(60) == -signal.SIGKILL:
                return

    def end_worker(self) -> None:
        """As a host does that restarts it."""
        self.tend()
        member = self.dice.choice(self.world.workers)
        assert state_of(member.process.pid)
        self.world.tell_to_end(member)
        self.tend()

    def kill_beat(self) -> None:
        self.tend()
        assert self.world.beat
        assert kill(self.world.beat.process.pid)

    # -- Redis ---------------------------------------------------------------------------------------

    def stop_redis(self, how: signal.Signals, seconds: float) -> None:
        self.cure("redis")
        self.witness.look()
        self.world.redis.stop(how)
        self.later("redis", self.dice.uniform(seconds / 2, seconds), self.world.redis.start)

    def empty_redis(self) -> None:
        self.cure_all()  # or what is being shipped might wait for a shop that stands still
        epoch = self._epoch()
        with self.life.nothing_half_told():
            self.witness.keep()
            self.stop_redis(signal.SIGKILL, 0.5)
            self.world.redis.forget()
            self.cure("redis")
            assert self._epoch() is None or self._epoch() != epoch

    def _epoch(self) -> Any:
        return self.world.redis.client.hget("stockbridge:source", "\x00epoch")

    def freeze_redis(self) -> None:
        self.cure("redis")
        self.witness.look()
        pid, port = self.world.redis.pid, self.world.redis.port
        freeze(pid)
        self.later("redis", self.dice.uniform(2, 12), lambda: thaw(pid))
        assert is_silent(port, PING)

    # -- the other sides -----------------------------------------------------------------------------

    def freeze(self, name: str) -> None:
        self.cure(name)
        sandbox = self.world.sandboxes[name]
        freeze(sandbox.pid)
        self.later(name, self.dice.uniform(1, 6), lambda: thaw(sandbox.pid))
        assert is_silent(sandbox.door.behind, ASK)

    def shut(self, name: str) -> None:
        self.cure(name)
        door = self.world.sandboxes[name].door
        door.shut()
        self.later(name, self.dice.uniform(1, 6), door.open)
        until(lambda: refuses(door.port), f"{name} refuses connections")

    def plant(self, event: str, name: str, fault: Mapping[str, Any]) -> None:
        """Whether all have struck is seen at the end."""
        self.cure(name)
        self.world.sandboxes[name].client.do("fault", **fault)
        self.planned[name, fault["kind"]] += 1
        self.done[event] += 1

    def all_left(self) -> bool:
        self.tend()
        return not self.world.leaving

    def all_struck(self) -> bool:
        self.tend()
        time.sleep(0.5)
        struck = {name: sandbox.client.see("struck") for name, sandbox in self.world.sandboxes.items()}
        return all(struck[name].get(kind, 0) >= times for (name, kind), times in self.planned.items())
