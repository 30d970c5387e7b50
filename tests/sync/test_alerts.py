"""From what goes wrong to what people hear: once when it begins, once when it is over, through a real webhook."""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from bridge import alerts, looks
from bridge.alerts.gather import token_ends
from bridge.alerts.webhook import Webhook
from bridge.core.alerts import Message
from bridge.state import keys
from bridge.state.work_queue import claim, is_time, was_time
from connectors.testing.http import Request, Response
from connectors.testing.server import SandboxServer
from connectors.values import replace
from tests.harness.installation import Installation
from tests.harness.shops import Build

LIMITS = """
[alerts]
webhook = "http://127.0.0.1:9/x"
"""


@dataclass
class Chat:
    """A channel of people behind a webhook, on loopback. told: the names in every message, as "began held:main"."""

    status: int = 200
    texts: list[str] = field(default_factory=list)
    calls: int = 0
    url: str = ""

    def __call__(self, request: Request) -> Response:
        self.calls += 1
        if self.status == 200:
            self.texts.append(json.loads(request.body)["text"])
        return Response(self.status)

    @property
    def told(self) -> list[list[str]]:
        """The names in every message: "began held:main"."""
        return [[_named(line) for line in text.split("\n")[1:]] for text in self.texts]

    @property
    def channel(self) -> Webhook:
        return Webhook(SecretStr(self.url))


def _named(line: str) -> str:
    """ "[over after 2 hours] … (held:main)" → "over held:main"."""
    return f"{re.split('[] ]', line[1:])[0]} {line.rpartition('(')[2].rstrip(')')}"


@pytest.fixture
def chat() -> Iterator[Chat]:
    with ExitStack() as stack:
        made = Chat()
        made.url = stack.enter_context(SandboxServer(made)).url
        yield made


def look(harness: Installation, chat: Chat, **more: alerts.Channel) -> None:
    alerts.look(harness.context, {"webhook": chat.channel, **more})


def live(harness: Installation, chat: Chat, minutes: int) -> None:
    """Workers and their looks, for so long."""
    until = harness.clock.now.timestamp() + 60 * minutes
    while harness.clock.now.timestamp() < until:
        harness.cycle()
        look(harness, chat)
        harness.later(seconds=45)


@pytest.fixture
def one(harness_with: Build) -> Installation:
    harness = harness_with(settings=LIMITS)
    for n in range(30):
        harness.add(f"S{n:02}", 10)
    assert harness.cycle().code == 0
    return harness


@pytest.fixture
def two(harness_with: Build) -> Installation:
    harness = harness_with(settings=LIMITS, only="")
    harness.add("A", 10)
    assert harness.cycle().code == 0
    return harness


# -- beginning and end ---------------------------------------------------------------------------------


@pytest.mark.full
def test_a_store_that_is_broken_for_an_hour_is_told_once_and_its_end_once(one: Installation, chat: Chat) -> None:
    live(one, chat, 10)
    assert chat.told == []
    one.main.sandbox.faults.add("status", status=503, times=-1)
    live(one, chat, 60)
    assert chat.told == [["began failing:main"]]
    assert "it fails for" in chat.texts[0]
    assert "overloaded or in maintenance" in chat.texts[0]
    one.main.restore()
    live(one, chat, 60)
    assert chat.told == [["began failing:main"], ["over failing:main"]]


@pytest.mark.full
def test_a_store_that_breaks_again_and_again_is_one_alert(one: Installation, chat: Chat) -> None:
    for _ in range(6):
        one.main.sandbox.faults.add("status", status=503, times=-1)
        live(one, chat, 10)
        one.main.restore()
        live(one, chat, 3)
    live(one, chat, 15)
    assert chat.told == [["began failing:main"], ["over failing:main"]]


def test_a_hiccup_is_not_told(one: Installation, chat: Chat) -> None:
    one.main.sandbox.faults.add("status", status=503, times=-1)
    live(one, chat, 3)
    one.main.restore()
    live(one, chat, 30)
    assert chat.told == []


def test_an_unread_store_freezes_the_others_and_all_ends_in_one_message(two: Installation, chat: Chat) -> None:
    two["outlet"].revoke()
    live(two, chat, 40)
    assert chat.told == [["began stopped:outlet"], ["began frozen:outlet"]]
    two["outlet"].restore()
    live(two, chat, 20)
    assert [sorted(names) for names in chat.told[2:]] == [["over frozen:outlet", "over stopped:outlet"]]


def test_held_falls_are_told_until_a_person_decides(one: Installation, chat: Chat) -> None:
    for n in range(20):
        one.warehouse.set_stock(f"S{n:02}", 0)
    live(one, chat, 2)
    assert chat.told == [["began held:main"]]
    assert "20 lowerings are held until a person decides; look at `stockbridge diff main`" in chat.texts[0]
    one.release()
    live(one, chat, 15)
    assert chat.told[1:] == [["over held:main"]]


def test_a_pull_that_is_not_believed_and_a_refused_token(one: Installation, chat: Chat) -> None:
    kept = dict(one.warehouse._items)
    one.warehouse._items.clear()
    one.warehouse._views.clear()
    one.cycle(full=True)
    look(one, chat)
    assert chat.told == [["began source-untrusted"]]
    one.warehouse._items.update(kept)
    one.source.tokens.clear()
    one.cycle()
    look(one, chat)
    assert chat.told[1:] == [["began source-stopped"]]


