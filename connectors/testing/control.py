"""`/_control`: what drives a sandbox from another process. Its other end is connectors.testing.client."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from connectors.testing.http import Handler, Request, Response, as_json
from connectors.testing.sandbox import BaseSandbox
from connectors.testing.server import CONTROL_PATH

Given = dict[str, Any]
SandboxT = TypeVar("SandboxT", bound=BaseSandbox[Any, Any])
Shown = Mapping[str, Callable[[SandboxT], Any]]
Verbs = Mapping[str, Callable[[SandboxT, Given], Any]]


class Control(Generic[SandboxT]):
    """`GET /_control/<what is shown>` and `POST /_control/<verb>` with a JSON object, for other processes.

    Every sandbox shows `leaks` and `struck`, and knows `clear`, `land` and `fault` {"kind", …}, whose "action":
    {"verb", …} runs another verb.
    """

    def __init__(self, shown: Shown[SandboxT], verbs: Verbs[SandboxT]) -> None:
        self.shown: Shown[SandboxT] = {
            "leaks": lambda sandbox: sandbox.leaks,
            "struck": lambda sandbox: dict(sandbox.faults.struck),
            **shown,
        }
        self.verbs: Verbs[SandboxT] = {
            "fault": self._fault,
            "clear": lambda sandbox, _: sandbox.faults.clear(),
            "land": lambda sandbox, _: sandbox.land(),
            **verbs,
        }

    def beside(self, sandbox: SandboxT, handler: Handler) -> Handler:
        """The API's own answers with /_control beside them: what a server is given."""

        def respond(request: Request) -> Response:
            return self.answer(sandbox, request) if request.path.startswith(CONTROL_PATH) else handler(request)

        return respond

    def answer(self, sandbox: SandboxT, request: Request) -> Response:
        """What a request to /_control brings. Mistakes come back as 400 with a sentence."""
        name = request.path.removeprefix(CONTROL_PATH)
        try:
            if request.method == "GET":
                return as_json(200, self.shown[name](sandbox))
            return as_json(200, self.perform(sandbox, name, json.loads(request.body or b"{}")))
        except (KeyError, ValueError, TypeError, StopIteration) as error:
            return as_json(400, {"error": f"{name}: {type(error).__name__}: {error}"})

    def perform(self, sandbox: SandboxT, verb: str, given: Given) -> Any:
        result = self.verbs[verb](sandbox, given)
        return result if isinstance(result, dict | list) else {"done": True}

    def _fault(self, sandbox: SandboxT, given: Given) -> None:
        action = given.pop("action", None)
        if action:
            verb = action.pop("verb")
            given["action"] = lambda _: self.perform(sandbox, verb, dict(action))
        sandbox.faults.add(**given)
