"""What can be done: first asked what it would take, then done with exactly that."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from bridge import log
from bridge.ops.sku import meant, sku_of
from bridge.ops.warehouse_history import WarehouseHistory, warehouse_history
from bridge.sync.context import SyncContext
from bridge.web.access.guard import VIEWER, note_refused
from bridge.web.acting import carry_out, resync_sku, rows_taken
from bridge.web.api.parts import BODY, CHANGED, FEW, NOT_HERE, Ours, StoreName, answered, ask_of_sku, known_store
from bridge.web.api.shapes import acts as shapes
from bridge.web.api.shapes import settings
from bridge.web.api.shapes.acts import Checked, Decision, Id, Nothing, OfSku, OfSkuIn, Text
from bridge.web.api.shapes.sku import SkuResynced
from bridge.web.api.shapes.sku import WarehouseHistory as WarehouseHistoryShape
from bridge.web.checking import BUSY
from bridge.web.site import Site
from bridge.web.views.actions import ACTS, Choice, confirm, mark_of, said_after

OTHER = "What is there has changed since it was looked at, and nothing was done; look at it again."
NONE_OF_THOSE = "No store of those sells it, so nothing was asked for."

TOLD: Mapping[str, Any] = {
    "release": shapes.Done[shapes.Released], "reject": shapes.Done[shapes.Released],
    "retry": shapes.Done[shapes.Requested], "pause": shapes.Done[shapes.Paused], "resume": shapes.Done[shapes.Paused],
    "resync": shapes.Done[shapes.Requested], "full-resync": shapes.Done[shapes.Requested],
}  # fmt: skip
"""Act → the shape of its answer."""

MOVED: dict[int | str, dict[str, Any]] = {409: CHANGED[409] | {"model": shapes.Changed}}


class Chosen(BaseModel):
    """What of a list is meant: what a search leaves, or one row of it."""

    model_config = ConfigDict(extra="forbid")

    search: Text = ""
    ref: Id = ""
    location: Id = ""


def add_acts(api: FastAPI) -> None:
    for name, act in ACTS.items():
        path, called = f"/stores/{{store}}/acts/{name}", name.replace("-", "_")
        api.add_api_route(
            path, done_with_rows(name) if act.takes else done(name), methods=["POST"], name=called,
            response_model=TOLD[name], responses=NOT_HERE | BODY | (MOVED if act.takes else {}),
            summary=f"{act.button}. {act.says}",
        )  # fmt: skip
        if act.takes:
            api.add_api_route(
                path, would_do(name), name=f"would_{called}", response_model=shapes.Would, responses=NOT_HERE,
                summary=f"What `{name}` would do now. An operator's, as the act is.",
            )  # fmt: skip
    add_others(api)


def would_do(act: str) -> Callable[..., Any]:
    async def would(site: Ours, request: Request, store: StoreName, chosen: Annotated[Chosen, Query()]) -> Response:
        if not request.state.visitor.acts:
            note_refused(request, VIEWER, by=request.state.visitor.signature)
            raise HTTPException(403, VIEWER)
        name, choice = known_store(site, store), Choice(chosen.search, chosen.ref, chosen.location)
        rows = await site.ask(lambda context: rows_taken(context, act, name, choice))
        shown = confirm(act, name, rows, choice)
        return answered(
            {"act": act, "says": shown.act.says, "sums": shown.sums, "total": shown.count, "seen": shown.seen,
             "rows": rows[:FEW]}
        )  # fmt: skip

    return would


def done_with_rows(act: str) -> Callable[..., Any]:
    async def did(site: Ours, request: Request, store: StoreName, asked: Decision) -> Response:
        choice = Choice(asked.search, asked.ref, asked.location)
        return await act_on(site, request, act, known_store(site, store), choice, asked.seen)

    return did


def done(act: str) -> Callable[..., Any]:
    async def did(site: Ours, request: Request, store: StoreName, _: Nothing | None = None) -> Response:
        return await act_on(site, request, act, known_store(site, store), Choice(), mark_of(()))

    return did


async def act_on(site: Site, request: Request, act: str, store: str, choice: Choice, seen: str) -> Response:
    by = request.state.visitor.signature
    rows, did = await site.ask(lambda context: carry_out(context, act, store, choice, seen, by))
    if did is None:
        return answered({"error": OTHER, "seen": mark_of(rows), "total": len(rows)}, 409)
    site.live.forget()
    told = {**did.told, **({"held": did.told["held"][:FEW]} if "held" in did.told else {})}
    return answered(
        {"act": act, "count": did.count, "said": said_after(act, store, did.count), "stores": {store: told}}
    )


def add_others(api: FastAPI) -> None:
    """Acts on something else than a store as a whole."""

    @api.post("/sku/resync", response_model=SkuResynced, responses=NOT_HERE | BODY)
    async def resync_one_sku(site: Ours, request: Request, asked: OfSkuIn) -> Response:
        """Have stores read and send a SKU again."""
        every, by = site.context.stores, request.state.visitor.signature
        chosen = [known_store(site, name) for name in dict.fromkeys(every if asked.stores is None else asked.stores)]
        done = await site.ask(lambda context: resync_sku(context, asked.sku, chosen, by))
        if not done:
            raise HTTPException(404, NONE_OF_THOSE)
        site.live.forget()
        return answered({"sku": asked.sku, "stores": {store: {"request": number} for store, number in done.items()}})

    @api.post("/sku/warehouse", response_model=WarehouseHistoryShape, responses=NOT_HERE | BODY)
    async def ask_the_warehouse(site: Ours, request: Request, asked: OfSku) -> Response:
        """What the warehouse itself remembers of a SKU. It is asked at this moment, with eleven requests at most."""

        def read(context: SyncContext) -> WarehouseHistory:
            sku = sku_of(context, asked.sku, context.stores)
            return warehouse_history(context, meant(context, sku, context.stores).parts)

        told = await ask_of_sku(site, read)
        log.emit("page asked the warehouse", sku=asked.sku, by=request.state.visitor.signature)
        return answered(told.as_dict())

    @api.post("/check", response_model=settings.Report, responses=BODY | CHANGED)
    async def check(site: Ours, request: Request, asked: Checked | None = None) -> Response:
        """Is everything in place? The same as `stockbridge check --json`; it asks the warehouse and every store."""
        if asked is not None and asked.offline:
            return answered(await site.checks.offline())
        report = await site.checks.online(request.state.visitor.signature)
        if report is None:
            raise HTTPException(409, BUSY)
        return answered(report)
