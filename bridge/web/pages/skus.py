"""`/skus`: SKUs by a part of them or of a name, in the warehouse and every store."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bridge.ops.search import rows
from bridge.web.site import Site, back_to
from bridge.web.views.skus import ROWS, view
from bridge.web.written import at

LONGEST = 200
LAST_PAGE = 1_000


def routes(site: Site) -> list[Route]:
    async def asked(request: Request) -> Response:
        wanted, page = request.query_params.get("search", "")[:LONGEST].strip(), page_of(request)
        if not wanted:
            return site.render(request, "skus.html", title="SKUs", shown=None, wanted="", more=False, still=True)
        begin = (page - 1) * ROWS
        found = await site.ask(lambda _: site.search.find(wanted, begin=begin, end=begin + ROWS))
        if found.count == 1 and found.hits and found.hits[0].sku == wanted:
            return back_to(at(wanted, "sku"))
        told = await site.ask(lambda context: rows(context, found.hits))
        return site.render(
            request, "skus.html", title=f"SKUs: {wanted}", shown=view(told, found.count, wanted, page), wanted=wanted,
            more=found.more, still=True,
        )  # fmt: skip

    return [site.page("/skus", asked)]


def page_of(request: Request) -> int:
    """Which page of a list an address asks for; the first where it says none, or nonsense."""
    text = request.query_params.get("page", "")
    return min(LAST_PAGE, max(1, int(text))) if text.isascii() and text.isdigit() and len(text) < 7 else 1
