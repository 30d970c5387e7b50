"""`/stores/NAME`: one store, and its lists, each with a filter, pages and CSV."""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bridge.core.spreadsheet import csv_text
from bridge.ops import drift_report, store_lists
from bridge.ops.facts import summary
from bridge.ops.unmapped import compare
from bridge.sync.context import SyncContext
from bridge.web.site import Site
from bridge.web.views import lists, store
from bridge.web.views.lists import SPECS, Row, decided, linked, matching, pasted, placed

Lists = Mapping[str, list[Row]]


def held(context: SyncContext, name: str) -> Lists:
    """Whatever was decided on: what was rejected may still be released."""
    rows = store_lists.held_rows(context, name, context.state.held(name), reject=False)
    return {"held": decided(rows)}


def quarantine(context: SyncContext, name: str) -> Lists:
    return {"quarantine": placed(store_lists.refused(context, name))}


def unmapped(context: SyncContext, name: str) -> Lists:
    sides = compare(context, name)
    return {
        "orphaned": [*sides["orphaned"]],
        "listings": pasted(sides["listings"], of_source=False),
        "products": pasted(sides["products"], of_source=True),
    }


def drift(context: SyncContext, name: str) -> Lists:
    return {"drift": placed(drift_report.gather(context, name)["drifts"])}


def changes(context: SyncContext, name: str) -> Lists:
    return {"changes": placed(store_lists.differing(context, name))}


def left_alone(context: SyncContext, name: str) -> Lists:
    return {"left_alone": placed(store_lists.left_alone(context, name))}


READ: Mapping[str, Callable[[SyncContext, str], Lists]] = {
    "held": held, "quarantine": quarantine, "unmapped": unmapped, "drift": drift, "changes": changes,
    "left-alone": left_alone,
}  # fmt: skip
"""Tab → how its lists are read."""

TAB_OF = {"orphaned": "unmapped", "listings": "unmapped", "products": "unmapped", "left_alone": "left-alone"}
"""List → its tab, where that has another name."""


def routes(site: Site) -> list[Route]:
    async def read(name: str, tab: str) -> Lists:
        if tab == "runs":
            return {"runs": [*store.runs(await site.live.report(), name)]}
        return await site.ask(lambda context: READ[tab](context, name))

    async def asked(request: Request) -> Response:
        name, tab = request.path_params["store"], request.path_params.get("tab", "held")
        if name not in site.context.stores or tab not in store.TABS:
            return site.nothing(request)
        search, page = request.query_params.get("search", "")[:200], _page(request.query_params.get("page"))
        rows, at = await read(name, tab), f"/stores/{name}"
        shown = [
            lists.shown(one, found, search=search, page=page, address=f"{at}/{tab}", csv=f"{at}/{one}.csv")
            for one, found in rows.items()
        ]
        return site.render(
            request, "store.html", title=f"{name}: {store.TABS[tab][0]}",
            store=store.view(await site.live.report(), name), tab=tab, lists=shown, search=search,
            back=linked(f"{at}/{tab}", search=search), still=tab in store.STILL,
            sums=summary(rows["changes"]) if tab == "changes" else None,
        )  # fmt: skip

    async def as_csv(request: Request) -> Response:
        name, one = request.path_params["store"], request.path_params["list"]
        if name not in site.context.stores or one not in SPECS:
            return site.nothing(request)
        rows = (await read(name, TAB_OF.get(one, one)))[one]
        found = matching(rows, request.query_params.get("search", "")[:200])
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
