"""A store that cannot be read, whatever becomes of the answers: when nothing is left to send, it shows its target."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bridge.core.in_flight import Sent, left_after_reading, may_send
from bridge.core.model import StoreStock
from bridge.core.outcomes import doubted, judge_outcomes
from bridge.core.plan import Decision
from connectors.base import Outcome, Verdict

from .cases import BLIND, case, only
from .things import NOW, pool, relaxed

LATEST = 20
"""Seconds after which the store carries nothing out any more."""

LIMIT = timedelta(seconds=LATEST + 30)

ANSWERED, DEFERRED, LOST = "answered", "deferred", "lost"
replies = st.tuples(st.sampled_from([ANSWERED, ANSWERED, DEFERRED, LOST]), st.none() | st.integers(0, LATEST))
"""What comes of a write, and, where it is not answered, after how many seconds it is carried out; None: never."""


@dataclass
class World:
    """shows: what shoppers see; the bridge never does. coming: writes that are not carried out yet."""

    shows: int
    now: datetime = NOW
    known: StoreStock | None = None
    in_flight: list[Sent] = field(default_factory=list)
    coming: list[tuple[datetime, int]] = field(default_factory=list)

    def later(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        for at, number in sorted(self.coming):
            if at <= self.now:
                self.shows = number
                self.coming.remove((at, number))

    def session(self, target: int, reply: tuple[str, int | None] = (ANSWERED, None)) -> bool:
        """As a session of the bridge does it → whether nothing waits afterwards."""
        for sent in self.in_flight:
            self.known = self.known and doubted(self.known, sent.quantity)
        shown = None if self.known is None else self.known.available
        rest = [
            left_after_reading(x, shown, was_read=False, read_at=self.now, limit=LIMIT, explains=False)
            for x in self.in_flight
        ]
        self.in_flight = [x for x in rest if x is not None]
        d = self._decide(target)
        if d.has_change and may_send(d.update.quantity, self.in_flight, compares=False):
            self._send(d, *reply)
        return not self.in_flight and not self._decide(target).has_change

    def _decide(self, target: int) -> Decision:
        return only(case({} if self.known is None else {"": self.known}), pool(target), None, BLIND)

    def _send(self, d: Decision, reply: str, lands: int | None) -> None:
        number = d.update.quantity
        if reply == ANSWERED:
            self.shows, lands = number, None
        elif lands is not None:
            self.coming.append((self.now + timedelta(seconds=lands), number))
            self.later(0)
        if reply == LOST:
            self.in_flight.append(Sent("P", "", number, self.now, d.shown))
            return
        said = Outcome(Verdict.APPLIED if reply == ANSWERED else Verdict.DEFERRED)
        found = judge_outcomes([d], [said], tries={}, now=self.now, readable=False)
        self.known = {**found.doubted, **found.applied}.get(d.stock_key, self.known)


steps = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 4), replies), max_size=12)


@relaxed
@given(steps, st.integers(0, 4), st.integers(0, 4))
def test_when_nothing_waits_it_shows_its_target(
    history: list[tuple[int, int, tuple[str, int | None]]], shows: int, last: int
) -> None:
    """A write that is called not done is done at once or never."""
    world = World(shows)
    for seconds, target, (reply, lands) in history:
        world.later(seconds)
        if world.session(target, (reply, 0 if reply == DEFERRED and lands else lands)):
            assert world.shows == target
    for _ in range(3):
        world.later(60)
        rests = world.session(last)
    assert rests
    assert world.shows == last
