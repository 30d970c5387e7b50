"""`/skus/SKU`: why does the shop say 7? The discrepancy, the slips, what happened, and what reads it again."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bridge import log
from bridge.core.spreadsheet import csv_text
from bridge.errors import ConfigError
from bridge.ops.sku import meant
from bridge.ops.sku_history import sku_history
from bridge.ops.warehouse_history import warehouse_history
from bridge.web.acting import resync_sku
from bridge.web.answers import FRESH
from bridge.web.pages.skus import page_of
from bridge.web.reading import known_sku
from bridge.web.site import Site, back_to, form_of
from bridge.web.views import sku as views
from bridge.web.views.series import series, table
from bridge.web.written import at

PATH = "/skus/{sku:path}"


def routes(site: Site) -> list[Route]:
    page = SkuPage(site)
    return [
        site.page(f"{PATH}/series.json", page.as_series),
        site.page(f"{PATH}/history.csv", page.as_csv),
        site.page(f"{PATH}/warehouse", page.warehouse, methods=("POST",)),
        site.page(f"{PATH}/resync", page.resync, methods=("POST",)),
        site.page(PATH, page.asked),
    ]


class SkuPage:
    """What each address below a SKU answers."""

    def __init__(self, site: Site) -> None:
        self.site = site

    async def shown(self, request: Request, theirs: Mapping[str, Any] | None) -> Response:
        """theirs: what the warehouse was asked for; None: it was not."""
        asked_for = request.path_params["sku"]
        try:
            known = await self.site.ask(lambda context: known_sku(context, asked_for))
        except ConfigError as fault:
            return self.site.render(request, "fault.html", 404, title="No such SKU", why=str(fault), still=True)
        report, history = known.report, known.history
        address = at(report["sku"], "sku")
        if report["sku"] != asked_for:
            return back_to(address)
        told = series(report, history, known.now)
        return self.site.render(
            request, "sku.html", title=report["sku"], shown=views.view(report, known.incoming, address),
            at=known.now.isoformat(),
            history=views.history(history.rows, page_of(request), address), reaches=history.since, series=told,
            steps=table(told), events=history.events, theirs=theirs, address=address,
            still=theirs is not None,
        )  # fmt: skip

    async def asked(self, request: Request) -> Response:
        return await self.shown(request, None)

    async def warehouse(self, request: Request) -> Response:
        sku = request.path_params["sku"]
        told = await self.site.ask(
            lambda context: warehouse_history(context, meant(context, sku, context.stores).parts)
        )
        log.emit("page asked the warehouse", sku=sku, by=request.state.visitor.signature)
        return await self.shown(request, told.as_dict())

    async def as_series(self, request: Request) -> Response:
        try:
            known = await self.site.ask(lambda context: known_sku(context, request.path_params["sku"]))
        except ConfigError as fault:
            return JSONResponse({"error": str(fault)}, 404, FRESH)
        return JSONResponse(series(known.report, known.history, known.now), headers=FRESH)

    async def as_csv(self, request: Request) -> Response:
        history = await self.site.ask(lambda context: sku_history(context, request.path_params["sku"]))
        columns = [column.name for column in views.HISTORY.columns]
        name = quote(f"{request.path_params['sku']}-history.csv", safe="")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        text = "\ufeff" + csv_text(columns, views.told_history(history.rows))
        return Response(text, headers=headers, media_type="text/csv; charset=utf-8")

    async def resync(self, request: Request) -> Response:
        sku, form, by = request.path_params["sku"], await form_of(request) or {}, request.state.visitor.signature
        chosen = [store for store in self.site.context.stores if form.get("store", store) == store]
        done = await self.site.ask(lambda context: resync_sku(context, sku, chosen, by))
        self.site.live.forget()
        said = f"{', '.join(done)}: {sku} is read and sent again as soon as a worker is free."
        return self.site.tell(request, back_to(at(sku, "sku")), said if done else f"No store of those sells {sku}.")
