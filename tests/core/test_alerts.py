"""What is met is told once: when it begins and when it is over."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bridge.core.alerts import (
    LONGEST_RETRY,
    OVER,
    RETRY,
    Alert,
    ChannelState,
    Message,
    Undelivered,
    delivered,
    drop_delivered,
    failed,
    undelivered,
    update_alerts,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


# -- when it begins and when it is over ----------------------------------------------------------------


@dataclass
class Play:
    """A history as workers live it: a look, then every channel that answers is told what it does not know."""

    now: datetime = NOW
    alerts: Mapping[str, Alert] = field(default_factory=dict)
    lines: dict[str, ChannelState] = field(default_factory=dict)
    rejected_levels: dict[str, list[Message]] = field(default_factory=lambda: defaultdict(list))

    def look(self, met: Iterable[str], *, deaf: Iterable[str] = (), channels: Iterable[str] = ("a", "b")) -> None:
        self.lines = {name: self.lines.get(name, ChannelState()) for name in channels}
        held = {name: f"{name} holds" for name in met}
        self.alerts = drop_delivered(update_alerts(self.alerts, held, self.now), self.lines.values())
        for name, line in self.lines.items():
            message = undelivered(self.alerts, line.told, self.now)
            if message and name in deaf:
                self.lines[name] = failed(line, "deaf", self.now)
            elif message:
                self.rejected_levels[name].append(message)
                self.lines[name] = delivered(self.alerts)

    def later(self, span: timedelta) -> "Play":
        self.now += span
        return self

    def told(self, channel: str = "a") -> list[tuple[str, str, datetime]]:
        """("began" or "over", name, when) of everything it heard, in order."""
        return [
            (what, alert.name, message.at)
            for message in self.rejected_levels[channel]
            for what in ("over", "began")
            for alert in getattr(message, what)
        ]

    def words(self, channel: str = "a") -> list[str]:
        return [f"{what} {name}" for what, name, _ in self.told(channel)]


def test_one_message_when_it_begins_and_one_when_it_is_over() -> None:
    play = Play()
    for _ in range(100):
        play.look(["x"])
        play.later(MINUTE)
    for _ in range(100):
        play.look([])
        play.later(MINUTE)
    assert play.words() == ["began x", "over x"]
    over = play.rejected_levels["a"][1]
    assert over.text == "Stockbridge: x is over\n[over after 100 minutes] x holds (x)"
    assert play.alerts == {}


def test_what_begins_at_the_same_moment_is_one_message() -> None:
    play = Play()
    play.look(["x", "y", "z"])
    (message,) = play.rejected_levels["a"]
    assert message.subject == "Stockbridge: 3 alerts began, 0 are over"
    assert [alert.name for alert in message.began] == ["x", "y", "z"]


def test_what_returns_within_minutes_is_the_same_alert() -> None:
    play = Play()
    for _ in range(50):
        play.look(["x"])
        play.later(OVER - MINUTE).look([])
        play.later(MINUTE / 2)
    assert play.words() == ["began x"]


def test_a_channel_that_was_away_is_told_the_newest_state_and_nothing_is_lost() -> None:
    play = Play()
    play.look(["x", "came"], deaf=["b"])
    play.later(MINUTE).look(["x"], deaf=["b"])
    play.later(OVER).look(["x", "new"], deaf=["b"])
    play.later(MINUTE).look(["x", "new"])
    assert play.words("a") == ["began x", "began came", "over came", "began new"]
    assert sorted(play.words("b")) == ["began new", "began x", "over came"]
    assert len(play.rejected_levels["b"]) == 1


def test_one_that_was_told_open_and_is_open_again_hears_nothing() -> None:
    play = Play()
    play.look(["x"])
    play.later(MINUTE).look([], deaf=["b"])
    play.later(OVER).look([], deaf=["b"])
    play.later(MINUTE).look(["x"])
    assert play.words("a") == ["began x", "over x", "began x"]
    assert play.words("b") == ["began x"]
    play.later(MINUTE).look([])
    play.later(OVER).look([])
    assert play.words("b") == ["began x", "over x"]


def test_a_new_channel_is_told_what_is_open() -> None:
    play = Play()
    play.look(["x"], channels=["a"])
    play.later(MINUTE).look(["x"])
    assert play.words("b") == ["began x"]


def test_a_lost_memory_repeats_a_beginning_once() -> None:
    play = Play()
    play.look(["x"])
    play.alerts, play.lines = {}, {}
    play.later(MINUTE).look(["x"])
    play.later(MINUTE).look(["x"])
    assert play.words() == ["began x", "began x"]


SPANS = st.integers(15, 1800).map(lambda seconds: timedelta(seconds=seconds))
STEPS = st.tuples(SPANS, st.sets(st.sampled_from("xyz")), st.sets(st.sampled_from("ab")))


@given(st.lists(STEPS, max_size=60))
def test_beginnings_and_ends_alternate_whatever_happens(steps: list[tuple[timedelta, set[str], set[str]]]) -> None:
    """Channel c always answers."""
    play, channels = Play(), ("a", "b", "c")
    for span, met, deaf in steps:
        play.look(sorted(met), deaf=deaf, channels=channels)
        play.later(span)
    for _ in range(3):
        play.look([], channels=channels)
        play.later(OVER)
    assert play.alerts == {}
    for channel, name in ((channel, name) for channel in channels for name in "xyz"):
        rejected_levels = [(what, at) for what, of, at in play.told(channel) if of == name]
        kinds = [what for what, _ in rejected_levels]
        assert ["began", "began"] not in [kinds[i : i + 2] for i in range(len(kinds))]
        assert kinds[-1:] != ["began"]
        if channel == "c":
            assert kinds == ["began", "over"] * (len(kinds) // 2)
            began = [at for what, at in rejected_levels if what == "began"]
            assert all(later - sooner >= OVER for sooner, later in pairwise(began))
        assert bool(kinds) is any(name in met for _, met, _ in steps)


# -- a channel that fails ------------------------------------------------------------------------------


def test_the_pauses_of_a_channel_grow_to_a_quarter_of_an_hour() -> None:
    line, pauses = ChannelState(), []
    for n in range(60):
        line = failed(line, "It is deaf.", NOW + n * MINUTE)
        assert line.failure is not None
        pauses.append(line.failure.retry_at - (NOW + n * MINUTE))
    assert pauses[:3] == [RETRY, 2 * RETRY, 4 * RETRY]
    assert pauses[-1] == LONGEST_RETRY == max(pauses)
    assert line.failure == Undelivered("It is deaf.", NOW, 60, NOW + 59 * MINUTE + LONGEST_RETRY)
    assert delivered({}).failure is None
