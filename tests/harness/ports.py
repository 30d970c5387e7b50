"""Ports of this machine that nobody else is given meanwhile."""

import socket
from contextlib import ExitStack


def kept_port(stack: ExitStack) -> int:
    """A port that is refused until somebody listens there as servers do, with SO_REUSEADDR: a socket that is bound and
    does not listen keeps it from all others, until the stack is left."""
    keeps = stack.enter_context(socket.socket())
    keeps.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeps.bind(("127.0.0.1", 0))
    return int(keeps.getsockname()[1])
