"""`/stores/NAME`: one store, and its lists, each with a filter, pages and CSV."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bridge.core.spreadsheet import csv_text
from bridge.ops.facts import summary
from bridge.ops.webhooks import counted
from bridge.web.reading import READ, TAB_OF, Lists
from bridge.web.site import Site
from bridge.web.views import lists, store
from bridge.web.views.lists import SPECS, Row, chosen_of, decided, linked, matching, pasted, placed

SHOWN: Mapping[str, Callable[[Sequence[Row]], list[Row]]] = {
    "held": decided, "quarantine": placed, "orphaned": list, "listings": partial(pasted, of_source=False),
    "products": partial(pasted, of_source=True), "drift": placed, "changes": placed, "left_alone": placed,
    "webhooks": list,
}  # fmt: skip
"""List → its rows with what people want to see beside them."""


def routes(site: Site) -> list[Route]:
    async def read(name: str, tab: str) -> Lists:
        if tab == "runs":
            return {"runs": [*store.runs(await site.live.report(), name)]}
        found = await site.ask(lambda context: READ[tab](context, name))
        return {one: SHOWN[one](rows) for one, rows in found.items()}

    async def asked(request: Request) -> Response:
        name, tab = request.path_params["store"], request.path_params.get("tab", "held")
        if name not in site.context.stores or tab not in store.TABS:
            return site.nothing(request)
        search, page = request.query_params.get("search", "")[:200], _page(request.query_params.get("page"))
        rows, at, chosen = await read(name, tab), f"/stores/{name}", chosen_of(request.query_params)
        shown = [
            lists.shown(one, found, search, chosen, page=page, address=f"{at}/{tab}", csv=f"{at}/{one}.csv")
            for one, found in rows.items()
        ]
        return site.render(
            request, "store.html", title=f"{name}: {store.TABS[tab][0]}",
            store=store.view(await site.live.report(), name), tab=tab, lists=shown, search=search,
            back=linked(f"{at}/{tab}", search=search), chosen=chosen, still=tab in store.STILL,
            sums=summary(rows["changes"]) if tab == "changes" else None,
            heard=await site.ask(lambda context: counted(context, name)) if tab == "webhooks" else {},
        )  # fmt: skip

    async def as_csv(request: Request) -> Response:
        name, one = request.path_params["store"], request.path_params["list"]
        if name not in site.context.stores or one not in SPECS:
            return site.nothing(request)
        rows = (await read(name, TAB_OF.get(one, one)))[one]
        found = matching(rows, request.query_params.get("search", "")[:200], chosen_of(request.query_params))
        columns = [column.name for column in SPECS[one].columns]
        headers = {"Content-Disposition": f'attachment; filename="{name}-{one}.csv"'}
        return Response("\ufeff" + csv_text(columns, found), headers=headers, media_type="text/csv; charset=utf-8")

    return [
        site.page("/stores/{store}", asked),
        site.page("/stores/{store}/{list}.csv", as_csv),
        site.page("/stores/{store}/{tab}", asked),
    ]


def _page(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else 1
