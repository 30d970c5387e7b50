"""A Redis that hangs: it takes what it is sent, and answers nothing."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis


@contextmanager
def frozen(redis: Redis) -> Iterator[None]:
    """The server of this client is stopped until the block ends, however long that takes; then it answers everything
    that it was asked meanwhile."""
    pid = redis.info("server")["process_id"]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
