"""The routes of `stockbridge web`."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bridge import log
from bridge.web import inbound
from bridge.web.inbound import Inbound, refusal


def build_app(tills: Inbound) -> Starlette:
    return Starlette(
        routes=[Route("/healthz", _healthz), Route(inbound.PATH, tills.post, methods=["POST"])],
        exception_handlers={HTTPException: _refused, Exception: _broken},
    )


async def _healthz(_: Request) -> Response:
    """The process answers; whether numbers flow, `stockbridge status` tells."""
    return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})


async def _refused(_: Request, fault: Exception) -> Response:
    """What no route takes."""
    status = fault.status_code if isinstance(fault, HTTPException) else 500
    said = {404: "There is nothing at this address", 405: "This method is not allowed here"}
    return refusal(status, said.get(status, "This request is not understood"), getattr(fault, "headers", None))


async def _broken(_: Request, fault: Exception) -> Response:
    """A bug: the log has it, and whoever asked learns that nothing was done."""
    log.get().error("request failed", error=type(fault).__name__, exc_info=fault)
    return refusal(500, "Something is wrong in this server; nothing was kept")
