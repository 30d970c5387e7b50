"""Structured lines on stderr: JSON where a machine reads, plain where a person watches.

One line is one event with fixed keys first: event, store, run. Every configured secret is taken out
of every value, whatever it is wrapped in; that is the second lock, for nobody should log one.

structlog is imported with the first line that is written: it brings `rich`, and most commands write none.
"""

import json
import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import quote, quote_plus

from bridge.core.text import shown

if TYPE_CHECKING:
    from structlog.stdlib import BoundLogger
    from structlog.typing import EventDict, Processor, WrappedLogger

FIRST = ("event", "store", "run")
LAST = ("level", "logger", "at", "exception")
COPIES = ("message", "asctime")  # left on a record by another formatter
HIDDEN = "[hidden]"
SHORTEST = 4  # a shorter value is no secret, and hiding it would garble every line
QUIET = ("httpx", "httpcore", "urllib3", "pyactiveresource")  # they log addresses, whose query may hold a key
LOUD = ("operator", "untrusted", "bug")
"""Kinds of trouble that need a person: a key that is refused does not come back by itself."""

Redact = Callable[[Any], Any]


def configure(
    secrets: Iterable[str] = (),
    *,
    stream: TextIO | None = None,
    level: str = "INFO",
    console: bool | None = None,
) -> None:
    """Send all logging, that of the standard library and of Celery too, through one formatter.

    secrets: values that must never appear. stream: stderr by default. level: a name of `logging`.
    console: coloured text instead of JSON; None: when the stream is a terminal. May be called again.
    """
    stream = sys.stderr if stream is None else stream
    console = stream.isatty() if console is None else console
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Lines(redactor(secrets), console))
    root = logging.getLogger()
    for old in root.handlers[:]:
        if isinstance(old.formatter, _Lines):
            root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def get(**bound: Any) -> "BoundLogger":
    """A logger with keys bound to it, such as store and run."""
    import structlog  # noqa: PLC0415  (see above)

    if not structlog.is_configured():
        structlog.configure(
            processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
            wrapper_class=structlog.stdlib.BoundLogger,
            logger_factory=structlog.stdlib.LoggerFactory(),
            cache_logger_on_first_use=False,
        )
    logger: BoundLogger = structlog.stdlib.get_logger("stockbridge", **bound)
    return logger


def emit(event: str, **facts: object) -> None:
    """One step or trouble: at level error where its kind says that a person is needed, else at info."""
    get().log(logging.ERROR if facts.get("kind") in LOUD else logging.INFO, event, **facts)


def redactor(secrets: Iterable[str]) -> Redact:
    """A function that takes secrets out of text, and out of anything made of text: as they look there, in an address,
    in JSON and in the repr of text or bytes."""
    forms = set[str]()
    for secret in secrets:
        if len(secret) >= SHORTEST:
            forms |= {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}
            forms |= {repr(secret)[1:-1], repr(secret.encode())[2:-1]}
    hidden = sorted(forms, key=len, reverse=True)

    def redact(value: Any) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, Mapping):
            return {redact(str(key)): redact(entry) for key, entry in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [redact(entry) for entry in value]
        text = value if isinstance(value, str) else repr(value)  # an object may show a secret only when it is printed
        for form in hidden:
            text = text.replace(form, HIDDEN)
        return text

    return redact


class _Lines(logging.Formatter):
    """structlog's formatter, made for the first line."""

    def __init__(self, redact: Redact, console: bool) -> None:
        super().__init__()
        self._redact, self._console = redact, console

    def format(self, record: logging.LogRecord) -> str:
        return self._formatter.format(record)

    @cached_property
    def _formatter(self) -> logging.Formatter:
        return _formatter(self._redact, self._console)


def _shared() -> "list[Processor]":
    import structlog  # noqa: PLC0415  (see above)

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]


def _formatter(redact: Redact, console: bool) -> logging.Formatter:
    import structlog  # noqa: PLC0415  (see above)

    def take_out(_: "WrappedLogger", __: str, event: "EventDict") -> "EventDict":
        clean: EventDict = legible(redact(event))
        return clean

    render: Processor = (
        structlog.dev.ConsoleRenderer(timestamp_key="at", exception_formatter=structlog.dev.plain_traceback)
        if console
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_shared(), structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            in_order,
            take_out,
            render,
        ],
    )


def in_order(_: "WrappedLogger", __: str, event: "EventDict") -> "EventDict":
    """The same keys at the same place in every line: a person's eye and `cut` both rely on it."""
    middle = [key for key in event if key not in (*FIRST, *LAST, *COPIES)]
    return {key: event[key] for key in (*FIRST, *middle, *LAST) if key in event}


def legible(value: Any, *, lines: bool = False) -> Any:
    """Without anything that could drive a terminal, whatever foreign text is inside. lines: it may have several."""
    if isinstance(value, Mapping):
        return {legible(key): legible(entry, lines=key == "exception") for key, entry in value.items()}
    if isinstance(value, list):
        return [legible(entry) for entry in value]
    if not isinstance(value, str):
        return value
    return "\n".join(map(shown, value.split("\n"))) if lines else shown(value)
