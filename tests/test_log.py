"""Log lines: fixed order, one formatter for everybody, no secret in any wrapping."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bridge import log

SECRET = "shpat_0123456789 +/ü\"'"


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Leave logging as it was found."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.setLevel(level)
    root.handlers[:] = handlers
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_keys_sandbox_a_fixed_order(stream: io.StringIO) -> None:
    log.configure(stream=stream)
    log.get(run="r1").info("pushed", applied=3, store="main", rejected=0)
    (line,) = lines(stream)
    assert list(line) == ["event", "store", "run", "applied", "rejected", "level", "logger", "at"]
    assert (line["event"], line["store"], line["run"], line["applied"]) == ("pushed", "main", "r1", 3)


def test_bound_context_reaches_lines_of_the_standard_library(stream: io.StringIO) -> None:
    log.configure(stream=stream)
    with structlog.contextvars.bound_contextvars(store="main", run="r1"):
        logging.getLogger("celery.worker").warning("lost %s", "connection", extra={"queue": "push"})
    (line,) = lines(stream)
    assert (line["event"], line["store"], line["run"], line["queue"]) == ("lost connection", "main", "r1", "push")
    assert (line["level"], line["logger"]) == ("warning", "celery.worker")


class Box:
    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"<Box {self.text}>"


@pytest.mark.parametrize("console", [False, True])
def test_a_secret_is_taken_out_of_every_wrapping(stream: io.StringIO, console: bool) -> None:
    log.configure([SECRET], stream=stream, console=console)
    logger = log.get(bound=SECRET)
    event = f"event {SECRET}"
    logger.info(event, deep={"a": [(SECRET,)]}, box=Box(SECRET), raw=SECRET.encode())
    logger.info("%s", SECRET)
    logging.getLogger("x").error("args %s", {"token": SECRET})
    try:
        raise ValueError(SECRET)
    except ValueError:
        logger.exception("failed")
        logging.getLogger("x").exception("failed")
    assert "0123456789" not in stream.getvalue()
    assert stream.getvalue().count(log.HIDDEN) >= 10


def test_a_secret_in_an_address_is_taken_out_too(stream: io.StringIO) -> None:
    log.configure(["a b/c+d"], stream=stream)
    log.get().info("GET https://shop.example.com/?key=a%20b%2Fc%2Bd&again=a+b%2Fc%2Bd")
    assert lines(stream)[0]["event"] == "GET https://shop.example.com/?key=[hidden]&again=[hidden]"


LETTERS = st.sampled_from("abcXYZ123-_/+% '\"\\üß")  # none of them is in the marker, so it never joins a secret
TREES = st.recursive(st.none() | st.integers() | st.text(LETTERS), lambda inner: st.lists(inner) | st.tuples(inner))


@given(st.text(LETTERS, min_size=log.SHORTEST), TREES)
def test_nothing_that_is_redacted_holds_the_secret(secret: str, tree: object) -> None:
    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from (text for pair in value.items() for text in texts(list(pair)))
        elif isinstance(value, list):
            yield from (text for entry in value for text in texts(entry))

    wrapped = {"key": [tree, secret, f"x{secret}y", (secret, secret + secret)], f"{secret}!": tree}
    assert not [text for text in texts(log.redactor([secret])(wrapped)) if secret in text]


def test_numbers_and_truths_stay_what_they_are() -> None:
    assert log.redactor(["1234"])({"n": 1234, "t": True, "f": 1.5, "none": None}) == {
        "n": 1234,
        "t": True,
        "f": 1.5,
        "none": None,
    }


def test_configuring_again_replaces_and_does_not_double(stream: io.StringIO) -> None:
    log.configure(stream=io.StringIO())
    log.configure(stream=stream)
    log.get().info("once")
    assert len(lines(stream)) == 1


def test_foreign_handlers_stay(stream: io.StringIO) -> None:
    other = logging.NullHandler()
    logging.getLogger().addHandler(other)
    log.configure(stream=stream)
    assert other in logging.getLogger().handlers


def test_level_and_quiet_libraries(stream: io.StringIO) -> None:
    log.configure(stream=stream, level="WARNING")
    log.get().info("hidden")
    log.configure(stream=stream, level="DEBUG")
    logging.getLogger("httpx").info("GET https://shop.example.com/?consumer_secret=abc")
    log.get().debug("shown")
    assert [line["event"] for line in lines(stream)] == ["shown"]


def test_a_terminal_gets_text(stream: io.StringIO) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    log.configure(stream=terminal)
    log.get().info("hello", store="main")
    assert "hello" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")
