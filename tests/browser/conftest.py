"""A browser before the real `stockbridge web`, on a state that a harness plays: the tests are the worker."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis as redis_package
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bridge.state import keys
from connectors.testing.local import two_platforms
from tests.harness.installation import Installation
from tests.harness.shops import harnesses

PASSWORD, VIEWER = "of-the-operators", "of-the-viewers"
WEB = '[web]\nbind = "127.0.0.1:{port}"\npassword = "' + PASSWORD + '"\nviewer_password = "' + VIEWER + '"\n'
SHOTS = Path(__file__).parents[2] / "build" / "screenshots"  # where no test looks for source
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1366, "height": 900}}
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
MISSING = "no Chromium is installed here; on Debian: apt-get install chromium"


class Watch:
    """Everything that goes wrong in a browser's pages, in words; a test that ends with any fails."""

    def __init__(self, url: str) -> None:
        self.url, self.faults = url, list[str]()

    def follow(self, page: Page) -> Page:
        page.on("console", lambda said: self._hear(said.type, said.text))
        page.on("pageerror", lambda fault: self.faults.append(f"script: {fault}"))
        page.on("request", lambda asked: None if asked.url.startswith(self.url) else self._foreign(asked.url))
        page.on("requestfailed", lambda asked: self._failed(asked.url, str(asked.failure)))
        page.on("response", lambda said: self._refused(said.url, said.status))
        return page

    def forgive(self) -> list[str]:
        """What was caused on purpose."""
        faults, self.faults = self.faults, []
        return faults

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.faults.append(f"console: {text}")

    def _foreign(self, url: str) -> None:
        if not url.startswith("data:"):
            self.faults.append(f"asks elsewhere: {url}")

    def _failed(self, url: str, why: str) -> None:
        if "ERR_ABORTED" not in why:  # what a page asked for ends with the page
            self.faults.append(f"{url}: {why}")

    def _refused(self, url: str, status: int) -> None:
        if status >= 400:
            self.faults.append(f"{url}: {status}")


class Served:
    """`stockbridge web` as a process, which may be killed and started again at the same address."""

    def __init__(self, harness: Installation, config: Path, redis_url: str) -> None:
        self.harness, self._config, self._redis_url = harness, config, redis_url
        self.process: subprocess.Popen[str] | None = None
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._config.write_text(self.harness.text + "\n" + WEB.format(port=self.port))
        clean = {name: value for name, value in os.environ.items() if name != "PORT"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bridge", "web", "--config", str(self._config)], text=True, stderr=subprocess.PIPE,
            env={**clean, "REDIS_URL": self._redis_url},
        )  # fmt: skip
        assert self.process.stderr is not None
        said = self.process.stderr.readline()
        assert "listens on http://" in said, said + self.process.communicate()[1]
        self.port = int(said.split("127.0.0.1:")[1].split("/")[0])

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.communicate(timeout=60)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(MISSING)
    with sync_playwright() as playwright:
        # Containers run tests as root, and have little shared memory.
        started = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage", "--force-prefers-reduced-motion"]
        )
        yield started
        started.close()


@pytest.fixture
def served(redis_url: str, redis: redis_package.Redis, tmp_path: Path) -> Iterator[Served]:
    """Twenty products in two shops; ten lowerings of each shop are held."""
    with harnesses(redis_url, two_platforms()) as build:
        harness = build(start=datetime.now(UTC) - timedelta(minutes=2))
        for number in range(20):
            harness.add(f"SKU-{number:02}", 10)
        harness.cycle()
        for number in range(10):
            harness.warehouse.set_stock(f"SKU-{number:02}", 0)
        harness.cycle()
        for part in (keys.WORKER, keys.BEAT):
            harness.state.note_seen(part, harness.clock())
        running = Served(harness, tmp_path / "stockbridge.toml", redis_url)
        yield running
        running.end(signal.SIGKILL)


@pytest.fixture
def watch(served: Served) -> Iterator[Watch]:
    found = Watch(served.url)
    yield found
    assert found.faults == []


@pytest.fixture
def opened(browser: Browser, served: Served, watch: Watch) -> Iterator[Callable[..., Page]]:
    """opened(size="phone", scheme="dark", **options): a page of a person of their own, not logged in."""
    contexts = list[BrowserContext]()

    def open_(size: str = "desktop", scheme: Any = "light", **options: Any) -> Page:
        viewport: Any = SIZES[size]
        context = browser.new_context(
            base_url=served.url, viewport=viewport, color_scheme=scheme, has_touch=size == "phone", **options
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        return watch.follow(context.new_page())

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture
def log_in(opened: Callable[..., Page], served: Served) -> Callable[..., Page]:
    """The same, logged in and on the overview. password: whose."""

    def logged_in(*named: Any, password: str = PASSWORD, **options: Any) -> Page:
        page = opened(*named, **options)
        page.goto("/")
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"{served.url}/")
        return page

    return logged_in
