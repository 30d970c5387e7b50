"""The sandbox on a real loopback port."""

import contextlib
from collections.abc import Iterator

from connectors.testing.http import Request, Response
from connectors.testing.server import HOST, SandboxServer
from connectors.values import replace
from connectors.woocommerce.sandbox.app import Sandbox
from connectors.woocommerce.sandbox.control import CONTROL


@contextlib.contextmanager
def serve(sandbox: Sandbox, *, port: int = 0, latency: float = 0.0) -> Iterator[str]:
    """Listen until the block ends; gives the address. Port 0 takes a free one; latency is slept before each
    answer."""

    def answer(request: Request) -> Response:
        found = sandbox.handle(replace(request, url=f"http://{request.headers.get('host') or HOST}{request.url}"))
        found.headers = {"Server": "nginx/1.22.1", **found.headers}
        return found

    with SandboxServer(CONTROL.beside(sandbox, answer), port, latency) as served:
        try:
            yield served.url
        finally:
            sandbox.hooks.courier.close()
