"""TLS before a Redis that has none, with a certificate that nobody vouches for, as hosts put it there.

`python tls.py CERTIFICATE PORT` is the process that speaks it; it says at which port, and ends when its input does."""

import asyncio
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit


@contextmanager
def terminator(url: str, folder: Path) -> Iterator[str]:
    """The address with TLS of the same server."""
    from tests.chaos.hostile import self_signed  # noqa: PLC0415  (the process itself knows nothing of the tests)

    there = urlsplit(url)
    command = [sys.executable, __file__, str(self_signed(folder)), str(there.port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        port = process.stdout.readline().strip()
        yield urlunsplit(there._replace(scheme="rediss", netloc=f"{there.netloc.rpartition(':')[0]}:{port}"))
        process.communicate()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while some := await source.read(65_536):
            sink.write(some)
            await sink.drain()
    sink.close()


async def _serve(certificate: str, behind: int) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def through(near: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        far, asks = await asyncio.open_connection("127.0.0.1", behind)
        await asyncio.gather(_pump(near, asks), _pump(far, answers))

    server = await asyncio.start_server(through, "127.0.0.1", 0, ssl=context)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2])))
