"""systemd's units: verified by systemd's own tool, what they start is started, and `docs/deploy-systemd.md` is followed
line by line."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from .conftest import Market
from .documents import blocks, follow, standing_in
from .place import whole
from .programs import until
from .systemd import Machine, verified

pytestmark = pytest.mark.timeout(600)
SETUP, DAY, APART = 0, 1, 2
REDIS = "REDIS_URL=redis://127.0.0.1:6379/0"
"""In the document: that of the machine."""


@pytest.fixture
def machine(slug: Path, tmp_path: Path, market: Market) -> Iterator[Machine]:
    """With a clone in which the reader's file is."""
    clone = whole(tmp_path / "clone")
    (clone / "stockbridge.toml").write_text(market.text().replace("[web]", '[web]\nbind = "127.0.0.1:0"'))
    made = Machine(tmp_path / "machine", clone, slug / "venv")
    yield made
    made.close()


def said(machine: Machine) -> str:
    return "\n".join(f"== {name}\n{program.said()[-3000:]}" for name, program in machine.running.items())


def is_served(text: str) -> bool:
    """Whether the page answers at the address that `web` names."""
    if "web: listens on " not in text:
        return False
    return (
        httpx.get(f"{text.split('web: listens on ')[1].split('/api/', maxsplit=1)[0]}/healthz", timeout=5).text
        == "ok\n"
    )


def test_the_document_followed_line_by_line_runs_it(machine: Machine, market: Market, tmp_path: Path) -> None:
    answers = {"sudo": machine.sudo, "systemctl": machine.systemctl, "journalctl": machine.journalctl}
    setup, day, apart = (machine.moved(text) for text in blocks("deploy-systemd"))
    assert REDIS in setup
    with standing_in(tmp_path / "bin", answers) as path:
        written = setup.replace(REDIS, f"REDIS_URL={market.url}").split("\n")
        copied = next(n for n, line in enumerate(written) if line.startswith("cp .env.example"))
        follow("\n".join(written[: copied + 1]), machine.clone, path)
        with (machine.clone / ".env").open("a") as file:  # what the reader writes into it
            file.writelines(f"{name}={text}\n" for name, text in market.secrets.items())
        assert "SKU-3" in follow("\n".join(written[copied + 1 :]), machine.clone, path)
        assert machine.running.keys() == {"stockbridge"}
        until(market.has_ended, lambda: said(machine))
        until(lambda: is_served(said(machine)), lambda: said(machine))
        assert "up: a worker with 2 processes and beat" in follow(day, machine.clone, path)
        assert machine.codes == [("stockbridge", 0)]
        *begin, end = apart.strip().split("\n")
        follow("\n".join(begin), machine.clone, path)
        assert machine.running.keys() == {"stockbridge-worker", "stockbridge-beat", "stockbridge-web"}
        assert verified(machine) == ""
        market.warehouse.set_stock("SKU-0", 3)
        until(lambda: market.main.shows("SKU-0") == 3 and market.has_ended(), lambda: said(machine))
        until(lambda: is_served(machine.running["stockbridge-web"].said()), lambda: said(machine))
        programs = dict(machine.running)
        follow(end, machine.clone, path)
    assert {name: code for name, code in machine.codes if name != "stockbridge"} == {
        "stockbridge-worker": 0, "stockbridge-beat": 0, "stockbridge-web": 0,
    }  # fmt: skip
    assert {code for name, code in machine.codes if name == "stockbridge"} <= {0, -signal.SIGTERM}
    assert "Traceback" not in "\n".join(program.said() for program in programs.values())


@pytest.mark.skipif(
    not shutil.which("systemd-analyze") and not os.environ.get("CI"), reason="systemd-analyze is not there"
)
def test_systemds_own_tool_sees_a_wrong_unit(machine: Machine) -> None:
    broken = machine.at("/etc/systemd/system/broken.service")
    broken.write_text("[Service]\nExecStart=/nowhere/stockbridge up\nKillSignal=SIGNOTHING\n")
    said = verified(machine)
    assert "/nowhere/stockbridge is not executable" in said
    assert "SIGNOTHING" in said
