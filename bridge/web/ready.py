"""`/readyz`: whether numbers flow, and if not, which part stands still since when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bridge.core.freshness import LastSeen
from bridge.errors import StateError
from bridge.ops.freshness import of_flow, of_stores
from bridge.sync.context import SyncContext
from bridge.web.answers import FRESH
from bridge.web.looks import Look

LONGEST = 3.0  # seconds; whoever asks gives up after five or ten
SILENT = "Redis did not answer in time"


class Readiness:
    """Names parts and instants, no secrets: it needs no token."""

    def __init__(self, context: SyncContext) -> None:
        self._context = context
        self._answered: datetime | None = None
        self._look = Look(self._report, LONGEST)

    async def readyz(self, _: Request) -> Response:
        """200 when Redis, a worker, beat, the source and every store were seen lately, else 503."""
        try:
            report = await self._look.seen()
        except TimeoutError:
            report = self._without_redis(SILENT)
        except StateError as fault:
            report = self._without_redis(str(fault))
        return JSONResponse(report, 200 if report["ready"] else 503, FRESH)

    def _report(self) -> dict[str, Any]:
        context = self._context
        if refusal := context.state.refusal_of_writes():
            return self._without_redis(refusal)
        flow, stores, now = of_flow(context), of_stores(context), context.now()
        self._answered = now
        named = {**flow, **{f"store {store}": seen for store, seen in stores.items()}}
        late = [f"{name}: {seen.sentence(now)}" for name, seen in named.items() if not seen.is_fresh(now)]
        return {
            "ready": not late,
            **({"error": "; ".join(late)} if late else {}),
            "redis": {"ready": True, "seen": now.isoformat()},
            **_parts(flow, now),
            "stores": _parts(stores, now),
        }

    def _without_redis(self, why: str) -> dict[str, Any]:
        """Of what else there is, nothing is known."""
        seen = self._answered.isoformat() if self._answered else None
        return {"ready": False, "error": f"redis: {why}", "redis": {"ready": False, "seen": seen}}


def _parts(found: Mapping[str, LastSeen], now: datetime) -> dict[str, Any]:
    return {
        name: {"ready": seen.is_fresh(now), "seen": seen.at.isoformat() if seen.at else None}
        for name, seen in found.items()
    }
