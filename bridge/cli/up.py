"""`up`: worker and beat for one small machine, with a Redis server where REDIS_URL names none."""

import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from bridge.cli import table
from bridge.cli.begin import data_of, settings_of
from bridge.cli.options import Config
from bridge.core.backoff import backoff
from bridge.errors import BridgeError, EmbeddedRedisError, StateError
from bridge.process import supervisor
from bridge.process.embedded_redis import private_folder, server
from bridge.state.connect import connect
from bridge.state.store import State

Workers = Annotated[
    int, typer.Option("--workers", min=1, max=64, envvar="WORKER_CONCURRENCY", help="Processes that work at once.")
]
Web = Annotated[bool, typer.Option("--web", help="Serve `stockbridge web` as well.")]
LOOK = 0.2
"""Seconds between two looks at the processes."""

SOFT_STOP = 20.0
"""Seconds a worker has for what it has begun; hosts allow 30 s for everything."""

REPEAT = 60.0
"""Seconds after which the same trouble of Redis is told again."""

MOST, WITHIN = 5, 300.0
"""So many deaths of one process within so many seconds are suffered; one more ends everything."""

LONGEST_PAUSE = 30.0
"""Seconds between two tries to start a Redis that was lost, as on a full disk: that passes, so it is tried for ever."""

BUSY = "Another `stockbridge up` of this configuration runs (process {pid}); end it first."


def up(workers: Workers = 2, web: Web = False, config: Config = None) -> None:
    """Run worker and beat on this machine.

    Restarts what dies, and ends all on Ctrl-C or SIGTERM: what was begun gets 20 seconds. Without REDIS_URL a
    Redis server is started beside them.

    Exit codes: 0 ended by hand, 1 another one runs here, or a process dies again and again.
    """
    settings = settings_of(config)
    data = data_of(settings, config)
    private_folder(data)
    os.umask(0o077)  # what the children keep there is for this user alone
    with supervisor.alone(data / "up.lock", BUSY), supervisor.ended_by_signals():
        try:
            _forever(settings.redis_url, workers, config, data, web=web)
        except KeyboardInterrupt:
            table.note("up: ended; nothing is left running, and what was not confirmed stays due.")


def _forever(given: str | None, workers: int, config: Path | None, data: Path, *, web: bool) -> None:
    """Redis, then the processes on it. When an embedded Redis is gone, all begin anew on the next one."""
    pause, ran = 1.0, False
    while True:
        try:
            with server(given, data) as url:
                posts = [
                    Post("worker", supervisor.worker(workers), environment(url, config), ending=signal.SIGINT),
                    Post("beat", supervisor.BEAT, environment(url, config)),
                ]
                posts += [Post("web", ("bridge", "web"), environment(url, config))] if web else []
                where = f"its data is in {data}/" if given is None else "REDIS_URL"
                table.note(f"up: a worker with {workers} processes and beat; Redis: {where}. Ctrl-C ends them.")
                began, ran = time.monotonic(), True
                with _told_when_ending(), supervisor.processes(data, SOFT_STOP) as members:
                    supervise(members, posts, RedisWatch(url if given is None else None))
            why, pause = "was lost", 1.0 if time.monotonic() - began > WITHIN else pause
        except (EmbeddedRedisError, OSError) as fault:
            if not ran:
                raise
            why = f"cannot be started ({fault})"
        table.note(f"up: the Redis server {why}; starting it again in {pause:.0f} s.")
        time.sleep(pause)
        pause = min(LONGEST_PAUSE, 2 * pause)


@contextmanager
def _told_when_ending() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        table.note("up: ending; the worker finishes what it has begun, for 20 s at most. Ctrl-C again ends it now.")
        raise


def environment(url: str, config: Path | None) -> Mapping[str, str]:
    """What the children read: the same Redis and the same configuration as this command."""
    env = {**os.environ, "REDIS_URL": url, **supervisor.SOFTLY}
    if config is not None:
        env.pop("STOCKBRIDGE_CONFIG_TOML", None)
        env["STOCKBRIDGE_CONFIG"] = str(config.resolve())
    return env


# -- watching ------------------------------------------------------------------------------------------


@dataclass
class Post:
    """A process that should always run. again_at: when it is to be started, None while it runs."""

    name: str
    arguments: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    deaths: list[float] = field(default_factory=list)
    again_at: float | None = 0.0
    ending: signal.Signals = signal.SIGTERM
    member: supervisor.Member | None = None

    def look(self, members: supervisor.ProcessGroup, now: float) -> None:
        """Start it when it is time; notice when it has died. Raises BridgeError when it dies too often."""
        if self.member is not None and (code := self.member.process.poll()) is not None:
            members.forget_dead(self.member)
            self.member = None
            self.died(f"was ended by signal {-code}" if code < 0 else f"ended with code {code}", now)
        if self.member is None and self.again_at is not None and now >= self.again_at:
            self.member, self.again_at = members.start(self.name, self.arguments, self.env, aloud=True), None
            self.member.ending = self.ending

    def died(self, how: str, now: float) -> None:
        self.deaths = [at for at in self.deaths if at > now - WITHIN] + [now]
        count = len(self.deaths)
        if count > MOST:
            often = f"for the {count}th time within {WITHIN / 60:.0f} minutes"
            raise BridgeError(f"The {self.name} {how}, {often}; giving up. What it said stands above.")
        self.again_at = now + self.pause
        table.note(f"up: the {self.name} {how}; starting it again in {self.pause:.0f} s ({count} of {MOST}).")

    @property
    def pause(self) -> float:
        """Seconds to wait before it is started again."""
        return backoff(1.0, len(self.deaths), LONGEST_PAUSE)


class RedisWatch:
    """Whether an embedded Redis still answers. A server that REDIS_URL names is somebody else's care."""

    EVERY, MISSED = 2.0, 3

    def __init__(self, url: str | None) -> None:
        self._state, self._next, self._missed = State(connect(url), ()) if url else None, 0.0, 0
        self._told, self._told_at = "", 0.0

    def beats(self, now: float) -> bool:
        if self._state is None or now < self._next:
            return True
        self._next = now + self.EVERY
        try:
            self._state.ping()
            self._missed = 0
        except StateError as fault:
            if not fault.is_answer:
                self._missed += 1
            elif str(fault) != self._told or now - self._told_at >= REPEAT:  # what it says may pass
                self._told, self._told_at = str(fault), now
                table.note(f"up: {fault}")
        return self._missed < self.MISSED


def supervise(members: supervisor.ProcessGroup, posts: Sequence[Post], redis_watch: RedisWatch) -> None:
    """Keep them running, until Redis is gone. Raises BridgeError when one dies too often."""
    while redis_watch.beats(time.monotonic()):
        for post in posts:
            post.look(members, time.monotonic())
        time.sleep(LOOK)
