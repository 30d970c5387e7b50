"""The end of a seed: nothing goes wrong any more, and every number must come right by itself."""

from collections.abc import Callable
from typing import Any

from bridge.ops import steer
from bridge.status_report import gather
from bridge.sync.context import SyncContext
from bridge.sync.pull.prune import EVERY

from .acts import receive
from .engine import ViolationError
from .passing import Passing
from .shelf import SILENT

TIDIED = EVERY.total_seconds() + 100


class Ending:
    """play: see `Play`."""

    def __init__(self, play: Any) -> None:
        self.play, self.stores = play, play.stores

    def quiet(self) -> None:
        """Nothing goes wrong any more and everything is told: then every number must come right by itself."""
        self.play.tell("-- quiet")
        self.play.board.passing = Passing()
        self.play.stalls.wake()
        self.play.queue = [message for message in self.play.queue if message[0] not in ("undo", "decide")]
        for store in self.stores:
            self.play.operators.resume(store)
            self.play.harness[store].sandbox.land()
        self.play.weather.clear()
        self.play.grants.end()
        self.play.hooks.end()
        for store in self.stores:
            self.play.harness[store].end_strains()
        self.play.touched = self.play.world.now
        self.play.machines.end(self.cycle)
        self.play.besides.end()
        self.play.world.tell_all()
        self.play.tills.end()
        self.play.touched = self.play.world.now
        self.cycles(1000, self.play.judge.is_clear)
        self.play.judge.early(self.play.process.context)
        world = self.play.world
        if world.shelf:
            self.fall_silent()
        self.overwrite()
        if world.untold or world.unlisted or self.play.process.context.state.bad_rows():  # seen once a day, and in time
            self.cycles(26 * 3600, self.play.judge.is_clear)
        self.cycles(100 * 3600, self.play.judge.is_right)
        if not self.play.judge.is_right(
            self.play.process.context
        ):  # a shipment learned of only now expires with the next tidying
            self.cycles(TIDIED, self.play.judge.is_right)
        if self.play.judge.waits_for_a_person(self.play.process.context):
            self.help()
        self.play.hooks.are_answered()
        self.play.judge.final(gather(self.play.process.context))

    def fall_silent(self) -> None:
        """The till reports nothing, and something arrives: people are told, and the judge sees what is increased."""
        self.play.tills.broken = True
        self.cycle(SILENT + 60)
        receive(self.play.world)
        for _ in range(2):
            self.cycle(60)
        if gather(self.play.process.context)["light"] == "green":
            raise ViolationError("green, and the till is silent")
        self.play.tills.end()

    def overwrite(self) -> None:
        """People type numbers into stores that cannot be read, and are sent everything again each day."""
        world = self.play.world
        for store in sorted(world.unread):
            if self.play.harness[store].repeats:
                world.overwritten.add(store)
                for sku in sorted({x.sku for x in world.listings if x.store == store}):
                    self.play.harness[store].edit(sku, world.dice.randint(0, 15))

    def cycles(self, seconds: float, until: Callable[[SyncContext], bool]) -> None:
        """After a long pause, cycles until all is well; the judge says what is not."""
        for pause in (seconds, *(35.0,) * 6):
            self.cycle(pause)
            if until(self.play.process.context):
                return

    def help(self) -> None:
        for store in self.stores:
            steer.release(self.play.process.context, store)
            self.play.do(("resync", (store,)))
        self.cycles(35, self.play.judge.is_right)

    def cycle(self, seconds: float) -> None:
        self.play.advance(seconds)
        self.play.queue.append(("tick", ()))
        while self.play.queue:
            self.play.do(self.play.queue.pop(0))
