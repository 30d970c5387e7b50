"""What the routes of the API share."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeAlias, TypeVar

from fastapi import Depends, HTTPException, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bridge.errors import ConfigError
from bridge.sync.context import SyncContext
from bridge.web.answers import FRESH
from bridge.web.api.shapes.common import Fault
from bridge.web.site import Site

FEW, MOST, LAST = 100, 1_000, 1_000_000
"""Rows of one answer: as many as come where nothing is said, and at most; and the greatest offset."""

NOT_HERE: dict[int | str, dict[str, Any]] = {404: {"model": Fault, "description": "Nobody knows that name."}}
BODY: dict[int | str, dict[str, Any]] = {
    400: {"model": Fault, "description": "The body is not JSON, or says something twice."},
    408: {"model": Fault, "description": "The body did not come in time."},
    413: {"model": Fault, "description": "The body is too large."},
    415: {"model": Fault, "description": "The body is not sent as JSON."},
}
CHANGED: dict[int | str, dict[str, Any]] = {
    409: {"model": Fault, "description": "What was decided on is not what is there any more; nothing was done."}
}


def our_site(request: Request) -> Site:
    """Whom a request is asked of; the gate says so."""
    found: Site = request.state.site
    return found


Ours = Annotated[Site, Depends(our_site)]

StoreName = Annotated[str, Path(description="As the configuration calls it.", max_length=100)]
RunName = Annotated[str, Path(description="As `status` and `history` call it.", max_length=100)]

Read = TypeVar("Read")


class Part(BaseModel):
    """Which part of a list is wanted."""

    model_config = ConfigDict(extra="forbid")

    offset: Annotated[int, Field(ge=0, le=LAST, description="Rows that are left out at its beginning.")] = 0
    limit: Annotated[int, Field(ge=1, le=MOST, description="Rows, at most.")] = FEW


class Searched(Part):
    search: Annotated[str, Field(max_length=200, description="Only rows that have this in their SKU or name.")] = ""


class OneSku(BaseModel):
    """A SKU stands in the query, for it may hold any character."""

    model_config = ConfigDict(extra="forbid")

    sku: Annotated[str, Field(min_length=1, max_length=200, description="A SKU, or a name that only one has.")]


class PartOfSku(Part):
    sku: Annotated[str, Field(min_length=1, max_length=200, description="A SKU, or a name that only one has.")]


Parted: TypeAlias = Annotated[Part, Query()]
Searching: TypeAlias = Annotated[Searched, Query()]
Sku: TypeAlias = Annotated[OneSku, Query()]
SkuPart: TypeAlias = Annotated[PartOfSku, Query()]


def answered(value: Any, status: int = 200) -> Response:
    """As it is: what the document says of it is held by tests, and is not computed anew for each answer."""
    return JSONResponse(value, status, FRESH)


def cut(rows: Sequence[Any], part: Part) -> dict[str, Any]:
    return of(rows[part.offset : part.offset + part.limit], len(rows), part)


def of(rows: Sequence[Any], total: int, part: Part) -> dict[str, Any]:
    """rows: of the part that is wanted. total: of the whole list."""
    following = part.offset + part.limit
    return {
        "total": total, "offset": part.offset, "limit": part.limit,
        "next": following if following < total and following <= LAST else None, "rows": [*rows],
    }  # fmt: skip


def known_store(site: Site, name: str) -> str:
    if name not in site.context.stores:
        there = ", ".join(site.context.stores) or "none"
        raise HTTPException(404, f"There is no store of that name; there are: {there}.")
    return name


async def ask_of_sku(site: Site, work: Callable[[SyncContext], Read]) -> Read:
    """What a piece of work finds that raises ConfigError where nobody knows the SKU."""
    try:
        return await site.ask(work)
    except ConfigError as fault:
        raise HTTPException(404, str(fault)) from None
