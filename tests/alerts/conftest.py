"""People who can be reached: a webhook's other side, a mail server, a pager; all real, all on this machine."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from bridge.core.alerts import Alert, Message
from bridge.threeplguys.sandbox.http import Answer, Request, serve

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class Hook:
    """What a chat answers, and what it was told."""

    answer: Answer = field(default_factory=lambda: Answer(200, b"ok"))
    heard: list[Request] = field(default_factory=list)
    url: str = ""

    def __call__(self, request: Request) -> Answer:
        self.heard.append(request)
        return self.answer


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    with serve(made) as served:
        made.url = f"{served.url}/services/T0/B0/very-secret-path"
        yield made


@pytest.fixture
def message() -> Message:
    return Message(NOW, [Alert("held:main", "main: 8 falls are held <!here> & ü", NOW)])
