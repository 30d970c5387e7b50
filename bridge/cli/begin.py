"""What every command begins with: the settings, Redis, and a context on real edges."""

import os
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import typer

from bridge import log
from bridge.cli import interruptible
from bridge.cli.loudness import LOUDNESS
from bridge.cli.options import nearest
from bridge.cli.progress import Emit, quiet
from bridge.config import Settings, data_folder, load_settings
from bridge.errors import ConfigError
from bridge.process.embedded_redis import server
from bridge.sync.context import SyncContext
from bridge.wiring import build


def settings_of(config: Path | None) -> Settings:
    """The checked configuration. From here on, no secret of it can be logged."""
    settings = load_settings(path=config)
    log.configure(settings.secrets(), level=LOUDNESS.level)
    return settings


EMPTY = "Nothing was synced here yet: {where} is empty. Another configuration may have been meant; see --config."


@contextmanager
def redis_of(settings: Settings, config: Path | None = None) -> Iterator[str]:
    """The address of the Redis of a configuration. Without REDIS_URL a server is started on the data beside its file,
    or the running one found."""
    with server(settings.redis_url, data_of(settings, config)) as url:
        yield url


def data_of(settings: Settings, config: Path | None) -> Path:
    return data_folder(os.environ, config, scratch=settings.redis_url is not None)


@contextmanager
def opened(config: Path | None = None, *, emit: Emit = quiet, may_begin: bool = False) -> Iterator[SyncContext]:
    """A context for one command. may_begin: it is no news to it that nothing was synced yet."""
    settings = settings_of(config)
    with redis_of(settings, config) as url, interruptible.holding(url, tuple(settings.stores)):
        context = context_at(settings, url, emit=emit)
        context.state.refuse_another_merchant()
        if not may_begin and not context.state.has_begun():
            where = "the Redis of REDIS_URL" if settings.redis_url else data_of(settings, config)
            typer.echo(EMPTY.format(where=where), err=True)
        yield context


def context_at(settings: Settings, url: str, *, emit: Emit = quiet, grant_url: str | None = None) -> SyncContext:
    """grant_url: where the OAuth grant is, if that is another Redis."""
    log.configure({*settings.secrets(), urlsplit(url).password or ""}, level=LOUDNESS.level)
    emit = log.emit if LOUDNESS.verbose else emit
    return interruptible.interruptible(
        build(settings, url, emit=emit, retry_seconds=settings.retry_seconds, grant_url=grant_url)
    )


def known_store(context: SyncContext, name: str) -> str:
    """The name itself, when there is such a store. Raises ConfigError with the nearest name."""
    if name in context.stores:
        return name
    raise ConfigError(f'There is no store "{name}"; {nearest(name, context.stores)}')


def chosen_stores(context: SyncContext, name: str | None) -> tuple[str, ...]:
    return context.stores if name is None else (known_store(context, name),)


def agreed(question: str, meanwhile: Callable[[], object] = lambda: None) -> bool:
    """What somebody at a terminal answers; only a plain yes is one. Ctrl-C raises KeyboardInterrupt, also when it comes
    just before the answer is waited for. meanwhile: called again and again until then."""
    typer.echo(f"{question} [y/N]: ", nl=False)
    sys.stdout.flush()
    while not select.select([sys.stdin], [], [], 0.2)[0]:
        meanwhile()
    return sys.stdin.readline().strip().casefold() in ("y", "yes")


def confirmed(
    question: str, *, yes: bool, as_json: bool, nobody: str, meanwhile: Callable[[], object] = lambda: None
) -> bool:
    """Whether to do what was shown: `--yes`, or what somebody answers. Raises ConfigError with the sentence `nobody`
    where nobody can be asked."""
    if yes:
        return True
    if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError(nobody)
    return agreed(question, meanwhile)
