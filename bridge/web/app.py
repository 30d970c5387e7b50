"""The routes of `stockbridge web`."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bridge import log
from bridge.web import inbound, probes
from bridge.web.answers import Headers, refusal
from bridge.web.inbound import Inbound
from bridge.web.pages import actions, events, login, overview, runs, settings, sku, skus, store
from bridge.web.probes import Probes
from bridge.web.ready import Readiness
from bridge.web.site import Site

PAGES: tuple[Callable[[Site], list[Route]], ...] = (
    overview.routes, actions.routes, store.routes, skus.routes, sku.routes, runs.routes,
    settings.routes, events.routes, login.routes,
)  # fmt: skip
"""What the page is made of, in the order in which an address is looked for."""


def build_app(tills: Inbound, readiness: Readiness, watched: Probes, site: Site) -> ASGIApp:
    numbers = Route("/metrics", watched.metrics)
    numbers.methods = {"GET"}  # HEAD would cost as much and tell nothing
    app = Starlette(
        routes=[
            Route("/healthz", probes.healthz),
            Route("/readyz", readiness.readyz),
            numbers,
            Route(inbound.PATH, tills.post, methods=["POST"]),
            site.assets.route,
            *(route for routes in PAGES for route in routes(site)),
        ],
        exception_handlers={HTTPException: _refused, Exception: _broken},
    )
    app.router.redirect_slashes = False  # it would send people to whatever host they named
    return Headers(app, site.guard.is_secure)  # around everything: the answer to a bug has them too


async def _refused(_: Request, fault: Exception) -> Response:
    """What no route takes."""
    status = fault.status_code if isinstance(fault, HTTPException) else 500
    said = {404: "There is nothing at this address", 405: "This method is not allowed here"}
    return refusal(status, said.get(status, "This request is not understood"), getattr(fault, "headers", None))


async def _broken(_: Request, fault: Exception) -> Response:
    """A bug: the log has it, and whoever asked learns that nothing was done."""
    log.get().error("request failed", error=type(fault).__name__, exc_info=fault)
    return refusal(500, "Something is wrong in this server; nothing was kept")
