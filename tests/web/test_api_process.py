"""`/api/v1` of a process of its own, over a real Redis: its document is played against it, and it opens no connection
of its own."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from bridge.web.api.app import PATH

from .page import LOCKED, TOKEN, VIEWER
from .test_runs import last_run
from .test_serving import Served, items  # noqa: F401  (a fixture)
from .test_store import holding

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]

RULES = Path(__file__).with_name("schemathesis.toml")
HERE = LOCKED + 'bind = "127.0.0.1:0"\n'
BEARER = {"Authorization": f"Bearer {TOKEN}"}
SHORT = ("--phases", "coverage")


@dataclass
class World:
    """A process over a state in which something is held, and was written. run: that wrote it."""

    served: Served
    run: str
    folder: Path

    def at(self, path: str) -> str:
        return self.served.at(PATH + path)

    def session(self, password: str) -> str:
        """The value of a cookie."""
        said = httpx.post(self.served.at("/login"), data={"password": password}, timeout=60)
        return said.cookies["stockbridge"]

    def document(self) -> Any:
        return httpx.get(self.at("/openapi.json"), headers=BEARER, timeout=60).json()

    def played(self, document: Any, *options: str, token: bool = True, session: str = "") -> tuple[int, str]:
        """What schemathesis finds when it plays a document against the process: its exit code, and what it says."""
        path = self.folder / "openapi.json"
        path.write_text(json.dumps(document))
        command = [
            sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "--config-file",
            str(RULES), "run", str(path), "--url", self.at(""), "--no-color", "--checks", "all", *options,
        ]  # fmt: skip
        command += ["--header", f"Authorization: Bearer {TOKEN}"] if token else []
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            timeout=600,
            cwd=self.folder,
            env={**os.environ, "RUN": self.run, "SESSION": session},
        )
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def world(till_with: Any, items: Path, redis_url: str, tmp_path: Path) -> Iterator[World]:  # noqa: F811
    till = holding(till_with())
    till.harness.add("A", 10, shown=3)
    till.harness.later(minutes=16)
    till.harness.cycle()
    config = tmp_path / "stockbridge.toml"
    config.write_text(till.harness.text.replace(str(till.items), str(items)) + HERE)
    served = Served(config, redis_url)
    yield World(served, last_run(till), tmp_path)
    code, said = served.end()
    assert (code, "Traceback" in said, "request failed" in said) == (0, False, False), said


@pytest.mark.parametrize("who", ["a program with the token", "a viewer", "nobody"])
def test_the_process_does_what_its_document_says(world: World, who: str) -> None:
    """Every operation with what it allows and with what it does not: each answer is a status and a shape that the
    document names, nothing wrong is taken, and none is a bug."""
    document, program, session = world.document(), who == "a program with the token", ""
    operations = [(path, method, x) for path, each in document["paths"].items() for method, x in each.items()]
    if who == "a viewer":
        session = world.session(VIEWER)
        for *_, operation in operations:
            operation["security"] = [{"session": []}]  # a token that is made up would be refused first
    code, said = world.played(document, *(() if program else SHORT), token=program, session=session)
    print(said)  # noqa: T201
    assert code == 0
    assert f"Tested: {len(operations)}\n" in said
    refused = re.search(r"Authentication failed: (\d+) operations", said)
    acts = sum(method == "post" for _, method, _ in operations)
    assert int(refused[1] if refused else 0) == {"nobody": len(operations), "a viewer": acts}.get(who, 0)


def untold(document: Any) -> None:
    del document["paths"]["/stores/{store}/held"]["get"]["responses"]["422"]


def misshapen(document: Any) -> None:
    document["components"]["schemas"]["Paged_Held_"]["properties"]["total"] = {"type": "string"}


@pytest.mark.parametrize("spoil", [untold, misshapen])
def test_a_document_that_is_wrong_is_found(world: World, spoil: Callable[[Any], None]) -> None:
    """The same document passes unspoiled: it is the difference that is found."""
    document, only = world.document(), ("--include-path", "/stores/{store}/held", *SHORT)
    assert world.played(document, *only)[0] == 0
    spoil(document)
    code, said = world.played(document, *only)
    assert (code, "GET /stores/{store}/held" in said) == (1, True), said


def connections(process: int, port: int) -> int:
    """How many connections a process has to a port of this machine."""
    open_files = {str(each.readlink()) for each in Path(f"/proc/{process}/fd").iterdir()}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(int(row[2].rpartition(":")[2], 16) == port and f"socket:[{row[9]}]" in open_files for row in rows)


def test_the_api_shares_the_connection_of_the_page(world: World, redis_url: str) -> None:
    """Twenty programs and people at once, over the two connections that tills and pages have."""
    reads = ["/status", "/stores/main/held", "/stores/main/changes", "/sku?sku=A", "/skus?search=SKU", "/runs",
             f"/runs/{world.run}", "/settings", "/sku/series?sku=A", "/stores/main/acts/release"]  # fmt: skip
    with httpx.Client(headers=BEARER, timeout=60) as client, ThreadPoolExecutor(20) as programs:
        asked = [programs.submit(client.get, world.at(path)) for path in reads * 4]
        asked += [programs.submit(client.get, world.served.at(path)) for path in ["/", "/stores/main", "/runs"] * 7]
        acted = [programs.submit(client.post, world.at("/stores/main/acts/resync")) for _ in range(10)]
        assert {each.result().status_code for each in asked + acted} == {200}
        found = client.get(world.at("/stores/main")).json()["stores"]["main"]["requests"]
        port = urlsplit(redis_url).port
        assert port is not None
        assert connections(world.served.process.pid, port) == 2
    assert found["requested"] == 10
