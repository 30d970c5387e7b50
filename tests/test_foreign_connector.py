"""A connector by other people: a distribution outside this tree's packages, in an environment of its own, where nothing
else was told of it. connectors/ADDING_A_STORE.md walks through it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
FOREIGN = Path(__file__).parent / "foreign_connector"
NAME = "corner-shop"
SOON = 120.0
"""Seconds within which each command ends, on a machine that has much else to do."""

pytestmark = pytest.mark.timeout(500)


@dataclass(frozen=True)
class Installed:
    """Both distributions installed. folder: where nothing is but this environment."""

    folder: Path

    def command(self, *arguments: str) -> list[str]:
        return [str(self.folder / "env" / "bin" / arguments[0]), *arguments[1:]]

    def environ(self, **given: str) -> dict[str, str]:
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("STOCKBRIDGE_", "PYTHON"))}
        kept.pop("REDIS_URL", None)
        return {**kept, "TMPDIR": str(self.folder), **given}

    def run(
        self, *arguments: str, at: Path, typed: str = "", seconds: float = SOON, **environ: str
    ) -> "subprocess.CompletedProcess[str]":
        """A program of this environment, in a folder that knows nothing of the source tree."""
        return subprocess.run(
            self.command(*arguments), cwd=at, env=self.environ(**environ), input=typed, capture_output=True, text=True,
            timeout=seconds, check=False,
        )  # fmt: skip

    @contextmanager
    def sandboxes(self, at: Path) -> Iterator[Mapping[str, Any]]:
        """`stockbridge sandbox` of this platform alone → what it prints."""
        ports = ("--source-port", "0", f"--{NAME}-port", "0")
        command = self.command("stockbridge", "sandbox", "--json", "--store", NAME, "--skus", "30", *ports)
        with subprocess.Popen(command, cwd=at, env=self.environ(), stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            lines = []
            for line in process.stdout:
                lines.append(line)
                if line == "}\n":
                    break
            try:
                yield json.loads("".join(lines))
            finally:
                process.send_signal(signal.SIGINT)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Built from copies, because a build leaves files behind, without asking anybody on the network: what both need is
    lent by the environment that runs the tests. Its own site-packages come last, and no editable install is heard."""
    found = Installed(tmp_path_factory.mktemp("installed"))
    ours, foreign = found.folder / "stockbridge", found.folder / "foreign"
    litter = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
    for folder in ("bridge", "connectors"):
        shutil.copytree(ROOT / folder, ours / folder, ignore=litter)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, ours)
    shutil.copytree(FOREIGN, foreign, ignore=litter)
    venv.create(found.folder / "env", with_pip=False)
    purelib = sysconfig.get_path("purelib", vars={"base": str(found.folder / "env")})
    lent = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    Path(purelib, "lent.pth").write_text("\n".join(lent) + "\n")
    python = str(found.folder / "env" / "bin" / "python")
    flags = ("--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--ignore-installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python, "install", *flags]
    done = subprocess.run(
        [*pip, str(ours), str(foreign)], env=found.environ(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return found


def test_it_is_not_of_this_tree(installed: Installed, tmp_path: Path) -> None:
    code = "import bridge, connectors, corner_shop; print(*(x.__path__[0] for x in (bridge, connectors, corner_shop)))"
    places = installed.run("python", "-c", code, at=tmp_path).stdout.split()
    assert len(places) == 3
    assert all(Path(place).is_relative_to(installed.folder / "env") for place in places), places


def test_its_own_suite_passes(installed: Installed, tmp_path: Path) -> None:
    shutil.copy(FOREIGN / "test_corner_shop.py", tmp_path)
    done = installed.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", at=tmp_path)
    assert done.returncode == 0, done.stdout
    assert int(re.findall(r"(\d+) passed", done.stdout)[0]) > 30


FAULTY = """
[source]
token = "t"

[stores.a]
connector = "corner-shop"
ulr = "https://a.example"
key = "k"

[stores.b]
connector = "corner-shop"
url = "http://b.example"
key = "two words"
locations = { "1" = "x" }

[stores.c]
connector = "corner-shp"

[stores.d]
connector = "corner-shop"
url = "https://D.example/"
key = "k"

[stores.e]
connector = "corner-shop"
url = "https://d.example"
key = "${NOT_SET}"
"""
FAULTS = [
    'stores.a.ulr: is not a known key; did you mean "url"?',
    "stores.a.url: is missing; add url = …",
    "stores.b.key: is empty, or holds a character that no key has; copy it again",
    "stores.b.locations: means nothing to corner-shop, which has no locations; leave it out",
    "stores.b.url: plain http is refused except on loopback, for it would show the key to the network",
    'stores.c.connector: There is no connector "corner-shp"; installed: ',
    "stores.e: is the same shop as stores.d (d.example); keep one table, or every order counts twice",
    "stores.e.key: the environment variable NOT_SET is not set; set it",
    "WRONG     configuration: 8 to correct",
]


def test_what_is_wrong_in_the_configuration_is_said_with_path_and_remedy(installed: Installed, tmp_path: Path) -> None:
    said = installed.run("stockbridge", "check", at=tmp_path, STOCKBRIDGE_CONFIG_TOML=FAULTY)
    assert said.returncode == 2
    assert said.stdout == ""
    told = said.stderr.splitlines()
    assert [line for line, fault in zip(told, FAULTS, strict=True) if not line.startswith(fault)] == []
    assert 'did you mean "corner-shop"?' in said.stderr
    assert "two words" not in said.stderr


def test_from_init_to_a_store_that_shows_what_it_should(installed: Installed, tmp_path: Path) -> None:
    with installed.sandboxes(tmp_path) as found:
        source, shop = found["source"], found["stores"][NAME]
        variables = {"THREEPLGUYS_TOKEN": source["token"], "CORNER_SHOP_KEY": shop["key"]}
        given = ("--source-url", source["url"], "--connector", NAME, "--set", f"url={shop['url']}", "--buffer", "0")
        made = installed.run("stockbridge", "init", *given, at=tmp_path, typed="\n" * 3, **variables)
        assert made.returncode == 0, made.stdout + made.stderr
        assert "ok: The Corner Shop accepts the keys" in made.stdout
        written = (tmp_path / "stockbridge.toml").read_text()
        assert re.search(r'^key +=  *"\$\{CORNER_SHOP_KEY\}"$', written, re.MULTILINE), written

        checked = installed.run("stockbridge", "check", "--json", at=tmp_path, **variables)
        assert checked.returncode == 0, checked.stdout + checked.stderr
        synced = installed.run("stockbridge", "sync", "--json", at=tmp_path, **variables)
        assert json.loads(synced.stdout)["stores"]["main"]["applied"] > 0, synced.stdout + synced.stderr
        again = installed.run("stockbridge", "sync", "--dry-run", "--json", at=tmp_path, **variables)
        assert json.loads(again.stdout)["stores"]["main"]["plan"] == [], again.stdout


def test_a_key_that_it_does_not_accept_is_named_with_the_remedy(installed: Installed, tmp_path: Path) -> None:
    with installed.sandboxes(tmp_path) as found:
        wrong = found["configuration"].replace(found["stores"][NAME]["key"], "another-key")
        (tmp_path / "stockbridge.toml").write_text(wrong)
        said = installed.run("stockbridge", "check", at=tmp_path)
    assert said.returncode == 1, said.stdout + said.stderr
    assert 'does not accept the key; make another one under "Settings, Keys"' in said.stdout + said.stderr
    assert "another-key" not in said.stdout + said.stderr


def test_the_demo_plays_in_it_beside_the_others(installed: Installed, tmp_path: Path) -> None:
    done = installed.run("stockbridge", "demo", "--once", "--json", at=tmp_path, seconds=3 * SOON)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    (shop,) = [store for store in found["stores"].values() if store["platform"] == "Corner Shop"]
    assert found["mismatches"] == 0
    assert shop["writes"] > 0
    assert shop["orders"] > 0
