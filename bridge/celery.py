"""The Celery app. Its messages carry a store's name at most: what is to be done stands in the state, so a
lost, doubled, late or reordered message is harmless."""

import logging
import sys
from typing import NoReturn

from celery import Celery
from celery.signals import setup_logging

from bridge import log
from bridge.config import Settings, broker_url, load
from bridge.errors import ConfigError

TICK = 1.0
"""Seconds between two looks at what is due. A look costs a few milliseconds; between them, work that has
become due waits."""

LARGEST_CHILD = 300_000
"""KiB of memory at which a child is replaced, once its message is done."""

NO_REDIS = "REDIS_URL is not set; a worker needs a Redis that beat and the commands share."

CHATTY = ("celery.app.trace", "celery.beat", "celery.worker.strategy")
"""They log each message three times at INFO; what was done is told by the steps themselves."""

app = Celery("bridge", include=["bridge.tasks"])
app.conf.update(
    # A message is acknowledged after its work: a killed worker's message is delivered again.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    # Results live in the state, where people look for them.
    task_ignore_result=True,
    result_backend=None,
    broker_connection_retry_on_startup=True,
    # Nothing runs into these: a visit renews its lease and leaves off in time. They end what hangs.
    task_soft_time_limit=540,
    task_time_limit=600,
    # Longer than the hard limit, or a long task would be handed out a second time while it runs; the
    # sweep for lost messages every ten seconds instead of every hundred.
    broker_transport_options={
        "visibility_timeout": 660,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_timeout": 30,
    },
    # With REMAP_SIGTERM=SIGQUIT in the environment a restarting host gets its process back within its 30 s.
    worker_soft_shutdown_timeout=20,
    worker_enable_soft_shutdown_on_idle=False,
    worker_max_tasks_per_child=5_000,
    worker_max_memory_per_child=LARGEST_CHILD,
    broker_pool_limit=1,
    worker_hijack_root_logger=False,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    timezone="UTC",
    # A look that waited for a free worker is stale: the next one is on its way.
    beat_schedule={"tick": {"task": "bridge.tick", "schedule": TICK, "options": {"expires": 5 * TICK}}},
)


def configured() -> tuple[Settings, str]:
    """The configuration and the address of the Redis that all processes share. Raises ConfigError."""
    settings = load()
    if settings.redis_url is None:
        raise ConfigError(NO_REDIS)
    return settings, settings.redis_url


@app.on_configure.connect  # type: ignore[untyped-decorator]
def _on_configure(**_: object) -> None:
    try:
        url = configured()[1]
    except ConfigError as fault:
        _refuse(fault)
    app.conf.broker_url = broker_url(url)


def _refuse(fault: ConfigError) -> NoReturn:
    """A worker or beat that cannot start says why, without a traceback."""
    sys.stderr.write(f"{fault}\n")
    raise SystemExit(fault.exit_code) from None


@setup_logging.connect  # type: ignore[untyped-decorator]
def _on_logging(**_: object) -> None:
    log.configure(load().secrets())
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