def test_refusals_within_a_day(one: Installation, chat: Chat) -> None:
    for n in range(7):
        one.warehouse.receive(f"S{n:02}", 1)
    for n in range(6):
        one.main.refuse(f"S{n:02}")
    one.cycle()
    look(one, chat)
    assert chat.told == [["began quarantine:main"]]
    assert "6 items were refused" in chat.texts[0]


def test_units_that_are_let_go_within_a_day(one: Installation, chat: Chat) -> None:
    order = one.main.sell("S01", 3)
    one.cycle()
    one.main.ship(order)
    one.cycle()
    one.later(hours=73)
    one.cycle()
    look(one, chat)
    assert [names for names in chat.told if "began expiring:main" in names]
    assert "3 units left as shipped" in chat.texts[-1]


def test_what_waits_too_long_to_be_sent(one: Installation, chat: Chat) -> None:
    """Nothing is wrong with the store; its listing just never goes out."""
    one.state.db.hset(keys.of_store("main", "due"), one.main.ref("S01"), "999999")
    for _ in range(32):
        one.context.state.note_store("main", read_at=one.clock.now)
        last = one.state.source_record().pull
        assert last
        one.state.note_source(pull=replace(last, began=one.clock.now))
        look(one, chat)
        one.later(minutes=1)
    assert chat.told == [["began due:main"]]


def test_nothing_is_wrong_when_a_worker_begins_on_an_empty_state(harness_with: Build, chat: Chat) -> None:
    harness = harness_with(settings=LIMITS, only="")
    harness.add("A", 5)
    look(harness, chat)
    live(harness, chat, 20)
    assert chat.told == []


# -- channels ------------------------------------------------------------------------------------------


def hold(harness: Installation) -> None:
    for n in range(20):
        harness.warehouse.set_stock(f"S{n:02}", 0)
    harness.cycle()


@pytest.mark.full
def test_a_chat_that_is_down_is_tried_with_growing_pauses_and_told_in_the_end(one: Installation, chat: Chat) -> None:
    chat.status = 500
    hold(one)
    live(one, chat, 60)
    assert 6 <= chat.calls <= 10
    line = alerts.load_memory(one.state).lines["webhook"]
    assert line.failure is not None
    assert "takes no message now (HTTP 500)" in line.failure.why
    chat.status = 200
    live(one, chat, 16)
    assert chat.told == [["began held:main"]]
    assert alerts.load_memory(one.state).lines["webhook"].failure is None


class Broken:
    """A channel with a bug."""

    def send(self, message: Message) -> None:
        raise ZeroDivisionError(message.text)


def test_a_broken_channel_keeps_nobody_else_from_being_told(one: Installation, chat: Chat) -> None:
    hold(one)
    alerts.look(one.context, {"command": Broken(), "webhook": chat.channel})
    assert chat.told == [["began held:main"]]
    failure = alerts.load_memory(one.state).lines["command"].failure
    assert failure is not None
    assert failure.why == "ZeroDivisionError in the channel: see the log"


def test_while_one_worker_looks_another_does_not(one: Installation, chat: Chat) -> None:
    hold(one)
    with one.context.lease("alerts"):
        look(one, chat)
    assert chat.calls == 0
    look(one, chat)
    assert chat.calls == 1


def test_every_worker_knows_what_was_told_and_a_lost_redis_repeats_it_once(one: Installation, chat: Chat) -> None:
    hold(one)
    look(one, chat)
    one.context = one.build()
    look(one, chat)
    assert chat.calls == 1
    one.state.db.delete(keys.ALERTS)
    look(one, chat)
    look(one, chat)
    assert chat.told == [["began held:main"], ["began held:main"]]


def test_what_was_told_outlives_a_rebuilt_state(one: Installation, chat: Chat) -> None:
    one.main.revoke()
    one.cycle()
    look(one, chat)
    one.state.db.delete(keys.LEVELS)
    live(one, chat, 5)
    assert chat.told == [["began stopped:main"]]


def test_looks_are_sent_at_intervals_and_only_when_somebody_is_told(one: Installation, harness_with: Build) -> None:
    assert not was_time(one.state, "alert")
    assert [is_time(one.state, "alert", alerts.EVERY) for _ in range(3)] == [True, False, False]
    assert was_time(one.state, "alert")
    assert 0 < one.state.db.pttl(keys.queued("alert:interval")) <= 15_000
    one.state.db.delete(keys.queued("alert:interval"))
    assert (looks.intervals(one.context), looks.intervals(harness_with().context)) == ({"alert": 15.0}, {})


def test_a_look_whose_time_has_come_may_be_sent(one: Installation) -> None:
    """The mark of the interval was taken for a message on its way, and workers never looked."""
    assert is_time(one.state, "alert", alerts.EVERY)
    assert claim(one.state, "alert")
    assert not claim(one.state, "alert")


def test_without_a_channel_nothing_is_remembered(one: Installation) -> None:
    hold(one)
    alerts.look(one.context, {})
    assert not one.state.db.exists(keys.ALERTS)


# -- tokens --------------------------------------------------------------------------------------------


def jwt(claims: object) -> str:
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJIUzI1NiJ9.{middle}.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("token", "end"),
    [
        (jwt({"exp": 1_800_000_000}), datetime.fromtimestamp(1_800_000_000, UTC)),
        (jwt({"sub": "x"}), None), (jwt({"exp": "soon"}), None), (jwt([1]), None), (jwt({"exp": 1e300}), None),
        ("3pl_0123456789", None), ("a.b.c", None), ("a.ü.c", None), ("", None),
    ],
)  # fmt: skip
def test_only_a_token_that_says_when_it_expires_is_known_to(token: str, end: datetime | None) -> None:
    assert token_ends(token) == end
