"""`/runs`: every run that is kept, and of each what it did to every number; and rolling it back."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bridge.core.spreadsheet import csv_text
from bridge.sync.context import SyncContext
from bridge.web.pages.skus import page_of
from bridge.web.reading import ToldRun, run_rows, told_run
from bridge.web.site import Site, back_to, form_of
from bridge.web.views import runs as views
from bridge.web.views.lists import Shown, paged
from bridge.web.views.runs import BACK, ITEMS, RUNS, SPANS, STAYS, Choice
from bridge.web.written import at

PATH = "/runs/{run}"
NOBODY = "Nobody knows such a run: it was never made, or it is forgotten. The newest are listed under Runs."


def routes(site: Site) -> list[Route]:
    page = RunPages(site)
    return [
        site.page("/runs", page.asked),
        site.page("/runs.csv", page.as_csv),
        site.page(f"{PATH}/items.csv", page.items_as_csv),
        site.page(f"{PATH}/rollback", page.rollback),
        site.page(f"{PATH}/rollback", page.put_back, methods=("POST",)),
        site.page(f"{PATH}/preview", page.preview, methods=("POST",)),
        site.page(PATH, page.one),
    ]


class RunPages:
    """What each address of runs answers."""

    def __init__(self, site: Site) -> None:
        self.site = site

    async def found(self, request: Request) -> tuple[Choice, list[dict[str, Any]], str]:
        """What is chosen, the rows of it, and the time."""
        given = request.query_params
        choice = Choice(
            given.get("store", "")[:100], given.get("sku", "")[:200].strip(), bool(given.get("failed")),
            since if (since := given.get("since", "")) in SPANS else "",
        )  # fmt: skip

        def read(context: SyncContext) -> tuple[list[dict[str, Any]], str]:
            return run_rows(context, choice), context.now().isoformat()

        return choice, *await self.site.ask(read)

    async def asked(self, request: Request) -> Response:
        choice, rows, now = await self.found(request)
        csv = choice.address.replace("/runs", "/runs.csv", 1)
        shown = paged("runs", RUNS, rows, csv, every=rows, page=page_of(request), address=choice.address)
        return self.site.render(
            request, "runs.html", title="Runs", shown=shown, choice=choice, at=now, stores=self.site.context.stores,
            spans=SPANS,
        )  # fmt: skip

    async def as_csv(self, request: Request) -> Response:
        _, rows, _ = await self.found(request)
        return attached("runs.csv", csv_text([column.name for column in RUNS.columns], rows))

    async def told(self, request: Request) -> ToldRun | None:
        return await self.site.ask(lambda context: told_run(context, request.path_params["run"]))

    async def one(self, request: Request) -> Response:
        told, now = await self.told(request), (await self.site.ask(lambda context: context.now())).isoformat()
        if told is None:
            return self.nobody(request)
        past, address = told.past, at(told.past.run, "run")
        shown = paged(
            "items", ITEMS, told.items, f"{address}/items.csv", every=told.items, page=page_of(request), address=address
        )
        return self.site.render(
            request, "run.html", title=f"Run {past.run}", past=past, noted=told.noted, shown=shown, at=now,
            address=address, forgotten=views.forgotten(past), undo=self.site.rollbacks.of(past.run),
            can_undo=any(past.writes.get(store) for store in self.site.context.stores),
        )  # fmt: skip

    async def items_as_csv(self, request: Request) -> Response:
        told = await self.told(request)
        if told is None:
            return self.nobody(request)
        columns = ["sku", "store", "location", "before", "after", "word", "later"]
        return attached(f"run-{told.past.run}.csv", csv_text(columns, told.items))

    def nobody(self, request: Request) -> Response:
        return self.site.render(request, "fault.html", 404, title="No such run", why=NOBODY, still=True)

    # -- rolling back ------------------------------------------------------------------------------

    async def preview(self, request: Request) -> Response:
        """A POST, because it asks the stores and takes of their requests."""
        told = await self.told(request)
        if told is None:
            return self.nobody(request)
        why = self.site.rollbacks.preview(told.past, request.state.visitor.signature)
        answer = back_to(f"{at(told.past.run, 'run')}/rollback")
        return self.site.tell(request, answer, why) if why else answer

    async def rollback(self, request: Request, status: int = 200, why: str = "") -> Response:
        run = request.path_params["run"]
        undo, address = self.site.rollbacks.of(run), at(run, "run")
        if undo is None:
            return back_to(address)
        now = (await self.site.ask(lambda context: context.now())).isoformat()
        return self.site.render(
            request, "rollback.html", status, title=f"Roll back run {run}", undo=undo, run=run, address=address, at=now,
            back=whole(BACK, views.back(undo.past, undo.seen)), stays=whole(STAYS, views.stays(undo.seen)),
            outcome=views.outcome(undo.done), forgotten=views.forgotten(undo.past), why=why, still=not undo.at_work,
        )  # fmt: skip

    async def put_back(self, request: Request) -> Response:
        run, form, by = request.path_params["run"], await form_of(request) or {}, request.state.visitor.signature
        if why := self.site.rollbacks.put_back(run, form.get("token", ""), by):
            return await self.rollback(request, 409, why)
        return back_to(f"{at(run, 'run')}/rollback")


def whole(spec: Any, rows: list[dict[str, Any]]) -> Shown:
    """A list on one page."""
    return paged("", spec, rows, "", every=rows, page=1, address="")


def attached(name: str, text: str) -> Response:
    """CSV that is kept as a file."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response("\ufeff" + text, headers=headers, media_type="text/csv; charset=utf-8")
