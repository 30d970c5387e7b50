"""What happens besides in a seed, chosen by dice of its own for each act, so that a new one leaves the others be."""

from collections.abc import Callable
from random import Random
from typing import Any

from .catalogue import Catalogue
from .harness import is_guarded
from .names import Names
from .oddities import Oddities

SHARE = 0.2
"""Of seeds, that play an act."""


class Besides:
    """acts: those that the seed of a play does."""

    def __init__(self, play: Any, *, odd: bool) -> None:
        world, judge = play.world, play.judge
        self._oddities = Oddities(play.harness, play.dice)
        self._names = Names(world, play.dice, keeps=judge.whole)
        self._catalogue = Catalogue(world, play.dice, play.do, lowers=not judge.strict)
        every = {**self._oddities.acts, **self._names.acts, **self._catalogue.acts}
        chosen = (name for name in every if odd and Random(f"{play.seed} {name}").random() < SHARE)
        self.acts: list[Callable[[], str | None]] = [every[name] for name in chosen]
        self.acts += [lambda: self._decide(play)] if odd and is_guarded(play.seed) else []

    def _decide(self, play: Any) -> str:
        (store,) = given = play.given("decide")
        play.queue.append(("decide", given))
        return f"somebody is to decide on what is held in {store}"

    def end(self) -> None:
        """All is as it should be again."""
        for what in (self._oddities, self._names, self._catalogue):
            what.end()
