"""What can be looked at."""

import platform
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import FastAPI, HTTPException, Query
from pydantic import Field
from starlette.responses import Response

from bridge import __version__
from bridge.ops import words
from bridge.ops.facts import summary
from bridge.ops.search import rows as search_rows
from bridge.ops.sku_history import as_told
from bridge.status_report import RUNS
from bridge.web.api.parts import (
    NOT_HERE,
    Ours,
    Part,
    Parted,
    RunName,
    Searching,
    Sku,
    SkuPart,
    StoreName,
    answered,
    ask_of_sku,
    cut,
    known_store,
    of,
)  # fmt: skip
from bridge.web.api.shapes import lists, runs, settings, sku, status
from bridge.web.api.shapes.common import Paged
from bridge.web.reading import READ, TAB_OF, known_sku, run_rows, told_run
from bridge.web.views import runs as run_views
from bridge.web.views.lists import matching
from bridge.web.views.runs import SPANS, Choice
from bridge.web.views.series import series
from bridge.web.views.settings import place_of, tables

NOBODY = "Nobody knows such a run: it was never made, or it is forgotten. See /runs for those that are kept."

LISTS: dict[str, tuple[Any, str]] = {
    "held": (Paged[lists.Held], "Lowerings that wait for a person, and what was decided on of them."),
    "quarantine": (Paged[lists.Refused], "Numbers that the store refuses for a lasting reason."),
    "orphaned": (Paged[lists.Orphaned], "Listings that lost their map, and go on selling their last number."),
    "listings": (Paged[lists.UnmappedListing], "Listings without a SKU of the warehouse."),
    "products": (Paged[lists.UnlistedProduct], "SKUs of the warehouse without a listing."),
    "drift": (Paged[lists.Drifted], "What the store showed within a week instead of what was written there."),
    "changes": (lists.Changes, "What would change if everything that is due or held were sent now."),
    "left_alone": (Paged[lists.Decided], "Listings that are not written, whatever happens in the next cycles."),
    "webhooks": (Paged[lists.Delivery], "What its webhooks delivered, the newest first, as far as it is kept."),
}
"""List of a store → its shape, and what it is."""


class RunsAsked(Part):
    """Which runs are wanted."""

    store: Annotated[str, Field(max_length=100, description="Only its part.")] = ""
    sku: Annotated[str, Field(max_length=200, description="Only those that wrote this SKU.")] = ""
    failed: Annotated[bool, Field(description="Only those with trouble or refusals.")] = False
    since: Annotated[Literal["", "hour", "day", "week"], Field(description="How far back.")] = ""


def add_reads(api: FastAPI) -> None:
    for add in (add_stores, add_skus, add_runs):
        add(api)

    @api.get("/settings", response_model=settings.Settings)
    async def settings_in_effect(site: Ours) -> Response:
        """The configuration in effect, without its secrets, and where the state is."""
        configured = site.context.settings
        about = await site.ask(lambda context: context.state.about())
        return answered(
            {
                "versions": {"stockbridge": __version__, "python": platform.python_version()},
                "state": {"place": place_of(configured.redis_url), **about},
                "tables": [asdict(table) for table in tables(configured)],
            }
        )


def add_stores(api: FastAPI) -> None:
    @api.get("/status", response_model=status.Status)
    async def status_of_all(site: Ours) -> Response:
        """Is all well, and if not, who has to act? The same as `stockbridge status --json`."""
        report = await site.live.report()
        return answered({**report, "runs": report["runs"][:RUNS]})

    @api.get("/stores/{store}", response_model=status.OneStore, responses=NOT_HERE)
    async def one_store(site: Ours, store: StoreName) -> Response:
        """One store's part of the status."""
        name, report = known_store(site, store), await site.live.report()
        found = [x for x in report["findings"] if x["store"] == name]
        return answered({"at": report["at"], "findings": found, "stores": {name: report["stores"][name]}})

    def of_list(one: str) -> Callable[..., Any]:
        async def listed(site: Ours, store: StoreName, part: Searching) -> Response:
            name, tab = known_store(site, store), TAB_OF.get(one, one)
            rows = (await site.ask(lambda context: READ[tab](context, name)))[one]
            more = {"summary": summary(rows)} if one == "changes" else {}
            return answered(cut(matching(rows, part.search), part) | more)

        return listed

    for one, (shape, says) in LISTS.items():
        api.add_api_route(
            f"/stores/{{store}}/{one}", of_list(one), name=f"{one}_of_store", response_model=shape, responses=NOT_HERE,
            summary=says,
        )  # fmt: skip


def add_skus(api: FastAPI) -> None:
    @api.get("/skus", response_model=lists.FoundSkus)
    async def search_of_skus(site: Ours, part: Searching) -> Response:
        """SKUs by a part of them or of a name, in the warehouse and every store. Without `search` there are none."""
        wanted = part.search.strip()
        if not wanted:
            return answered(of([], 0, part) | {"more": False})
        end = part.offset + part.limit
        found = await site.ask(lambda _: site.search.find(wanted, begin=part.offset, end=end))
        told = await site.ask(lambda context: search_rows(context, found.hits))
        return answered(of(told, found.count, part) | {"more": found.more})

    @api.get("/sku", response_model=sku.Explained, responses=NOT_HERE)
    async def explain(site: Ours, asked: Sku) -> Response:
        """Why does the shop say 7? The same as `stockbridge explain SKU --offline --json`."""
        return answered((await ask_of_sku(site, lambda context: known_sku(context, asked.sku))).report)

    @api.get("/sku/history", response_model=sku.History, responses=NOT_HERE)
    async def history(site: Ours, asked: SkuPart) -> Response:
        """What changed for a SKU, when, why, in which run: the rows of `stockbridge history`, the newest first."""
        known = await ask_of_sku(site, lambda context: known_sku(context, asked.sku))
        found = cut(as_told(known.history.rows)[::-1], asked)
        return answered({"sku": known.report["sku"], "since": words.iso(known.history.since), **found})

    @api.get("/sku/series", response_model=sku.Series, responses=NOT_HERE)
    async def over_time(site: Ours, asked: Sku) -> Response:
        """A SKU over time: the warehouse and every listing, as lines on one axis, with orders and shipments."""
        known = await ask_of_sku(site, lambda context: known_sku(context, asked.sku))
        return answered(series(known.report, known.history, known.now))


def add_runs(api: FastAPI) -> None:
    @api.get("/runs", response_model=Paged[runs.RunRow])
    async def kept_runs(site: Ours, asked: Annotated[RunsAsked, Query()]) -> Response:
        """A row for each store of each run that is kept, the newest first."""
        choice = Choice(asked.store, asked.sku.strip(), asked.failed, asked.since if asked.since in SPANS else "")
        return answered(cut(await site.ask(lambda context: run_rows(context, choice)), asked))

    @api.get("/runs/{run}", response_model=runs.OneRun, responses=NOT_HERE)
    async def one_run(site: Ours, run: RunName, part: Parted) -> Response:
        """What a run wrote, and the word of each store."""
        told = await site.ask(lambda context: told_run(context, run))
        if told is None:
            raise HTTPException(404, NOBODY)
        past, noted = told.past, told.noted
        return answered(
            {
                "run": past.run, "at": words.iso(past.at), "undoes": noted.get("undoes", ""),
                "stores": noted.get("stores", {}), "forgotten": run_views.forgotten(past),
                "can_put_back": [store for store in site.context.stores if past.writes.get(store)],
                **cut(told.items, part),
            }
        )  # fmt: skip
