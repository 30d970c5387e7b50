"""The sandbox on real loopback ports: the shop on one, result files on another."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import format_datetime

from connectors.shopify.sandbox.app import Sandbox, describe
from connectors.shopify.sandbox.control import CONTROL
from connectors.shopify.sandbox.http import as_text
from connectors.testing.http import Request, Response
from connectors.testing.server import SandboxServer


@dataclass(slots=True)
class Address:
    """Where the sandbox listens."""

    url: str
    files_url: str


@contextlib.contextmanager
def serve(sandbox: Sandbox, *, port: int = 0, files_port: int = 0, latency: float = 0.0) -> Iterator[Address]:
    """Listen until the block ends. Port 0 takes a free one; latency is slept before each answer."""

    def shop(request: Request) -> Response:
        elsewhere = request.path.startswith(("/files/", "/elsewhere"))
        found = as_text(404, "Not Found") if elsewhere else sandbox.handle(request)
        found.headers.setdefault("Date", format_datetime(sandbox.shop.clock(), usegmt=True))
        return found

    def files(request: Request) -> Response:
        return sandbox.file(describe(request))

    with (
        SandboxServer(CONTROL.beside(sandbox, shop), port, latency) as main,
        SandboxServer(files, files_port) as storage,
    ):
        sandbox.bulk.files_url = storage.url
        try:
            yield Address(main.url, storage.url)
        finally:
            sandbox.hooks.courier.close()
