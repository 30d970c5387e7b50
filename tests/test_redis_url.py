"""Which Redis, and whether its certificate is checked."""

import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import redis
from kombu.connection import Connection
from kombu.utils.url import parse_url
from pydantic_core import PydanticCustomError

from bridge.config import broker_url
from bridge.config.redis_url import normalised, redis_url
from bridge.process.embedded_redis import find_server


@contextmanager
def socket_server(path: Path) -> Iterator[None]:
    """A real server that listens on a socket alone."""
    command = [str(find_server()), "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(path.parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any("accept connections" in line for line in process.stdout)
        try:
            yield
        finally:
            process.terminate()


@pytest.mark.parametrize(
    ("given", "default", "url"),
    [
        pytest.param("redis://h:1/0", "", "redis://h:1/0", id="plain"),
        pytest.param("unix:///tmp/r.sock?db=1", "", "unix:///tmp/r.sock?db=1", id="socket"),
        pytest.param("rediss://h:1", "", "rediss://h:1?ssl_cert_reqs=required", id="checked unless told"),
        pytest.param("rediss://h:1?ssl_cert_reqs=none", "", "rediss://h:1?ssl_cert_reqs=none", id="unchecked"),
        pytest.param(
            "rediss://h:1?ssl_cert_reqs=CERT_NONE", "", "rediss://h:1?ssl_cert_reqs=none", id="as hosts print"
        ),
        pytest.param("rediss://:p@h:1", "none", "rediss://:p@h:1?ssl_cert_reqs=none", id="by variable"),
        pytest.param("rediss://h?ssl_cert_reqs=required", "none", "rediss://h?ssl_cert_reqs=required", id="url wins"),
        pytest.param("rediss://h?db=2", "", "rediss://h?db=2&ssl_cert_reqs=required", id="other options stay"),
        pytest.param(
            "rediss://h?ssl_ca_certs=/a/ca.pem",
            "",
            "rediss://h?ssl_ca_certs=/a/ca.pem&ssl_cert_reqs=required",
            id="own authority",
        ),
    ],
)
def test_an_address(given: str, default: str, url: str) -> None:
    assert normalised(given, default) == url


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("http://:hunter2@h", "is not a Redis address"),
        ("hunter2", "is not a Redis address"),
        ("redis://:hunter2@", "names no host"),
        ("redis://:hunter2@h:port", "is not an address"),
        ("unix://", "names no socket"),
        ("rediss://:hunter2@h?ssl_cert_reqs=maybe", "asks for an unknown certificate check"),
    ],
)
def test_a_bad_address_is_never_repeated(given: str, says: str) -> None:
    with pytest.raises(PydanticCustomError, match=says) as caught:
        normalised(given)
    assert "hunter2" not in str(caught.value)


def test_no_address_is_none() -> None:
    assert redis_url({}) == (None, [])
    assert redis_url({"REDIS_URL": " "}) == (None, [])


@pytest.mark.parametrize("check", ["none", "required"])
def test_both_clients_understand_what_leaves_here(check: str) -> None:
    url = normalised(f"rediss://:p@h:1/0?ssl_cert_reqs={check}")
    assert redis.Redis.from_url(url).connection_pool.connection_kwargs["ssl_cert_reqs"] == check
    assert parse_url(url)["ssl"]["ssl_cert_reqs"].name == f"CERT_{check.upper()}"


def test_the_task_queue_takes_every_other_address_as_it_is() -> None:
    assert broker_url("rediss://:p@h:1/0?ssl_cert_reqs=none") == "rediss://:p@h:1/0?ssl_cert_reqs=none"


def test_both_clients_reach_a_socket(tmp_path: Path) -> None:
    url = f"unix://{tmp_path}/r.sock?db=3"
    with socket_server(tmp_path / "r.sock"), Connection(broker_url(url)) as queue, redis.Redis.from_url(url) as client:
        with closing(queue.SimpleQueue("letters")) as letters:
            letters.put("hello")
        assert client.llen("letters") == 1
