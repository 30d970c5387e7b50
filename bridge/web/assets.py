"""What browsers load beside a page: all of it in memory, under addresses that change with it, so that it may be kept
for ever."""

import hashlib
import mimetypes
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bridge.web.answers import refusal

FOLDER = Path(__file__).parent / "static"
SERVED = (".css", ".js", ".svg", ".txt")
KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}


class Assets:
    """The files of a folder and of those in it, as they are when it is made."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.suffix in SERVED
        }
        told = hashlib.sha256()
        for name, body in self._files.items():
            told.update(f"{name}:{len(body)}:".encode() + body)
        self.stamp = told.hexdigest()[:12]

    @property
    def route(self) -> Route:
        return Route("/static/{stamp}/{name:path}", self.served)

    def url(self, name: str) -> str:
        """Raises KeyError where there is no such file."""
        self._files[name]
        return f"/static/{self.stamp}/{name}"

    async def served(self, request: Request) -> Response:
        """Of another version: nothing, for a page of that version is loaded anew."""
        name = request.path_params["name"]
        if request.path_params["stamp"] != self.stamp or name not in self._files:
            return refusal(404, "There is nothing at this address")
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return Response(self._files[name], headers=KEPT, media_type=kind)
