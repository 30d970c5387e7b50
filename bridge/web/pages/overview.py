"""`/`: is everything all right, and if not, what is to be done."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bridge.web.site import Site
from bridge.web.views import overview


def routes(site: Site) -> list[Route]:
    async def asked(request: Request) -> Response:
        shown = overview.view(await site.live.report())
        return site.render(request, "overview.html", title=shown.title, shown=shown)

    return [site.page("/", asked)]
