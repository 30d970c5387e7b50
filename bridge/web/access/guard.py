"""What every request of the page passes: is it ours, whose is it, may they do that?"""

import html
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bridge import log
from bridge.config.model import WebSettings
from bridge.web.access.crossing import SAFE, is_foreign, is_rebound
from bridge.web.access.session import Role, Sessions
from bridge.web.answers import bears

LOGIN = "/login"
CLOSED = (
    "This page can be reached from outside and has no password: set `password` under [web], and restart `stockbridge"
    " web`. Tills, /healthz, /readyz and /metrics go on."
)
FOREIGN = "Another site asked for this, so nothing was done. Open the page itself, and press the button there."
REBOUND = "This page is for this machine alone; open it as 127.0.0.1 or localhost, or set `origin` under [web]."
LOG_IN = "Log in first."
ANONYMOUS = "Send the `token` under [web] as a bearer token, or the cookie of a login to the page."
WRONG_BEARER = "That bearer token is not the `token` under [web]; a program sends that one."
VIEWER = "Whoever logs in with `viewer_password` may look and not act. Log in with `password` to do this."


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks. address: of the machine they sit at, as far as it is known. way: by which they came."""

    role: Role
    name: str
    address: str
    way: str = "page"

    @property
    def acts(self) -> bool:
        return self.role >= Role.OPERATOR

    @property
    def signature(self) -> str:
        """How a decision names who made it."""
        return f"{self.name} at {self.address} ({self.way})"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request goes no further. by: who made it, where that is known."""

    status: int
    why: str
    by: str = ""


Endpoint = Callable[[Request], Awaitable[Response]]


class Guard:
    """outside: others than this machine reach the server. proxied: a router or proxy stands in front of it, so that
    what it forwards can be believed."""

    def __init__(self, web: WebSettings, *, outside: bool, proxied: bool) -> None:
        self._web, self._outside = web, outside
        self.proxied = proxied or web.origin is not None
        passwords = {Role.OPERATOR: web.password, Role.VIEWER: web.viewer_password}
        self.sessions = Sessions({role: secret for role, secret in passwords.items() if secret is not None})

    @property
    def asks_password(self) -> bool:
        """Whoever sets a password on loopback has something in front of it that leads there."""
        return self._web.password is not None

    def is_secure(self, request: Request) -> bool:
        """Whether the browser speaks https, as far as that can be known."""
        forwarded = request.headers.get("x-forwarded-proto", "") if self.proxied else ""
        return (self._web.origin or "").startswith("https://") or forwarded == "https"

    def cookie(self, request: Request) -> str:
        """The name of the session's cookie. Browsers take the long one over https alone, and for this host alone."""
        return "__Host-stockbridge" if self.is_secure(request) else "stockbridge"

    def address(self, request: Request) -> str:
        """Who sits at the other end: what the proxy in front of us appended, as only that is not made up; and a proxy
        stands in our own network, so that whoever comes past it cannot say it is another."""
        peer = request.client.host if request.client else ""
        believed = self.proxied and _is_near(peer)
        forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip() if believed else ""
        return (forwarded or peer)[:64] or "nowhere"

    def closed(self, request: Request) -> str | None:
        """Why the page is shown to nobody who asks like this."""
        if not self.asks_password and self._outside:
            return CLOSED
        host, own = request.headers.get("host", ""), self._web.origin
        if not self.asks_password and is_rebound(host, own):
            return REBOUND
        sites, origins = request.headers.getlist("sec-fetch-site"), request.headers.getlist("origin")
        has_session = request.method not in SAFE and self.session(request) is not None
        return FOREIGN if is_foreign(request.method, sites, origins, host, own, has_session=has_session) else None

    def visitor(self, request: Request, way: str = "page") -> Visitor | None:
        """Who asks; None: nobody that is known."""
        address = self.address(request)
        if self._web.token is not None and bears(request, self._web.token):
            return Visitor(Role.OPERATOR, "a program with the token", address, way)
        if not self.asks_password:
            return Visitor(Role.OPERATOR, "somebody", address, way)
        role = self.session(request)
        return None if role is None else Visitor(role, role.word, address, way)

    def session(self, request: Request) -> Role | None:
        """The role of the session that a request brings."""
        name = self.cookie(request)
        return self.sessions.read(request.cookies.get(name, ""), name)

    def judged(self, request: Request, way: str = "page") -> Visitor | Refusal:
        """Who makes a request that they may make, or why it is not done."""
        if why := self.closed(request):
            return Refusal(403, why)
        visitor = self.visitor(request, way)
        if visitor is None:
            return Refusal(401, LOG_IN)
        if request.method not in SAFE and not visitor.acts:
            return Refusal(403, VIEWER, visitor.signature)
        return visitor

    def judged_program(self, request: Request) -> Visitor | Refusal:
        """The same for the API. A bearer token is looked at first: no browser sends one by itself, so no other site can
        have it sent, and it needs no page that is open. A wrong one is told, whatever else would do."""
        scheme = request.headers.get("authorization", "").partition(" ")[0]
        if scheme.lower() != "bearer":
            found = self.judged(request, "API")
            return Refusal(401, ANONYMOUS) if isinstance(found, Refusal) and found.status == 401 else found
        if self._web.token is None or not bears(request, self._web.token):
            return Refusal(401, WRONG_BEARER)
        return Visitor(Role.OPERATOR, "a program with the token", self.address(request), "API")

    def guarded(self, endpoint: Endpoint) -> Endpoint:
        """An endpoint that only sees requests of whoever may make them; `request.state.visitor` says who that is."""

        async def asked(request: Request) -> Response:
            found = self.judged(request)
            if isinstance(found, Refusal):
                return _to_login(request) if found.status == 401 else refused(request, found.why, by=found.by)
            request.state.visitor = found
            return await endpoint(request)

        return asked


def _is_near(address: str) -> bool:
    try:
        return ip_address(address).is_private
    except ValueError:
        return False


def refused(request: Request, why: str, *, by: str = "") -> Response:
    """403 with the remedy, on a page that needs nothing else."""
    note_refused(request, why, by=by)
    said = f"<!doctype html><meta charset=utf-8><title>Not allowed</title><h1>Not allowed</h1><p>{html.escape(why)}</p>"
    return HTMLResponse(said, 403)


def note_refused(request: Request, why: str, *, by: str = "") -> None:
    log.emit("page refused", path=request.url.path[:200], method=request.method, why=why, **({"by": by} if by else {}))


def _to_login(request: Request) -> Response:
    """A person is sent to where they can log in, and back afterwards; a script on the page has the page do that."""
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    at = f"{LOGIN}?next={quote(back if request.method in SAFE else '/', safe='/')}"
    if request.headers.get("hx-request") == "true":
        return Response(status_code=401, headers={"HX-Redirect": LOGIN})
    return RedirectResponse(at, 303) if request.method in SAFE else HTMLResponse(LOG_IN, 401)
