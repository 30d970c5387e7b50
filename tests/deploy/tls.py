"""TLS before a Redis that has none, with a certificate that nobody vouches for, as hosts put it there."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tests.chaos.hostile import self_signed


@contextmanager
def terminator(url: str, folder: Path) -> Iterator[str]:
    """The address with TLS of the same server."""
    there, context = urlsplit(url), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(folder))
    loop, servers, listens = asyncio.new_event_loop(), list[asyncio.Server](), threading.Event()

    async def through(near: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        far, asks = await asyncio.open_connection(there.hostname, there.port)
        await asyncio.gather(_pump(near, asks), _pump(far, answers))

    async def listen() -> None:
        servers.append(await asyncio.start_server(through, "127.0.0.1", 0, ssl=context))
        listens.set()

    def run() -> None:
        loop.create_task(listen())
        loop.run_forever()
        servers[0].close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.05))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        assert listens.wait(10)
        netloc = there.netloc.rpartition(":")[0] + f":{servers[0].sockets[0].getsockname()[1]}"
        yield urlunsplit(there._replace(scheme="rediss", netloc=netloc))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while some := await source.read(65_536):
            sink.write(some)
            await sink.drain()
    sink.close()
