"""A host like Heroku, played: a clean environment, a hash-checked install, each line of the Procfile, the smallest plan
of its Key-Value Store, SIGTERM to everything, and `docs/deploy-heroku.md` followed line by line."""

import json
import os
import platform
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bridge.config import parse
from bridge.ops.cycle import run_cycle
from bridge.wiring import build

from .conftest import Market
from .documents import blocks, follow, standing_in
from .heroku import Heroku, listed
from .place import ROOT
from .programs import Program, until

pytestmark = pytest.mark.timeout(600)
SETUP, ONE_DYNO = 0, 1
"""Which block of the document."""


@pytest.fixture
def host(slug: Path, tmp_path: Path, smallest_plan: tuple[Market, str]) -> Iterator[Heroku]:
    made = Heroku(slug, tmp_path / "dynos", *smallest_plan)
    yield made
    made.close()


@pytest.fixture
def reader(host: Heroku, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A clone with the reader's `stockbridge.toml`, and the programs that the reader has."""
    clone = tmp_path / "clone"
    clone.mkdir()
    (clone / "stockbridge.toml").write_text(host.market.text())
    with standing_in(tmp_path / "bin", {"heroku": host.heroku, "git": host.git}) as path:
        yield clone, path


def said(host: Heroku) -> str:
    return "\n".join(f"== {name}\n{program.said()[-3000:]}" for name, program in host.dynos.items())


def converge(host: Heroku, seconds: float = 60) -> None:
    until(host.market.has_ended, lambda: said(host), seconds)


def answers(host: Heroku) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{host.port}/healthz", timeout=2).text == "ok\n"
    except httpx.HTTPError:
        return False


def in_mid_write(host: Heroku, seconds: float) -> threading.Event:
    """A lowering is on its way, and the shop has taken it and answers after so many seconds → set once it has it."""
    begun = threading.Event()

    def hold(_: object) -> None:
        begun.set()
        time.sleep(seconds)

    host.market.main.sandbox.before_request(hold, on=host.market.main.troubles.write)
    host.market.warehouse.set_stock("SKU-4", 1)
    until(begun.is_set, lambda: said(host))
    return begun


def is_done(host: Heroku) -> bool:
    """The write of `in_mid_write` was not cut off: its answer is written down, and its lease given back."""
    shown, db = host.market.main.shows("SKU-4"), host.market.db
    return shown == 1 and host.market.has_ended() and not db.exists("stockbridge:lease:store:main")


# -- what is installed ---------------------------------------------------------------------------------


def test_what_is_installed_is_what_the_lock_says_and_ours(slug: Path) -> None:
    pinned = re.findall(r"^([a-z0-9][a-z0-9.-]*)==([\w.]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    found = dict(line.lower().replace("_", "-").partition("==")[::2] for line in listed(slug / "venv/bin"))
    foreign = {"pip", "stockbridge"}
    assert {name: found[name] for name in found if name not in foreign} == {
        name: version for name, version in pinned if name in found
    }
    assert {"celery", "redis", "apprise"} <= found.keys()


# -- the release ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ({"REDIS_URL": None}, "REDIS_URL: is not set; add a Redis to this app"),
        ({"STOCKBRIDGE_CONFIG_TOML": None}, "STOCKBRIDGE_CONFIG"),
        ({"STOCKBRIDGE_CONFIG_TOML": "[source]\ntokn = 1\n"}, 'did you mean "token"?'),
        ({"THREEPLGUYS_TOKEN": None}, "THREEPLGUYS_TOKEN"),
    ],
    ids=["no Redis", "no configuration", "a faulty configuration", "a secret is missing"],
)
def test_a_release_that_could_not_work_fails_and_says_why(
    host: Heroku, broken: dict[str, str | None], sentence: str
) -> None:
    good = {"REDIS_URL": host.address, "REDIS_SSL_CERT_REQS": "none", "STOCKBRIDGE_CONFIG_TOML": host.market.text()}
    host.config = {name: text for name, text in (good | host.market.secrets | broken).items() if text is not None}
    code, words = host.git(["git", "push", "heroku", "main"])
    assert (code != 0, sentence in words, host.dynos) == (True, True, {}), words
    assert "Traceback" not in words
    assert not [secret for secret in host.market.secrets.values() if secret in words]


# -- the document, three process types -----------------------------------------------------------------


