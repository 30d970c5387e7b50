"""What is asked by whoever watches from outside: `/healthz` and `/metrics`."""

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bridge import log, metrics
from bridge.errors import StateError
from bridge.sync.context import SyncContext
from bridge.web.answers import FRESH, bears, refusal
from bridge.web.looks import Look

TEXT = "text/plain; version=0.0.4; charset=utf-8"
LONGEST = 5.0  # seconds for all numbers; whoever scrapes waits for ten
CLOSED = "These numbers can be reached from outside: set `token` under [web], and send it as a bearer token"


async def healthz(_: Request) -> Response:
    """The process answers; whether numbers flow, `/readyz` tells."""
    return PlainTextResponse("ok\n", headers=FRESH)


class Probes:
    """outside: others than this machine reach the server."""

    def __init__(self, context: SyncContext, *, outside: bool) -> None:
        self._token: SecretStr | None = context.settings.web.token
        self._outside = outside
        self._numbers = Look(lambda: metrics.exposition(context), LONGEST)

    async def metrics(self, request: Request) -> Response:
        if self._token is None and self._outside:
            return refusal(403, CLOSED, FRESH)
        if self._token is not None and not bears(request, self._token):
            return refusal(401, "Invalid bearer token", {**FRESH, "WWW-Authenticate": "Bearer"})
        try:
            return PlainTextResponse(await self._numbers.seen(), headers=FRESH, media_type=TEXT)
        except TimeoutError:
            why = f"The state was not read within {LONGEST:.0f} s"
        except StateError as fault:
            why = str(fault)
        log.emit("metrics not served", error=why)
        return refusal(503, why, FRESH)
