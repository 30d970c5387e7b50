"""docs/api.md: every example is played against a server, and answered as it says."""

import json
import re
import shlex
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi.routing import APIRoute

from bridge.web.api.app import application
from bridge.web.api.gate import LARGEST, SLOWEST
from bridge.web.api.parts import FEW, LAST, MOST

from .page import LOCKED, TOKEN

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
BLOCKS = re.findall(r"^```\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
LONGEST = 30.0
VARIABLE = re.compile(r"\$([A-Z_]+)")


def examples() -> Iterator[tuple[str, str]]:
    """(command, answer) in the order of the page."""
    for block in BLOCKS:
        for each in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, answer = re.split(r"(?<!\\)\n", each, maxsplit=1)
            yield command.replace("\\\n", " "), answer


@dataclass
class Player:
    """A shell with curl. known: its variables."""

    client: httpx.Client
    known: dict[str, str] = field(default_factory=dict)

    def said(self, text: str) -> str:
        return VARIABLE.sub(lambda found: self.known[found[1]], text)

    def ask(self, command: str) -> httpx.Response:
        words = shlex.split(self.said(command))
        assert words.pop(0) == "curl"
        method, headers, query, body = "", dict[str, str](), dict[str, str](), None
        while len(words) > 1:
            match words.pop(0):
                case "-i":
                    pass
                case "-G":
                    method = "GET"
                case "-X":
                    method = words.pop(0)
                case "-H":
                    name, _, value = words.pop(0).partition(": ")
                    headers[name] = value
                case "-d":
                    method, body = "POST", words.pop(0)
                case "--data-urlencode":
                    name, _, value = words.pop(0).partition("=")
                    query[name] = value
                case other:
                    raise AssertionError(other)
        return self.client.request(method or "GET", words[0], headers=headers, params=query or None, content=body)

    def play(self, command: str, answer: str) -> None:
        """What takes its time is asked again until it is as the example shows it."""
        status = re.match(r"HTTP/1.1 (\d+) [\w ]+\n", answer)
        shown = json.loads(re.sub(r",? *…", "", answer[status.end() :] if status else answer))
        deadline = time.monotonic() + LONGEST
        while True:
            got = self.ask(command)
            found = dict[str, str]()
            if self.fits(shown, got.json(), found) or time.monotonic() > deadline or "-d" in command:
                break
            time.sleep(0.05)
        assert self.fits(shown, got.json(), found), (command, got.text)
        assert status is None or got.status_code == int(status[1])
        assert status is not None or got.is_success or set(shown) == {"error"}
        self.known |= found

    def fits(self, shown: Any, got: Any, found: dict[str, str]) -> bool:
        """Whether an answer is what is shown of it, the rest left out. found: gets what is new by name."""
        if isinstance(shown, dict):
            pairs = [(x, got[name]) for name, x in shown.items() if isinstance(got, dict) and name in got]
            return len(pairs) == len(shown) and all(self.fits(*pair, found) for pair in pairs)
        if isinstance(shown, list):
            pairs = [*zip(shown, got, strict=False)] if isinstance(got, list) else []
            return len(pairs) == len(shown) and all(self.fits(*pair, found) for pair in pairs)
        if isinstance(shown, str) and (name := VARIABLE.fullmatch(shown)):
            found.setdefault(name[1], self.known.get(name[1], str(got)))
            return found[name[1]] == str(got)
        return bool(shown == got)


@pytest.fixture
def served(till_with: Any) -> Iterator[str]:
    """The address of a real server over a bridge with two shops: ten lowerings are held in each, one was sent."""
    till = till_with(lines=LOCKED, outside=True)
    for number in range(20):
        till.harness.add(f"SKU-{number:02}", 10)
    till.harness.add("A", 10)
    till.harness.cycle()
    for number in range(10):
        till.harness.warehouse.set_stock(f"SKU-{number:02}", 0)
    till.harness.warehouse.set_stock("A", 9)
    till.harness.cycle()
    config = uvicorn.Config(till.app, port=0, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + LONGEST
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(LONGEST)


def test_every_example_is_answered_as_it_says(served: str) -> None:
    with httpx.Client(timeout=LONGEST) as client:
        player = Player(client, {"AT": served, "STOCKBRIDGE_WEB_TOKEN": TOKEN})
        played = [*examples()]
        for command, answer in played:
            player.play(command, answer)
    assert len(played) == PAGE.count("\n$ ") >= 16
    assert set(player.known) == {"AT", "STOCKBRIDGE_WEB_TOKEN", "SEEN", "RUN", "TOKEN"}


def test_an_example_that_is_wrong_would_be_found(served: str) -> None:
    with httpx.Client(timeout=LONGEST) as client:
        player = Player(client, {"AT": served})
        with pytest.raises(AssertionError):
            player.play('curl -i -d "{}" "$AT/api/v1/status"', 'HTTP/1.1 401 Unauthorized\n{"error": "Welcome."}')


def test_the_page_names_every_address_and_no_other() -> None:
    routes = [route for route in application().routes if isinstance(route, APIRoute)]
    there = {(method, route.path) for route in routes for method in route.methods or ()}
    rows = re.findall(r"^\| (`[^|]*`) \|", PAGE, flags=re.MULTILINE)
    said = set()
    for row in rows:
        first = ""
        for text in re.findall(r"`(?:GET )?(/[^`]*)`", row):
            path = re.sub(r"\?.*", "", text).replace("STORE", "{store}").replace("RUN", "{run}")
            first = first or path
            whole = path if path.startswith(first[:5]) else first.rpartition("/")[0] + path
            said.add(("GET" if "`GET " in row else "POST", whole))
    assert said == {x for x in there if x[1] != "/openapi.json" and not (x[0] == "GET" and "/acts/" in x[1])}


def test_the_limits_are_those_of_the_page() -> None:
    assert f"at most {LAST:,}) and `limit` ({FEW} where it is not said, at most {MOST:,})" in PAGE
    assert f"the body took longer than {SLOWEST:.0f} seconds, or is larger than {LARGEST // 1024} KiB" in PAGE
