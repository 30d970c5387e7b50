"""The client of a sandbox in another process: its `/_control` verbs, over one kept-alive connection."""

import json
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit


class SandboxRefusedError(Exception):
    """The sandbox will not do that. The text is its own sentence."""


class SandboxClient:
    """What people do in the warehouse or in the shop. For one thread."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = HTTPConnection(urlsplit(url).netloc, timeout=30)

    def do(self, verb: str, **given: object) -> Any:
        """Raises SandboxRefusedError when the sandbox says no."""
        return self._ask("POST", verb, json.dumps(given))

    def see(self, what: str) -> Any:
        return self._ask("GET", what, None)

    def close(self) -> None:
        self._http.close()

    def _ask(self, method: str, verb: str, body: str | None) -> Any:
        self._http.request(method, f"/_control/{verb}", body, {"Content-Type": "application/json"})
        answer = self._http.getresponse()
        found = json.loads(answer.read())
        if answer.status != 200:
            raise SandboxRefusedError(found["error"])
        return found
