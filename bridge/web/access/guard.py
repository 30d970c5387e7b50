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
VIEWER = "Whoever logs in with `viewer_password` may look and not act. Log in with `password` to do this."


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks. address: of the machine they sit at, as far as it is known."""

    role: Role
    name: str
    address: str

    @property
    def acts(self) -> bool:
        return self.role >= Role.OPERATOR

    @property
    def signature(self) -> str:
        """How a decision names who made it."""
        return f"{self.name} at {self.address} (page)"


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
        return FOREIGN if is_foreign(request.method, sites, origins, host, own) else None

    def visitor(self, request: Request) -> Visitor | None:
        """Who asks; None: nobody that is known."""
        address = self.address(request)
        if self._web.token is not None and bears(request, self._web.token):
            return Visitor(Role.OPERATOR, "a program with the token", address)
        if not self.asks_password:
            return Visitor(Role.OPERATOR, "somebody", address)
        name = self.cookie(request)
        role = self.sessions.read(request.cookies.get(name, ""), name)
        return None if role is None else Visitor(role, role.word, address)

    def guarded(self, endpoint: Endpoint) -> Endpoint:
        """An endpoint that only sees requests of whoever may make them; `request.state.visitor` says who that is."""

        async def asked(request: Request) -> Response:
            if why := self.closed(request):
                return refused(request, why)
            visitor = self.visitor(request)
            if visitor is None:
                return _to_login(request)
            if request.method not in SAFE and not visitor.acts:
                return refused(request, VIEWER, by=visitor.signature)
            request.state.visitor = visitor
            return await endpoint(request)

        return asked


def _is_near(address: str) -> bool:
    try:
        return ip_address(address).is_private
    except ValueError:
        return False


def refused(request: Request, why: str, *, by: str = "") -> Response:
    """403 with the remedy, on a page that needs nothing else."""
    log.emit("page refused", path=request.url.path[:200], method=request.method, why=why, **({"by": by} if by else {}))
    said = f"<!doctype html><meta charset=utf-8><title>Not allowed</title><h1>Not allowed</h1><p>{html.escape(why)}</p>"
    return HTMLResponse(said, 403)


def _to_login(request: Request) -> Response:
    """A person is sent to where they can log in, and back afterwards; a script on the page has the page do that."""
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    at = f"{LOGIN}?next={quote(back if request.method in SAFE else '/', safe='/')}"
    if request.headers.get("hx-request") == "true":
        return Response(status_code=401, headers={"HX-Redirect": LOGIN})
    return RedirectResponse(at, 303) if request.method in SAFE else HTMLResponse("Log in first.", 401)
