"""The Celery app. Its messages carry a store's name at most: what is to be done stands in the state, so a
lost, doubled, late or reordered message is harmless."""

import logging
import sys
import time
from collections.abc import Mapping
from typing import Any, NoReturn

from billiard.common import REMAP_SIGTERM
from billiard.exceptions import RestartFreqExceeded
from celery import Celery, platforms
from celery.signals import celeryd_init, setup_logging
from kombu.exceptions import OperationalError

from bridge import broker, log
from bridge.config import Settings, broker_url, load_settings
from bridge.errors import ConfigError, StateError
from bridge.state.connect import QUEUE_ERRORS, sentence_of

TICK = 1.0
"""Seconds between two looks of beat at what is due. A look costs it a millisecond or two; between them, work that has
become due waits."""

LARGEST_CHILD = 300_000
"""KiB of memory at which a child is replaced, once its message is done."""

NO_REDIS = "REDIS_URL is not set; a worker needs a Redis that beat and the commands share."

CHATTY = ("celery.app.trace", "celery.beat", "celery.worker.strategy")
"""They log each message three times at INFO; what was done is told by the steps themselves."""

broker.install()

OF_REDIS: tuple[type[BaseException], ...] = (StateError, *QUEUE_ERRORS, OperationalError)
LAMENTING: dict[str, tuple[type[BaseException], ...]] = {
    "celery.worker.consumer.consumer": (*OF_REDIS, OSError),
    "celery.worker.consumer.connection": (*OF_REDIS, OSError),
    "celery.worker.request": (*OF_REDIS, OSError),  # "Couldn't ack"
    "celery.beat": (*OF_REDIS, OSError),
    "celery.app.trace": OF_REDIS,  # "raised unexpected"
}
"""Loggers that complain of Redis → what it is there and nothing else."""

REPEAT = 60.0

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
    # By default a worker ends for good after a hundred tries, which is fifty minutes.
    broker_connection_max_retries=None,
    # Nothing runs into these: a session renews its lease and leaves off in time. They end what hangs.
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
    # A child is replaced for its size alone, and a large one is not left by a session that waits.
    worker_max_memory_per_child=LARGEST_CHILD,
    broker_pool_limit=1,
    worker_hijack_root_logger=False,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    timezone="UTC",
    beat_scheduler="bridge.beat:Looks",
)


def configured() -> tuple[Settings, str]:
    """The configuration and the address of the Redis that all processes share. Raises ConfigError."""
    settings = load_settings()
    if settings.redis_url is None:
        raise ConfigError(NO_REDIS)
    return settings, settings.redis_url


@app.on_configure.connect  # type: ignore[untyped-decorator]
def _on_configure(**_: object) -> None:
    try:
        url = configured()[1]
    except ConfigError as fault:
        refuse(fault)
    app.conf.broker_url = broker_url(url)


def refuse(fault: ConfigError) -> NoReturn:
    """A worker or beat that cannot start says why, without a traceback."""
    sys.stderr.write(f"{fault}\n")
    raise SystemExit(fault.exit_code) from None


@celeryd_init.connect  # type: ignore[untyped-decorator]
def _on_worker(instance: Any, **_: object) -> None:
    """Told to end, a worker takes its time for what it has begun, also when it is told again meanwhile: Celery would
    drop all that at the third signal, and some hosts send several, to the worker itself and to `up` above it."""
    waits = instance.wait_for_soft_shutdown

    def wait() -> None:
        if REMAP_SIGTERM:
            platforms.signals.ignore("SIGTERM", "SIGINT")
        waits()

    instance.wait_for_soft_shutdown = wait


@setup_logging.connect  # type: ignore[untyped-decorator]
def _on_logging(**_: object) -> None:
    log.configure(load_settings().secrets())
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name, kinds in LAMENTING.items():
        logging.getLogger(name).addFilter(Brief(kinds))


class Brief(logging.Filter):
    """Trouble with Redis in one line per reason, which is told again after a minute; without a traceback."""

    def __init__(self, kinds: tuple[type[BaseException], ...]) -> None:
        """kinds: what is raised at this logger for Redis alone."""
        super().__init__()
        self._kinds: tuple[type[BaseException], ...] = (*kinds, RestartFreqExceeded)
        self._told = dict[str, float]()

    def filter(self, record: logging.LogRecord) -> bool:
        # What was raised is shown as a traceback, or told as a part of the text.
        told = record.args.values() if isinstance(record.args, Mapping) else record.args or ()
        raised = (record.exc_info[1] if record.exc_info else None, *told)
        fault = next((each for each in raised if isinstance(each, self._kinds)), None)
        if isinstance(fault, RestartFreqExceeded):
            return False  # once a second as long as Redis refuses; why it does has been told
        if fault is not None:
            record.msg, record.args, record.exc_info, record.exc_text = sentence_of(fault), (), None, None
            record.__dict__.pop("data", None)  # Celery's own copy of the traceback
        elif record.levelno < logging.WARNING or "roker" not in record.getMessage():
            return True
        text, now = record.getMessage(), time.monotonic()
        if now - self._told.get(text, -REPEAT) < REPEAT:
            return False
        self._told = {text: now, **{old: at for old, at in self._told.items() if now - at < REPEAT}}
        return True
