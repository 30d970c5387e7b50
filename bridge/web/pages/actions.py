"""`/stores/NAME/do/ACT`: asks before it does; what is done is what was shown."""

from collections.abc import Callable, Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bridge import log
from bridge.core.model import StockKey
from bridge.ops import steer
from bridge.ops.resync import ask_again
from bridge.sync.context import SyncContext
from bridge.web.access.guard import VIEWER, refused
from bridge.web.pages.login import inside
from bridge.web.pages.store import READ
from bridge.web.site import Site, back_to, form_of
from bridge.web.views.actions import ACTS, Choice, Confirm, confirm, mark_of, said_after, taken
from bridge.web.views.lists import Row

Rows = Sequence[Row]


def release(context: SyncContext, store: str, rows: Rows, by: str) -> int:
    return len(steer.release(context, store, by=by, only=_stock_keys(store, rows)))


def reject(context: SyncContext, store: str, rows: Rows, by: str) -> int:
    return len(steer.release(context, store, reject=True, by=by, only=_stock_keys(store, rows)))


def retry(context: SyncContext, store: str, rows: Rows, by: str) -> int:
    skus = sorted({str(row["sku"]) for row in rows if row["sku"]})
    if skus:
        ask_again(context, store, skus, by=by)
    return sum(bool(row["sku"]) for row in rows)


def pause(context: SyncContext, store: str, _: Rows, by: str) -> int:
    steer.pause(context, store, by)
    return 0


def resume(context: SyncContext, store: str, _: Rows, by: str) -> int:
    steer.resume(context, store, by)
    return 0


def resync(context: SyncContext, store: str, _: Rows, by: str) -> int:
    ask_again(context, store, by=by)
    return 0


def full_resync(context: SyncContext, store: str, _: Rows, by: str) -> int:
    ask_again(context, store, full=True, by=by)
    return 0


DONE: Mapping[str, Callable[[SyncContext, str, Rows, str], int]] = {
    "release": release, "reject": reject, "retry": retry, "pause": pause, "resume": resume, "resync": resync,
    "full-resync": full_resync,
}  # fmt: skip
"""Act → does it, and returns how many of its rows it was done with."""


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
        rows = await _rows(site, name, store, choice)
        shown = confirm(name, store, rows, choice)
        return await confirmation(request, shown, back)

    async def done(request: Request) -> Response:
        if (found := _meant(site, request)) is None:
            return site.nothing(request)
        name, store = found
        form = await form_of(request) or {}
        choice, back = Choice.of(form), inside(form.get("back", f"/stores/{store}"))
        rows = await _rows(site, name, store, choice)
        if form.get("seen") != mark_of(rows):
            shown = confirm(name, store, rows, choice, changed=True)
            return await confirmation(request, shown, back, 409)
        by = request.state.visitor.signature
        count = await site.ask(lambda context: DONE[name](context, store, rows, by))
        log.emit("page action", act=name, store=store, items=count, by=by)
        site.live.forget()
        return site.tell(request, back_to(back), said_after(name, store, count))

    path = "/stores/{store}/do/{act}"
    return [site.page(path, asked), site.page(path, done, methods=("POST",))]


def _meant(site: Site, request: Request) -> tuple[str, str] | None:
    """Which act of which store."""
    name, store = request.path_params["act"], request.path_params["store"]
    return (name, store) if name in ACTS and store in site.context.stores else None


async def _rows(site: Site, name: str, store: str, choice: Choice) -> list[Row]:
    """What the act would take at this moment."""
    act = ACTS[name]
    if not act.takes:
        return []
    found = await site.ask(lambda context: READ[act.takes](context, store))
    return taken(act, found[act.takes], choice)


def _stock_keys(store: str, rows: Rows) -> set[StockKey]:
    return {StockKey(store, row["ref"], row["location"]) for row in rows}
