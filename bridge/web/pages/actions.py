"""`/stores/NAME/do/ACT`: asks before it does; what is done is what was shown."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bridge.web.access.guard import VIEWER, refused
from bridge.web.acting import carry_out, rows_taken
from bridge.web.pages.login import inside
from bridge.web.pages.store import SHOWN
from bridge.web.site import Site, back_to, form_of
from bridge.web.views.actions import ACTS, Choice, Confirm, confirm, said_after
from bridge.web.views.lists import Row


def routes(site: Site) -> list[Route]:
    async def confirmation(request: Request, shown: Confirm, back: str, status: int = 200) -> Response:
        at = (await site.ask(lambda context: context.now())).isoformat()
        return site.render(
            request, "confirm.html", status, title=shown.title, shown=shown, back=back, at=at, still=True
        )

    async def asked(request: Request) -> Response:
        if (found := _meant(site, request)) is None:
            return site.nothing(request)
        if not request.state.visitor.acts:
            return refused(request, VIEWER, by=request.state.visitor.signature)
        name, store = found
        query = request.query_params
        choice, back = Choice.of(query), inside(query.get("back", f"/stores/{store}"))
        rows = await site.ask(lambda context: rows_taken(context, name, store, choice))
        return await confirmation(request, confirm(name, store, _shown(name, rows), choice), back)

    async def done(request: Request) -> Response:
        if (found := _meant(site, request)) is None:
            return site.nothing(request)
        name, store = found
        form = await form_of(request) or {}
        choice, back = Choice.of(form), inside(form.get("back", f"/stores/{store}"))
        seen, by = form.get("seen", ""), request.state.visitor.signature
        rows, did = await site.ask(lambda context: carry_out(context, name, store, choice, seen, by))
        if did is None:
            shown = confirm(name, store, _shown(name, rows), choice, changed=True)
            return await confirmation(request, shown, back, 409)
        site.live.forget()
        return site.tell(request, back_to(back), said_after(name, store, did.count))

    path = "/stores/{store}/do/{act}"
    return [site.page(path, asked), site.page(path, done, methods=("POST",))]


def _meant(site: Site, request: Request) -> tuple[str, str] | None:
    """Which act of which store."""
    name, store = request.path_params["act"], request.path_params["store"]
    return (name, store) if name in ACTS and store in site.context.stores else None


def _shown(name: str, rows: list[Row]) -> list[Row]:
    return SHOWN[ACTS[name].takes](rows) if rows else rows
