"""What a person does at a terminal: whole cycles inline, a look without writing, and the undoing of a run."""

from collections.abc import Mapping
from contextlib import suppress
from random import Random
from typing import Any

from bridge.errors import LeaseLostError
from bridge.ops import rollback, steer
from bridge.ops.cycle import run_cycle
from bridge.state import keys

from .checks import Judge
from .engine import Process
from .light import Light

CYCLES: Mapping[str, Mapping[str, Any]] = {
    "plain": {}, "full": {"full": True}, "dry": {"dry": True}, "main": {"stores": ["main"]},
    "outlet": {"stores": ["outlet"]},
}  # fmt: skip


class People:
    def __init__(self, judge: Judge, dice: Random) -> None:
        self.judge, self.board, self.dice = judge, judge.board, dice
        self.light = Light(judge.world, strict=judge.strict)

    def sync(self, how: str) -> None:
        """`stockbridge sync`. What proves an increase is then of this cycle."""
        process = self.board.running
        process.cycle = self.board.now()
        try:
            if how == "dry":
                with self.judge.only_looks(self.judge.world.harness.context):
                    run_cycle(process.context, dry=True)
            else:
                self._whole(process, **CYCLES[how])
        finally:
            process.cycle = None

    def _whole(self, process: Process, **how: Any) -> None:
        """Exit code 0 is taken at its word."""
        strike = process.strike
        done = run_cycle(process.context, **how)
        process.strike, left = None, process.strike
        if done.code == 0:
            alone = left == strike and self._read_all(process)
            self.light.is_right(done.stores, undisturbed=alone)
        process.strike = left

    def _read_all(self, process: Process) -> bool:
        """Whether this cycle has itself read every store, and no other worker is with one: of what a store sells
        that cannot be read the others learn later."""
        state, began, read = self.judge.world.harness.context.state, process.cycle or 0.0, self.board.read
        return all(
            self.board.is_newest(f"store:{s}") and read.get(s, 0.0) >= began and not state.store_record(s).breaker
            for s in process.context.stores
        )

    def undo(self) -> None:
        """`stockbridge rollback`: what one store was sent in some run, as far as it still shows it."""
        context = self.board.running.context
        runs = [x["run"] for x in context.state.runs(keys.KEPT_RUNS) if any(s["applied"] for s in x["stores"].values())]
        past = rollback.past(context, self.dice.choice(runs[:5])) if runs else None
        if past is None or not past.writes:
            return
        store = self.dice.choice(sorted(past.writes))
        with self.judge.only_looks(self.judge.world.harness.context):
            seen = rollback.preview(context, past.run, store, past.writes[store])
        only = {d.stock_key for d in seen.back}
        rollback.roll_back(context, past.run, store, past.writes[store], by="a person", only=only)

    def decide(self, store: str) -> None:
        """`stockbridge release`, with or without --reject. Whoever asks while a worker is with the store is refused."""
        with suppress(LeaseLostError):
            steer.release(self.board.running.context, store, reject=self.dice.random() < 0.3, by="a person")

    def resume(self, store: str) -> None:
        steer.resume(self.board.running.context, store)
