"""People who can be reached: a webhook's other side, a mail server, a pager; all real, all on this machine."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from bridge.core.alerts import Alert, Message
from connectors.testing.http import DroppedError, Request, Response
from connectors.testing.server import SandboxServer

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class Hook:
    """What a chat answers, and what it was told."""

    answer: Response | DroppedError = field(default_factory=lambda: Response(200, body=b"ok"))
    heard: list[Request] = field(default_factory=list)
    url: str = ""

    def __call__(self, request: Request) -> Response:
        self.heard.append(request)
        if isinstance(self.answer, DroppedError):
            raise self.answer
        return self.answer


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    with SandboxServer(made) as served:
        made.url = f"{served.url}/services/T0/B0/very-secret-path"
        yield made


@pytest.fixture
def message() -> Message:
    return Message(NOW, [Alert("held:main", "main: 8 lowerings are held <!here> & ü", NOW)])
