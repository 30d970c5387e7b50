"""The application behind `/api/v1`, and its document."""

from functools import cache
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.security import APIKeyCookie, HTTPBearer
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp

from bridge import __version__, log
from bridge.errors import BridgeError
from bridge.state.change import ConflictError
from bridge.web.access.crossing import SAFE
from bridge.web.answers import broken, refusal, unrouted
from bridge.web.api.acts import add_acts
from bridge.web.api.gate import Gate
from bridge.web.api.parts import Ours, answered
from bridge.web.api.reads import add_reads
from bridge.web.api.rollbacks import add_rollbacks
from bridge.web.api.shapes.common import Fault
from bridge.web.site import Site

PATH = "/api/v1"
SILENT = "The state was not read in time; Redis may be busy or away. Ask again."
AGAIN = "5"  # seconds after which whoever was told 503 may try again
UNKNOWN = "The state did not answer in time, and it may still be done; look at what is there before you ask again."

ALWAYS: dict[int | str, dict[str, Any]] = {
    401: {"model": Fault, "description": "Neither the token nor a session."},
    403: {"model": Fault, "description": "A viewer may not act, and another site may do nothing."},
    422: {"model": Fault, "description": "A parameter or a member of the body cannot be what it is."},
    503: {
        "model": Fault,
        "description": "The state is away, or a worker is busy with the store. Whether an act was done may be unknown.",
        "headers": {"Retry-After": {"description": "Seconds.", "schema": {"type": "string"}}},
    },
}
"""What every request may be answered with."""


def build_api(site: Site) -> ASGIApp:
    """What is mounted at PATH."""
    return Gate(application(), site)


@cache
def application() -> FastAPI:
    """The routes, the same for every site: each request says of which it is asked."""
    login = Depends(APIKeyCookie(name="stockbridge", scheme_name="session", auto_error=False))
    token = Depends(HTTPBearer(scheme_name="token", auto_error=False))
    api = FastAPI(
        title="Stockbridge", version=__version__, summary="What the page does, for programs.",
        servers=[{"url": PATH}], openapi_url=None, redirect_slashes=False,  # it would lead to whatever host they named
        separate_input_output_schemas=False, dependencies=[token, login], responses=ALWAYS,
        generate_unique_id_function=lambda route: route.name,
        exception_handlers={
            HTTPException: refused, RequestValidationError: invalid, BridgeError: away, TimeoutError: away,
            ConflictError: away, Exception: broken,
        },
    )  # fmt: skip
    for add in (add_reads, add_acts, add_rollbacks):
        add(api)

    @api.get("/openapi.json", include_in_schema=False)
    async def document(site: Ours) -> Response:
        return answered(await site.ask(lambda _: api.openapi()))  # making it would hold up everybody

    return api


async def refused(request: Request, fault: Exception) -> Response:
    """With what else may be asked here, where the method is the wrong one."""
    if isinstance(fault, HTTPException) and fault.status_code == 405:
        routes = request.scope["app"].routes
        found = {x for route in routes if route.matches(request.scope)[0] != Match.NONE for x in route.methods}
        fault.headers = {"Allow": ", ".join(sorted(found))}
    return await unrouted(request, fault)


async def invalid(_: Request, fault: Exception) -> Response:
    """Each thing that is wrong, by its name. What was sent is not said again."""
    assert isinstance(fault, RequestValidationError)  # noqa: S101  (it is registered for no other)
    wrong = [f"{'.'.join(map(str, x['loc'][1:])) or 'the body'}: {x['msg']}" for x in fault.errors()]
    return refusal(422, "; ".join(wrong[:5])[:1_000])


async def away(request: Request, fault: Exception) -> Response:
    """What waiting can help."""
    late = SILENT if request.method in SAFE else UNKNOWN
    why = late if isinstance(fault, TimeoutError) else str(fault)
    log.emit("page not served", path=request.url.path[:200], error=why)
    return refusal(503, why, {"Retry-After": AGAIN})