def test_the_document_followed_line_by_line_deploys_it_on_the_smallest_plan(
    host: Heroku, reader: tuple[Path, str]
) -> None:
    clone, path = reader
    assert "SKU-3" in follow(blocks("deploy-heroku")[SETUP], clone, path)  # what would be written
    assert host.dynos.keys() == {"web", "worker", "beat"}
    most, over = 0, threading.Event()

    def count() -> None:
        nonlocal most
        while not over.wait(0.02):
            most = max(most, len(host.market.db.client_list()) - 1)

    counting = threading.Thread(target=count)
    converge(host)
    until(lambda: answers(host), lambda: said(host))
    counting.start()
    try:
        for units in (3, 40):
            host.market.warehouse.set_stock("SKU-0", units)
            code, words = host.once("stockbridge status --json")
            assert (code in {0, 75}, "error" in json.loads(words)) == (True, False), words
            until(lambda units=units: host.market.main.shows("SKU-0") == units, lambda: said(host), 20)  # type: ignore[misc]
    finally:
        over.set()
        counting.join()
    converge(host)
    assert 10 < most <= 20
    sys.stdout.write(f"Redis connections at once, of web, worker, beat and a command: {most}\n")
    assert "All connections that Redis allows are taken" not in said(host)
    in_mid_write(host, 3)
    began = time.monotonic()
    programs = dict(host.dynos)
    codes = host.stop("web", "worker", "beat")
    assert codes["worker"] == 0
    assert {*codes.values()} <= {0, -signal.SIGTERM}  # told again while it ended
    assert time.monotonic() - began < 25
    assert is_done(host)
    logs = "\n".join(program.said() for program in programs.values())
    assert "Traceback" not in logs
    assert not [secret for secret in host.market.secrets.values() if secret in logs]
    host.scale({"worker": 1, "beat": 1})
    host.market.warehouse.set_stock("SKU-1", 2)
    until(lambda: host.market.main.shows("SKU-1") == 2, lambda: said(host), 30)
    converge(host)


def test_one_dyno_does_everything(host: Heroku, reader: tuple[Path, str]) -> None:
    clone, path = reader
    follow(blocks("deploy-heroku")[SETUP], clone, path)
    follow(blocks("deploy-heroku")[ONE_DYNO], clone, path)
    assert host.dynos.keys() == {"web"}
    converge(host)
    until(lambda: answers(host), lambda: said(host))
    web = host.dynos["web"]
    os.kill(child(web, "beat"), signal.SIGKILL)
    until(lambda: "up: the beat was ended by signal 9; starting it again in 1 s (1 of 5)." in web.said(), web.said)
    in_mid_write(host, 5)
    assert host.stop("web")["web"] in {0, -signal.SIGTERM}
    assert is_done(host)
    assert "up: ended; nothing is left running" in web.said()
    assert "Traceback" not in web.said()


def child(program: Program, word: str) -> int:
    """The process of `up` whose command has that word."""
    texts = {pid: Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0") for pid in program.pids()}
    (found,) = [pid for pid, words in texts.items() if word in words and "celery" in words]
    return found


def test_the_plan_is_a_valkey_where_a_wheel_brings_one(smallest_plan: tuple[Market, str]) -> None:
    served = smallest_plan[0].db.info("server").get("server_name", "redis")
    assert served == ("valkey" if (sys.platform, platform.machine()) == ("linux", "x86_64") else "redis")


# -- how much the smallest plan holds ------------------------------------------------------------------

HELD, SHARE = 60_000, 0.4
"""SKUs that the document promises for 25 MB, and the share that is played, of both."""


def test_25_mb_hold_as_many_skus_as_the_document_says(smallest_plan: tuple[Market, str]) -> None:
    """A first sync: Redis refuses nothing, and has room left."""
    assert f"{HELD:,} beside the queue" in (ROOT / "docs/deploy-heroku.md").read_text()
    market, skus = smallest_plan[0], round(HELD * SHARE)
    market.db.config_set("maxmemory", f"{round(25 * SHARE)}mb")
    for n in range(skus - len(market.warehouse.listing())):
        market.add(f"A-LONGER-SKU-{n:06}", 12, shown=11)
    settings = parse(market.text(), market.secrets)
    context = build(settings, market.url, emit=lambda *_, **__: None)
    done = run_cycle(context).stores["main"]
    assert (done.applied, done.error) == (skus, None)
    assert context.state.refusal_of_writes() is None
    used = market.db.info("memory")["used_memory"] / 2**20
    sys.stdout.write(f"{skus:,} SKUs take {used:.1f} of {round(25 * SHARE)} MiB\n")
