"""One edge: whatever library an answer or an error comes from, it is read within the same bounds and means the same."""

import ast
import gzip
import importlib
import zlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import requests
import urllib3

import bridge
import connectors
from connectors.http import NO_ANSWER, BodyError, Bounds, NoAnswer, rule_for, unpacked, what_broke
from connectors.http.broken import _NAMES
from connectors.http.meaning import OTHER_REFUSAL, REDIRECT, SERVER_FAULT

ROOTS = [Path(package.__file__ or "").parent for package in (bridge, connectors)]
RAW = {"iter_raw", "iter_bytes", "iter_content", "decompressobj", "parsedate_to_datetime"}
"""What reads a body, or a date in a header, without the edge."""


@pytest.mark.parametrize("name", list(_NAMES))
def test_each_error_that_is_known_by_name_exists(name: str) -> None:
    module, _, kind = name.rpartition(".")
    found = getattr(importlib.import_module(module), kind)
    assert issubclass(found, Exception)
    assert f"{found.__module__}.{found.__qualname__}" == name


@pytest.mark.parametrize(
    ("error", "broken"),
    [
        (httpx.ConnectTimeout("x"), NoAnswer.UNREACHED_IN_TIME),
        (requests.ConnectTimeout("x"), NoAnswer.UNREACHED_IN_TIME),
        (httpx.ConnectError("x"), NoAnswer.UNREACHED),
        (ConnectionRefusedError(111, "x"), NoAnswer.UNREACHED),
        (httpx.PoolTimeout("x"), NoAnswer.BUSY),
        (httpx.WriteTimeout("x"), NoAnswer.SILENT),
        (requests.ReadTimeout("x"), NoAnswer.SILENT),
        (
            requests.ConnectionError(urllib3.exceptions.ReadTimeoutError(None, "/", "x")),  # type: ignore[arg-type]
            NoAnswer.SILENT,
        ),
        (httpx.LocalProtocolError("x"), NoAnswer.KEY),
        (requests.exceptions.InvalidHeader("x"), NoAnswer.KEY),
        (requests.exceptions.InvalidProxyURL("x"), NoAnswer.ADDRESS),
        (UnicodeEncodeError("latin-1", "x", 0, 1, "ordinal not in range"), NoAnswer.ADDRESS),
        (requests.exceptions.ContentDecodingError("x"), NoAnswer.UNPACKABLE),
        (httpx.RemoteProtocolError("x"), NoAnswer.BROKE_OFF),
        (requests.ConnectionError(urllib3.exceptions.ProtocolError("x", ConnectionResetError())), NoAnswer.BROKE_OFF),
        (BodyError(NoAnswer.SLOW), NoAnswer.SLOW),
    ],
)
def test_what_broke_is_the_same_in_every_library(error: Exception, broken: NoAnswer) -> None:
    assert what_broke(error) is broken


def test_whatever_breaks_has_a_meaning() -> None:
    assert set(NO_ANSWER) == set(NoAnswer)
    assert not [broken for broken, rule in NO_ANSWER.items() if rule.sent and not rule.again]


@pytest.mark.parametrize(
    ("status", "rule"),
    [
        (300, REDIRECT),
        (399, REDIRECT),
        (418, OTHER_REFUSAL),
        (499, OTHER_REFUSAL),
        (500, SERVER_FAULT),
        (100, SERVER_FAULT),
    ],
)
def test_a_status_that_is_not_in_the_table_means_what_its_class_means(status: int, rule: object) -> None:
    assert rule_for(status) is rule


def within(size: int = 100) -> Bounds:
    return Bounds(size, 5.0, clock=lambda: 0.0)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("", b"ab"),
        ("identity", b"ab"),
        ("GZIP", gzip.compress(b"ab")),
        ("x-gzip", gzip.compress(b"a") + gzip.compress(b"b")),
        ("deflate", zlib.compress(b"ab")),
    ],
    ids=["not packed", "identity", "gzip", "two files of gzip", "deflate"],
)
def test_a_body_is_unpacked_however_it_arrives(encoding: str, body: bytes) -> None:
    for wire in ([body], [body[:1], b"", body[1:]]):
        assert b"".join(unpacked(wire, encoding, within())) == b"ab"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("br", b"ab"), ("gzip, gzip", b"ab"), ("gzip", zlib.compress(b"ab")), ("deflate", zlib.compress(b"ab")[:-1])],
    ids=["never asked for", "twice", "as something else", "cut off"],
)
def test_what_cannot_be_unpacked_is_said_to_be(encoding: str, body: bytes) -> None:
    with pytest.raises(BodyError) as caught:
        list(unpacked([body], encoding, within()))
    assert caught.value.broken is NoAnswer.UNPACKABLE


def test_the_bounds_hold_for_what_arrives_and_for_what_it_unpacks_to() -> None:
    assert len(b"".join(unpacked([b"x" * 100], "", within()))) == 100
    many_empty_files = gzip.compress(b"") * 6  # 120 bytes
    for encoding, body in (("", b"x" * 101), ("gzip", gzip.compress(b"x" * 101)), ("gzip", many_empty_files)):
        with pytest.raises(BodyError) as caught:
            list(unpacked([body], encoding, within()))
        assert caught.value.broken is NoAnswer.OVERSIZED


def test_a_body_that_comes_too_slowly_is_left() -> None:
    moment = 0.0

    def wire() -> Iterator[bytes]:
        nonlocal moment
        while True:
            moment += 2.0
            yield b"x"

    with pytest.raises(BodyError) as caught:
        list(unpacked(wire(), "", Bounds(100, 5.0, clock=lambda: moment)))
    assert (caught.value.broken, moment) == (NoAnswer.SLOW, 6.0)


def test_nobody_reads_a_body_or_a_date_beside_the_edge() -> None:
    """The sandboxes are the other side; the library of WooCommerce is handed over to the edge in one place."""
    found = {
        (path.relative_to(root.parent).as_posix(), name)
        for root in ROOTS
        for path in root.rglob("*.py")
        if "sandbox" not in path.parts and path.parent != ROOTS[1] / "http"
        for node in ast.walk(ast.parse(path.read_text()))
        for name in RAW
        if name in (getattr(node, "attr", ""), getattr(node, "id", ""))
    }
    assert found <= {("connectors/woocommerce/client.py", "iter_content")}
