"""Clients that take their time: none of them is waited for beyond its limit, and none keeps others out."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from uvicorn.server import ServerState

from bridge.web import protocol
from bridge.web.protocol import Protocol
from bridge.web.serve import MOST_CONNECTIONS

HALF = b"GET /quick HTTP/1.1\r\nHost: x\r\nX-Slow: "
WHOLE = b"GET /quick HTTP/1.1\r\nHost: x\r\n\r\n"
BODY = b"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n12"
HELD = b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n"
UNREAD = b"POST /quick HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n12"
SHORT, IDLE = 0.3, 50
"""Seconds: the limit under test, and when uvicorn itself would close."""
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def quick(_: Request) -> Response:
    return PlainTextResponse("ok")


async def slow(request: Request) -> Response:
    await request.body()
    return PlainTextResponse("ok")


class Server:
    """held: what requests of /held wait for. asked: how many do."""

    def __init__(self) -> None:
        self.port, self.held, self.asked, self._lines = 0, asyncio.Event(), 0, list[Line]()

    async def hold(self, _: Request) -> Response:
        self.asked += 1
        await self.held.wait()
        return PlainTextResponse("ok")

    async def line(self, sent: bytes) -> Line:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._lines.append((reader, writer))
        writer.write(sent)
        return reader, writer

    async def close(self) -> None:
        for _, writer in self._lines:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


@asynccontextmanager
async def serving(most: int) -> AsyncIterator[Server]:
    made = Server()
    routes = [
        Route("/quick", quick, methods=["GET", "POST"]), Route("/slow", slow, methods=["POST"]),
        Route("/held", made.hold),
    ]  # fmt: skip
    config = uvicorn.Config(
        Starlette(routes=routes), http=Protocol, lifespan="off", limit_concurrency=most, timeout_keep_alive=IDLE
    )
    config.load()
    loop, state = asyncio.get_running_loop(), ServerState()
    async with await loop.create_server(lambda: Protocol(config, state, {}), "127.0.0.1", 0) as server:
        made.port = server.sockets[0].getsockname()[1]
        try:
            yield made
        finally:
            made.held.set()
            await made.close()


Play = Callable[[Server], Coroutine[Any, Any, None]]


def played(play: Play, most: int = MOST_CONNECTIONS) -> None:
    async def served() -> None:
        async with serving(most) as server:
            await asyncio.wait_for(play(server), 60)

    asyncio.run(served())


async def status(line: Line) -> bytes:
    return (await line[0].readline()).partition(b" ")[2][:3]


async def is_closed(line: Line) -> bool:
    """Waits until it is; what was answered before is of no interest."""
    with suppress(OSError):
        await line[0].read()
    return True


SLOW: list[Any] = [
    pytest.param(b"", b"", id="says nothing"),
    pytest.param(HALF, b"x", id="never ends its head"),
    pytest.param(WHOLE + HALF, b"x", id="nor that of its second request"),
    pytest.param(UNREAD, b"x", id="sends a body that nobody reads"),
]


@pytest.mark.parametrize(("sent", "drop"), SLOW)
def test_a_head_comes_in_time_or_never(monkeypatch: Any, sent: bytes, drop: bytes) -> None:
    """Drop by drop, too: what comes before the end is no end."""
    monkeypatch.setattr(protocol, "HEAD_WITHIN", SHORT)

    async def play(server: Server) -> None:
        line = await server.line(sent)

        async def drip() -> None:
            while True:
                line[1].write(drop)
                await asyncio.sleep(SHORT / 10)

        dripping, began = asyncio.create_task(drip()), time.monotonic()
        assert await is_closed(line)
        assert time.monotonic() - began < IDLE
        dripping.cancel()

    played(play)


def test_a_request_that_takes_its_time_is_answered(monkeypatch: Any) -> None:
    """The limit is for the head alone."""
    monkeypatch.setattr(protocol, "HEAD_WITHIN", SHORT)

    async def play(server: Server) -> None:
        line = await server.line(BODY)
        await asyncio.sleep(2 * SHORT)
        line[1].write(b"3456789")
        assert await status(line) == b"200"

    played(play)


@pytest.mark.parametrize("sent", [HALF, BODY, WHOLE], ids=["half a head", "half a body", "idle after an answer"])
def test_whoever_owes_the_rest_of_a_request_makes_room(sent: bytes) -> None:
    async def play(server: Server) -> None:
        lines = [await server.line(sent) for _ in range(12)]
        assert [await status(await server.line(WHOLE)) for _ in range(5)] == [b"200"] * 5
        assert await is_closed(lines[0])  # the one that owes longest
        lines[-1][1].write(WHOLE if sent is WHOLE else b"\r\n\r\n3456789")
        assert await status(lines[-1]) == b"200"

    played(play, most=8)


def test_requests_that_are_being_answered_are_not_cut_off() -> None:
    """Then there is no room, and that is said."""

    async def play(server: Server) -> None:
        lines = [await server.line(HELD) for _ in range(3)]
        while server.asked < 3:
            await asyncio.sleep(0)
        assert await status(await server.line(WHOLE)) == b"503"
        server.held.set()
        assert [await status(line) for line in lines] == [b"200"] * 3

    played(play, most=4)
