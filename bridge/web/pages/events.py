"""`/events`: says that something changed; what it is, the page asks for."""

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bridge.web.answers import refusal
from bridge.web.live import MOST
from bridge.web.site import Site

UNBUFFERED = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
FULL = "Too many pages listen; this one looks every half minute"


def routes(site: Site) -> list[Route]:
    async def events(_: Request) -> Response:
        if site.live.listening >= MOST:
            return refusal(503, FULL, {"Retry-After": "30"})
        return StreamingResponse(site.live.events(), headers=UNBUFFERED, media_type="text/event-stream")

    return [site.page("/events", events)]
