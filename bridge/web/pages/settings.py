"""`/settings`: the configuration in effect without its secrets, what `check` says of it, and where the state is."""

import platform
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bridge import __version__
from bridge.web.checking import BUSY
from bridge.web.site import Site
from bridge.web.views.settings import checked, place_of, tables


def routes(site: Site) -> list[Route]:
    page = SettingsPage(site)
    return [
        site.page("/settings", page.asked),
        site.page("/settings/check", page.check, methods=("POST",)),
    ]


class SettingsPage:
    """The configuration is that with which the process began; the check reads it anew."""

    def __init__(self, site: Site) -> None:
        self.site = site

    async def shown(self, request: Request, report: dict[str, Any], *, online: bool) -> Response:
        settings = self.site.context.settings
        now, about = await self.site.ask(lambda context: (context.now().isoformat(), context.state.about()))
        return self.site.render(
            request, "settings.html", title="Settings", tables=tables(settings), lines=checked(report), online=online,
            at=now, state=place_of(settings.redis_url), about=about, still=True,
            versions=[("Stockbridge", __version__), ("Python", platform.python_version())],
        )  # fmt: skip

    async def asked(self, request: Request) -> Response:
        return await self.shown(request, await self.site.checks.offline(), online=False)

    async def check(self, request: Request) -> Response:
        """A POST, because it asks the warehouse and every store."""
        report = await self.site.checks.online(request.state.visitor.signature)
        return await self.shown(request, report or {"ok": False, "error": BUSY}, online=True)
