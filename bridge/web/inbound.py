"""`POST /api/product/inventory`, the Inventory Update API from the other side: a till reports what lies on a shelf.

Answered with 2xx means that the report stands in Redis. One thread takes the reports one after the other, over one
connection: two of one product would only be in each other's way.
"""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from bridge import log
from bridge.core.shelf import Report, read_report
from bridge.errors import RefusedReportError, StateError
from bridge.state.change import ConflictError
from bridge.sync.context import SyncContext
from bridge.sync.reports import take
from bridge.web.answers import bears, bounded_body, refusal

PATH = "/api/product/inventory"
LARGEST = 64 * 1024  # bytes of a body
SLOWEST = 10.0  # seconds until a body is there
MOST_WAITING = 200  # reports that wait for the thread; more would wait longer than a till does
AGAIN = "5"  # seconds after which a till may try again


class Inbound:
    """The tills of a configuration, each known by its token."""

    def __init__(self, context: SyncContext) -> None:
        self._context = context
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reports")
        self._waiting = 0

    async def post(self, request: Request) -> Response:
        """Take one report. What began later counts, and it began with its first bytes, however slow the rest is."""
        began = time.monotonic()
        # Every token is compared, so that the time tells nothing.
        known = [name for name, till in self._context.settings.inbound.items() if bears(request, till.token)]
        if not known:
            return refusal(401, "Invalid bearer token", {"WWW-Authenticate": "Bearer", "Connection": "close"})
        try:
            body = await asyncio.wait_for(bounded_body(request, LARGEST), SLOWEST)
            report = read_report(orjson.loads(body)) if body is not None else None
        except orjson.JSONDecodeError:
            report = "The body must be a JSON object"
        except (TimeoutError, ClientDisconnect):
            return refusal(408, "The body did not come in time", {"Connection": "close"})
        if report is None:
            return refusal(413, f"The body must have at most {LARGEST} bytes", {"Connection": "close"})
        return await self._queued(known[0], report, began)

    def close(self) -> None:
        """Wait for the report that is being taken."""
        self._thread.shutdown()

    async def _queued(self, till: str, report: Report | str, began: float) -> Response:
        """report: what is said, or what is wrong with it."""
        if self._waiting >= MOST_WAITING:
            return refusal(503, "Too many reports at once; try again later", {"Retry-After": AGAIN})
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, self._taken, till, report, began)
        finally:
            self._waiting -= 1

    def _taken(self, till: str, report: Report | str, began: float) -> Response:
        try:
            if isinstance(report, str):
                raise RefusedReportError(report)
            now = self._context.now()
            take(self._context, till, report, now - timedelta(seconds=time.monotonic() - began))
        except RefusedReportError as fault:
            log.emit("report refused", till=till, why=str(fault))
            with suppress(StateError):  # nothing rests on it
                self._context.state.count({f"reports|{till}|refused": 1})
            return refusal(503, str(fault), {"Retry-After": AGAIN}) if fault.passing else refusal(400, str(fault))
        except (StateError, ConflictError) as fault:
            log.emit("report not kept", till=till, error=str(fault) or "others keep changing the same SKU")
            return refusal(503, "Nothing was kept; try again later", {"Retry-After": AGAIN})
        return JSONResponse({"success": True})
