"""The routes of `stockbridge web`."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bridge import log
from bridge.web import inbound, probes
from bridge.web.answers import refusal
from bridge.web.inbound import Inbound
from bridge.web.probes import Probes
from bridge.web.ready import Readiness


def build_app(tills: Inbound, readiness: Readiness, watched: Probes) -> Starlette:
    numbers = Route("/metrics", watched.metrics)
    numbers.methods = {"GET"}  # HEAD would cost as much and tell nothing
    app = Starlette(
        routes=[
            Route("/healthz", probes.healthz),
            Route("/readyz", readiness.readyz),
            numbers,
            Route(inbound.PATH, tills.post, methods=["POST"]),
        ],
        exception_handlers={HTTPException: _refused, Exception: _broken},
    )
    app.router.redirect_slashes = False  # it would send people to whatever host they named
    return app


async def _refused(_: Request, fault: Exception) -> Response:
    """What no route takes."""
    status = fault.status_code if isinstance(fault, HTTPException) else 500
    said = {404: "There is nothing at this address", 405: "This method is not allowed here"}
    return refusal(status, said.get(status, "This request is not understood"), getattr(fault, "headers", None))


async def _broken(_: Request, fault: Exception) -> Response:
    """A bug: the log has it, and whoever asked learns that nothing was done."""
    log.get().error("request failed", error=type(fault).__name__, exc_info=fault)
    return refusal(500, "Something is wrong in this server; nothing was kept")
