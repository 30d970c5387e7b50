"""One look for all who watch: streams hear of news, and nobody asks while nobody listens."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bridge.errors import StateUnavailableError
from bridge.web import live
from bridge.web.live import BEATS, CHANGED, Live


class World:
    """What is looked at. looks: how often."""

    def __init__(self) -> None:
        self.value: Any = 1
        self.looks = 0

    def look(self) -> Any:
        self.looks += 1
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


async def following(stream: AsyncIterator[bytes]) -> bytes:
    return await asyncio.wait_for(anext(stream), 30)


def test_each_stream_begins_with_news_and_hears_of_more() -> None:
    async def played() -> None:
        world = World()
        one = Live(world.look, lambda value: value, every=0.01)
        streams = [one.events() for _ in range(3)]
        assert [await following(each) for each in streams] == [CHANGED] * 3
        world.value = 2
        assert [await following(each) for each in streams] == [CHANGED] * 3
        world.value = StateUnavailableError("Redis is away.")
        assert [await following(each) for each in streams] == [CHANGED] * 3
        assert one.listening == 3
        for each in streams:
            await each.aclose()  # type: ignore[attr-defined]
        assert one.listening == 0

    asyncio.run(played())


def test_nobody_asks_while_nobody_listens() -> None:
    async def played() -> None:
        world = World()
        one = Live(world.look, lambda value: value, every=0.01)
        stream = one.events()
        await following(stream)
        while world.looks < 3:
            await asyncio.sleep(0.01)
        await stream.aclose()  # type: ignore[attr-defined]
        assert one._poller is not None
        await asyncio.wait_for(one._poller, 30)
        asked = world.looks
        await asyncio.sleep(0.1)
        assert world.looks == asked
        assert await following(one.events()) == CHANGED  # and it begins again

    asyncio.run(played())


def test_a_silent_stream_beats(monkeypatch: Any) -> None:
    monkeypatch.setattr(live, "BEAT", 0.05)

    async def played() -> None:
        stream = Live(lambda: 1, lambda value: value, every=0.01).events()
        said = [await following(stream) for _ in range(4)]
        assert said[0] == CHANGED
        assert said[-1] == BEATS

    asyncio.run(played())


def test_pages_share_a_look_for_a_while_and_a_deed_ends_it() -> None:
    async def played() -> None:
        world = World()
        one = Live(world.look, lambda value: value, every=1000.0)
        assert [await one.report() for _ in range(5)] == [1] * 5
        assert world.looks == 1
        stream = one.events()
        await following(stream)
        world.value = 2
        one.forget()
        assert await following(stream) == CHANGED
        assert await one.report() == 2

    asyncio.run(played())


def test_all_streams_end_at_once() -> None:
    async def played() -> None:
        one = Live(lambda: 1, lambda value: value, every=1000.0)
        streams = [one.events() for _ in range(5)]
        for each in streams:
            await following(each)
        one.end()
        for each in streams:
            with pytest.raises(StopAsyncIteration):
                await following(each)

    asyncio.run(played())


def test_what_fails_is_raised_and_asked_for_again() -> None:
    async def played() -> None:
        world = World()
        world.value = StateUnavailableError("Redis is away.")
        one = Live(world.look, lambda value: value, every=1000.0)
        for _ in range(2):
            with pytest.raises(StateUnavailableError):
                await one.report()
        world.value = 3
        assert await one.report() == 3

    asyncio.run(played())
