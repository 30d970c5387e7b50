"""The sandbox on a real loopback port."""

import contextlib
from collections.abc import Iterator, Mapping

from connectors.testing.http import Response
from connectors.testing.server import HOST, SandboxServer
from connectors.woocommerce.sandbox.app import Sandbox
from connectors.woocommerce.sandbox.control import CONTROL


@contextlib.contextmanager
def serve(sandbox: Sandbox, *, port: int = 0, latency: float = 0.0) -> Iterator[str]:
    """Listen until the block ends; gives the address. Port 0 takes a free one; latency is slept before each
    answer."""

    def answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        found = sandbox.handle(method, f"http://{headers.get('host') or HOST}{path}", headers, body)
        found.headers = {"Server": "nginx/1.22.1", **found.headers}
        return found

    with SandboxServer(CONTROL.beside(sandbox, answer), port, latency) as served:
        yield served.url
