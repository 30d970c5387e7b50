"""Under workers and beat: somebody is told, without anybody waiting for it."""

import json
from collections.abc import Iterator

import pytest

from connectors.testing.http import DroppedError, Request, Response
from connectors.testing.server import SandboxServer

from .conftest import Works

PATH = "/services/T0/B0/very-secret-path"


class Chat:
    """deaf: it takes the call and never answers."""

    def __init__(self) -> None:
        self.texts, self.calls, self.deaf = list[str](), 0, False

    def __call__(self, request: Request) -> Response:
        self.calls += 1
        if self.deaf:
            raise DroppedError("stalled")
        self.texts.append(json.loads(request.body)["text"])
        return Response(200)


@pytest.fixture
def chat(works: Works) -> Iterator[Chat]:
    made = Chat()
    with SandboxServer(made) as end_work:
        works.env["A_HOOK"] = end_work.url + PATH
        works.env["STOCKBRIDGE_CONFIG_TOML"] += '\n[alerts]\nwebhook = "${A_HOOK}"\n'
        yield made


def told(works: Works, chat: Chat) -> bool:
    """Every tick may send a look, so that nobody waits for the next one."""
    works.db.delete("stockbridge:queued:alert:interval")
    return bool(chat.texts)


def test_what_begins_is_told(works: Works, chat: Chat) -> None:
    works.fill(4)
    works.main.revoke()
    works.worker()
    works.beat()
    works.until(lambda: told(works, chat))
    assert "[began] main: it stands still until a person acts" in chat.texts[0]
    assert "very-secret-path" not in works.log()


def test_a_channel_that_does_not_answer_holds_up_no_push(works: Works, chat: Chat) -> None:
    """It is left after five seconds."""
    chat.deaf = True
    works.fill(4)
    works.send("bridge.tick")
    works.worker()
    works.until(works.has_ended)
    works.db.hset("stockbridge:source", "trouble", json.dumps({"kind": "operator", "why": "x", "since": 0}))
    works.send("bridge.alert")
    works.until(lambda: chat.calls)
    works.warehouse.set_stock("SKU-0", 3)
    works.send("bridge.pull")
    works.until(works.is_right, seconds=4)
