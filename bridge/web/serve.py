"""uvicorn, started by ourselves: on a socket of ours, with limits, and ended by signals."""

import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from bridge.errors import BridgeError
from bridge.web.protocol import Protocol

MOST_CONNECTIONS = 256
ENDING = 10  # seconds that open requests have when it ends; hosts allow 30 for everything
IDLE = 30  # seconds that a connection without a request is kept


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises BridgeError, with the remedy."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
        try:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(address)
            found.listen(2048)
        except OSError:
            found.close()
            raise
    except OSError as fault:
        raise BridgeError(
            f"Nobody can listen on {host}:{port} ({fault.strerror}); end what does, or set another `bind` under [web]."
        ) from None
    return found


class _Server(uvicorn.Server):
    """Says that it ends while requests are still open: streams would have it wait for all of ENDING."""

    def __init__(self, config: uvicorn.Config, ends: Callable[[], None]) -> None:
        super().__init__(config)
        self._ends = ends

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._ends()


def serve(app: ASGIApp, at: socket.socket, ends: Callable[[], None]) -> None:
    """Until SIGINT or SIGTERM, which is raised again once open requests were answered; a second one ends it at once.
    ends: called by the signal, in the thread of the event loop, whatever that does at the moment."""
    config = uvicorn.Config(
        app, http=Protocol, log_config=None, access_log=False, lifespan="off", ws="none", proxy_headers=False,
        server_header=False, limit_concurrency=MOST_CONNECTIONS, timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=ENDING,
    )  # fmt: skip
    _Server(config, ends).run(sockets=[at])
