"""`python relay.py AT TO PORT…`: what connects to one of the ports at AT is joined with the same port at TO. Ends with
its parent, when its standard input does."""

import asyncio
import sys
from contextlib import suppress


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while some := await source.read(65_536):
            sink.write(some)
            await sink.drain()
    sink.close()


async def _serve(at: str, to: str, ports: list[int]) -> None:
    async def join(port: int, near: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        try:
            far, asks = await asyncio.open_connection(to, port)
        except OSError:
            answers.close()
            return
        await asyncio.gather(_pump(near, asks), _pump(far, answers))

    for port in ports:
        await asyncio.start_server(lambda near, answers, port=port: join(port, near, answers), at, port)  # type: ignore[misc]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], sys.argv[2], [int(port) for port in sys.argv[3:]]))
