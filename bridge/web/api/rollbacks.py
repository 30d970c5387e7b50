"""Rolling a run back: preview, look, say yes to exactly what was shown."""

from typing import Any

from fastapi import FastAPI, HTTPException, Request
from starlette.responses import Response

from bridge.ops.rollback_report import report
from bridge.web.api.parts import BODY, CHANGED, NOT_HERE, Ours, RunName, answered
from bridge.web.api.reads import NOBODY
from bridge.web.api.shapes.acts import Confirmed, Nothing
from bridge.web.api.shapes.runs import Rollback as Shape
from bridge.web.reading import told_run
from bridge.web.site import Site
from bridge.web.undoing import Rollback

NO_PREVIEW = "There is no preview of that run; POST to its `preview` makes one."


def add_rollbacks(api: FastAPI) -> None:
    @api.post("/runs/{run}/preview", status_code=202, response_model=Shape, responses=NOT_HERE | BODY | CHANGED)
    async def preview(site: Ours, request: Request, run: RunName, _: Nothing | None = None) -> Response:
        """Begin to read the stores, for what could be put back. Nothing is written."""
        told = await site.ask(lambda context: told_run(context, run))
        if told is None:
            raise HTTPException(404, NOBODY)
        if why := site.rollbacks.preview(told.past, request.state.visitor.signature):
            raise HTTPException(409, why)
        return answered(shown(known(site, run)), 202)

    @api.get("/runs/{run}/rollback", response_model=Shape, responses=NOT_HERE)
    async def rollback(site: Ours, run: RunName) -> Response:
        """How far it is: what would be put back, what stays and why, and at the end what became of it."""
        return answered(shown(known(site, run)))

    @api.post("/runs/{run}/rollback", status_code=202, response_model=Shape, responses=NOT_HERE | BODY | CHANGED)
    async def put_back(site: Ours, request: Request, run: RunName, asked: Confirmed) -> Response:
        """Put back what the preview of that token showed, and pause its stores."""
        known(site, run)
        if why := site.rollbacks.put_back(run, asked.token, request.state.visitor.signature):
            raise HTTPException(409, why)
        return answered(shown(known(site, run)), 202)


def known(site: Site, run: str) -> Rollback:
    found = site.rollbacks.of(run)
    if found is None:
        raise HTTPException(404, NO_PREVIEW)
    return found


def shown(undo: Rollback) -> dict[str, Any]:
    told = report(undo.past, undo.seen, undo.done, dry=undo.step in ("reads", "seen"))
    return {**told, "step": undo.step, "token": undo.token, "by": undo.by, "fault": undo.fault}
