"""docker-compose.yml and the Dockerfile without an engine: each service's command and healthcheck is run in what the
steps of the Dockerfile leave, and `docs/deploy-compose.md` is followed line by line."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import redis as redis_package

from .compose import Compose
from .conftest import Market
from .documents import blocks, follow, standing_in
from .place import ROOT
from .programs import until

pytestmark = pytest.mark.timeout(600)
SETUP, DAY = 0, 1


@pytest.fixture
def compose(image: Path, tmp_path: Path, market: Market) -> Iterator[Compose]:
    """A clone with the reader's file."""
    project = tmp_path / "clone"
    project.mkdir()
    for name in ("docker-compose.yml", ".env.example"):
        (project / name).write_text((ROOT / name).read_text())
    (project / "stockbridge.toml").write_text(market.text())
    made = Compose(project, image, tmp_path / "containers")
    yield made
    made.close()


def said(compose: Compose) -> str:
    return "\n".join(f"== {name}\n{program.said()[-3000:]}" for name, program in compose.up.items())


def healthy(compose: Compose, name: str) -> bool:
    return compose.health(name)[0] == 0


def files(folder: Path) -> dict[str, int]:
    """Every file of what the image holds, and when it was written."""
    return {str(path): path.lstat().st_mtime_ns for path in folder.rglob("*") if not path.is_dir()}


def test_the_document_followed_line_by_line_runs_it(compose: Compose, market: Market, tmp_path: Path) -> None:
    before = files(compose.root)
    with standing_in(tmp_path / "bin", {"docker": compose.docker}) as path:
        copied, _, rest = blocks("deploy-compose")[SETUP].partition("\n")
        follow(copied, compose.project, path)
        with (compose.project / ".env").open("a") as file:  # what the reader writes into it
            file.writelines(f"{name}={text}\n" for name, text in market.secrets.items())
        assert "SKU-3" in follow(rest, compose.project, path)
        assert compose.up.keys() == {"redis", "worker", "beat", "web"}
        until(market.is_right, lambda: said(compose), 60)
        for name in compose.up:
            compose.wait_for(name)
        programs = dict(compose.up)
        assert "ready" in follow(blocks("deploy-compose")[DAY], compose.project, path)  # what the worker logs
    assert compose.up == {}
    assert compose.codes[0] == ("worker", 0)  # that was restarted; the next one may have been told while it began
    assert {code for _, code in compose.codes} <= {0, -signal.SIGTERM}
    assert files(compose.root) == before  # nothing rests on files: they may be read-only
    logs = "\n".join(program.said() for program in programs.values())
    assert not [secret for secret in market.secrets.values() if secret in logs]


def test_a_service_that_stands_still_or_is_gone_is_not_healthy(compose: Compose, market: Market) -> None:
    (compose.project / ".env").write_text("".join(f"{name}={text}\n" for name, text in market.secrets.items()))
    compose.built = True
    for name in ("worker", "beat", "web"):
        compose.start(name)
    for name in ("worker", "beat", "web"):
        compose.wait_for(name)
        assert httpx.get(f"http://127.0.0.1:{compose.ports['8321']}/healthz", timeout=5).text == "ok\n"
    for pid in compose.up["worker"].pids():
        os.kill(pid, signal.SIGSTOP)
    assert not healthy(compose, "worker")
    with redis_package.Redis.from_url(f"redis://{compose.ports['redis:6379']}/0") as db:
        compose.up["beat"].kill()
        assert healthy(compose, "beat")  # within a minute
        db.hincrby("stockbridge:seen", "beat", -61_000)
        assert not healthy(compose, "beat")
    compose.up["web"].kill()
    assert not healthy(compose, "web")
    compose.up["redis"].kill()
    assert not healthy(compose, "redis")


def test_the_image_is_run_by_a_user_without_rights(compose: Compose) -> None:
    assert (compose.image["user"], compose.image["cmd"]) == ("stockbridge", ["stockbridge", "--help"])
    compose.built = True
    (compose.project / ".env").touch()
    once = compose.program("worker", compose.image["cmd"])
    assert once.process.wait(30) == 0
    assert "Usage: stockbridge" in once.said()
