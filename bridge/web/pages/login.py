"""Logging in and out."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bridge import log
from bridge.web.access.attempts import Attempts
from bridge.web.access.guard import LOGIN, refused
from bridge.web.access.session import LONGEST, Role
from bridge.web.site import Site, back_to, form_of

WRONG = "That is not one of the passwords under [web]."
EMPTY = "The form did not arrive; send it again."


def routes(site: Site) -> list[Route]:
    login = Login(site)
    return [Route(LOGIN, login.answer, methods=["GET", "POST"]), Route("/logout", login.out, methods=["POST"])]


def inside(address: str) -> str:
    """An address of ours to go back to; whatever leads elsewhere leads to the overview."""
    plain = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if plain and "\\" not in address and not address.startswith(LOGIN) else "/"


class Login:
    """Each process counts failed attempts for itself."""

    def __init__(self, site: Site) -> None:
        self._site, self._guard, self._attempts = site, site.guard, Attempts()

    async def answer(self, request: Request) -> Response:
        if why := self._guard.closed(request):
            return refused(request, why)
        if not self._guard.asks_password:
            return back_to("/")
        if request.method == "POST":
            return await self._attempt(request)
        return self._form(request, request.query_params.get("next", "/"))

    async def _attempt(self, request: Request) -> Response:
        address, is_known = self._guard.address(request), self._guard.session(request) is Role.OPERATOR
        if wait := self._attempts.wait(address, is_known=is_known):
            return self._limited(request, address, wait)
        form = await form_of(request)
        if form is None:
            return self._form(request, "/", EMPTY, 400)
        # Others of this network may have come while the form did.
        if wait := self._attempts.wait(address, is_known=is_known):
            return self._limited(request, address, wait)
        role, back = self._guard.sessions.role_of(form.get("password", "")), form.get("next", "/")
        if role is None:
            self._attempts.fail(address)
            log.emit("login refused", address=address)
            return self._form(request, back, WRONG, 401)
        if role is Role.OPERATOR:
            self._attempts.forget(address)
        log.emit("login", role=role.word, address=address)
        return self._begun(request, role, inside(back))

    async def out(self, request: Request) -> Response:
        """End a session in this browser."""
        if why := self._guard.closed(request):
            return refused(request, why)
        answer = back_to(LOGIN)
        secure = self._guard.is_secure(request)
        answer.delete_cookie(self._guard.cookie(request), path="/", secure=secure, httponly=True, samesite="strict")
        return answer

    def _begun(self, request: Request, role: Role, back: str) -> Response:
        answer, name = back_to(back), self._guard.cookie(request)
        answer.set_cookie(
            name, self._guard.sessions.begin(role, name), max_age=LONGEST, path="/",
            secure=self._guard.is_secure(request), httponly=True, samesite="strict",
        )  # fmt: skip
        return answer

    def _limited(self, request: Request, address: str, wait: int) -> Response:
        log.emit("login limited", address=address, seconds=wait)
        answer = self._form(request, "/", f"Too many wrong passwords; try again in {wait} seconds.", 429)
        answer.headers["Retry-After"] = str(wait)
        return answer

    def _form(self, request: Request, back: str, why: str = "", status: int = 200) -> Response:
        return self._site.render(request, "login.html", status, title="Log in", why=why, back=inside(back))
