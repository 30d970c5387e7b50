"""What every page is given: the state, the templates, the guard; and how a page answers when the state is away."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from itsdangerous import BadSignature, URLSafeSerializer
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bridge import log
from bridge.errors import BridgeError
from bridge.ops.search import Search
from bridge.state import keys
from bridge.state.change import ConflictError
from bridge.status_report import gather
from bridge.sync.context import SyncContext
from bridge.web import written
from bridge.web.access.guard import Endpoint, Guard
from bridge.web.answers import bounded_body
from bridge.web.assets import Assets
from bridge.web.checking import Checks
from bridge.web.live import EVERY, Live
from bridge.web.undoing import Rollbacks
from bridge.web.views.actions import ACTS

Found = TypeVar("Found")

LONGEST = 20.0  # seconds that whoever asks for a page waits for the state
THREADS = 2  # pages that are read at once; they share one connection
LARGEST = 64 * 1024  # bytes of a form
SLOWEST = 10.0  # seconds until a form is there
TOLD = "stockbridge-told"
NOTHING = "There is no store, list or page of that name here; see the overview for those that there are."
SILENT = "The state was not read in time; Redis may be busy or away. This page looks again by itself."


class Site:
    """What pages and API share. context: on a connection of its own, so that no till waits for a page. every: see Live.
    config: the file of the configuration, where one was named."""

    def __init__(self, context: SyncContext, guard: Guard, *, every: float = EVERY, config: Path | None = None) -> None:
        self.context, self.guard, self.assets = context, guard, Assets()
        self.live = Live(lambda: gather(context, keys.KEPT_RUNS), lambda report: {**report, "at": None}, every=every)
        self.search, self.checks = Search(context), Checks(config)
        self.rollbacks = Rollbacks(context, self.live.forget_soon)
        self._notes = URLSafeSerializer(secrets.token_bytes(32))
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="pages")
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        named = ("sentence", "foreign", "query", "ago", "clock", "moment", "number", "plural", "at", "leads", "signed")
        self._templates.filters |= {name: getattr(written, name) for name in named}
        self._templates.globals |= {"static": self.assets.url, "acts": ACTS}

    async def ask(self, work: Callable[[SyncContext], Found]) -> Found:
        """What a piece of work finds in the state, out of the way of the server. Raises what it raises, and
        TimeoutError when it takes too long; it goes on then."""
        loop = asyncio.get_running_loop()
        return await asyncio.wait_for(loop.run_in_executor(self._threads, work, self.context), LONGEST)

    def render(self, request: Request, template: str, status: int = 200, **shown: Any) -> Response:
        """A page. shown: what the template names."""
        visitor = getattr(request.state, "visitor", None)
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        told = self._told(request) if request.headers.get("hx-request") is None else ""
        page = self._templates.get_template(template).render(
            visitor=visitor, here=here, told=told, asks_password=self.guard.asks_password, **shown
        )
        answer = HTMLResponse(page, status)
        if told:
            answer.delete_cookie(TOLD, path="/", httponly=True, samesite="strict")
        return answer

    def nothing(self, request: Request) -> Response:
        return self.render(request, "fault.html", 404, title="Nothing here", why=NOTHING, still=True)

    def tell(self, request: Request, answer: Response, said: str) -> Response:
        """An answer, after which the next page says a sentence once."""
        answer.set_cookie(
            TOLD, self._notes.dumps(said), max_age=60, path="/", httponly=True, samesite="strict",
            secure=self.guard.is_secure(request),
        )  # fmt: skip
        return answer

    def _told(self, request: Request) -> str:
        try:
            return str(self._notes.loads(request.cookies[TOLD]))
        except (KeyError, BadSignature):
            return ""

    def page(self, path: str, endpoint: Endpoint, *, methods: tuple[str, ...] = ("GET",)) -> Route:
        """A route for whoever may look, and for whoever may act where the method changes something."""

        @wraps(endpoint)
        async def answered(request: Request) -> Response:
            status, title = 503, "Not now"
            try:
                return await endpoint(request)
            except TimeoutError:
                why = SILENT
            except ConflictError as fault:
                status, title, why = 409, "Not done", str(fault)
            except BridgeError as fault:
                why = str(fault)
            log.emit("page not served", path=request.url.path, error=why)
            return self.render(request, "fault.html", status, title=title, why=why)

        return Route(path, self.guard.guarded(answered), methods=list(methods))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


async def form_of(request: Request) -> dict[str, str] | None:
    """The fields of a small form; None: it is none, is too large, or did not come in time."""
    try:
        body = await asyncio.wait_for(bounded_body(request, LARGEST), SLOWEST)
    except (TimeoutError, ClientDisconnect):
        return None
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body is None or kind != "application/x-www-form-urlencoded":
        return None
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=50))
    except ValueError:
        return None


def back_to(address: str) -> Response:
    """See what came of it, with GET."""
    return RedirectResponse(address, 303)
