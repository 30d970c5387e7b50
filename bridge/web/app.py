"""The routes of `stockbridge web`."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from bridge.web import inbound, probes, webhooks
from bridge.web.answers import Headers, broken, unrouted
from bridge.web.api import app as api
from bridge.web.api.app import build_api
from bridge.web.inbound import Inbound
from bridge.web.pages import actions, events, login, overview, runs, settings, sku, skus, store
from bridge.web.probes import Probes
from bridge.web.ready import Readiness
from bridge.web.site import Site
from bridge.web.webhooks import Webhooks

PAGES: tuple[Callable[[Site], list[Route]], ...] = (
    overview.routes, actions.routes, store.routes, skus.routes, sku.routes, runs.routes,
    settings.routes, events.routes, login.routes,
)  # fmt: skip
"""What the page is made of, in the order in which an address is looked for."""


def build_app(tills: Inbound, hooks: Webhooks, readiness: Readiness, watched: Probes, site: Site) -> ASGIApp:
    numbers = Route("/metrics", watched.metrics)
    numbers.methods = {"GET"}  # HEAD would cost as much and tell nothing
    app = Starlette(
        routes=[
            Route("/healthz", probes.healthz),
            Route("/readyz", readiness.readyz),
            numbers,
            Route(inbound.PATH, tills.post, methods=["POST"]),
            Route(webhooks.PATH, hooks.post, methods=["POST"]),
            site.assets.route,
            Mount(api.PATH, build_api(site)),
            *(route for routes in PAGES for route in routes(site)),
        ],
        exception_handlers={HTTPException: unrouted, Exception: broken},
    )
    app.router.redirect_slashes = False  # it would send people to whatever host they named
    return Headers(app, site.guard.is_secure)  # around everything: the answer to a bug has them too
