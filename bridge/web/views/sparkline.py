"""A small line that says how much the last runs of a store wrote."""

from collections.abc import Sequence
from dataclasses import dataclass

RUNS = 24
WIDTH, HEIGHT, EDGE = 96, 20, 2
"""Of the picture, and what is left free above and below the line."""


@dataclass(frozen=True, slots=True)
class Sparkline:
    """points: "x,y x,y …" of a line in a picture of WIDTH by HEIGHT, the latest on the right. says: it in words."""

    points: str
    says: str


def sparkline(written: Sequence[int]) -> Sparkline | None:
    """written: numbers that the last runs wrote, the latest first. None: a single run makes no line."""
    shown = written[:RUNS][::-1]
    if len(shown) < 2:
        return None
    step, room, most = WIDTH / (len(shown) - 1), HEIGHT - 2 * EDGE, max(*shown, 1)
    points = (f"{n * step:.1f},{HEIGHT - EDGE - room * value / most:.1f}" for n, value in enumerate(shown))
    told = f"Written in the last {len(shown)} runs: {', '.join(map(str, shown))}"
    return Sparkline(" ".join(points), told)
