"""`login` as people see it: a browser that is sent back, an address that is pasted, and what is said afterwards."""

import json
import os
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bridge.cli import run
from bridge.state import keys
from bridge.threeplguys.sandbox import CLIENT_SECRET
from tests.harness.grants import SECRET_NAME, TOKEN_PATH, with_oauth
from tests.harness.ports import kept_port

SECONDS = 60.0
ELSEWHERE = "https://localhost/callback"  # where nobody but a server with a certificate listens


class Person:
    """Somebody who has typed `stockbridge login`, at a terminal or with nothing to type at. address: where to
    consent."""

    def __init__(self, cli: Any, *arguments: str, types: bool = False) -> None:
        self.cli, self.out, self.err, self.code = cli, "", "", -1
        read, self.typed = os.pipe() if types else (-1, -1)
        if types:
            cli.stack.callback(os.close, self.typed)
            cli.monkeypatch.setattr("sys.stdin", cli.stack.enter_context(os.fdopen(read)))
        self._thread = threading.Thread(target=self._run, args=(arguments,), daemon=True)
        self._thread.start()
        self.address = self.reads("/oauth/authorize?").partition(" ")[0]

    def _run(self, arguments: tuple[str, ...]) -> None:
        self.code = run(["login", *arguments])

    def reads(self, words: str) -> str:
        """The last line on stderr that holds these words, once it is there."""
        ends = time.monotonic() + SECONDS
        while True:
            found = [line for line in self.err.splitlines() if words in line]
            if found or time.monotonic() > ends:
                assert found, self.out + self.err
                return found[-1]
            self._thread.join(0.02)
            out, err = self.cli.capsys.readouterr()
            self.out, self.err = self.out + out, self.err + err

    def consents(self) -> str:
        """Where the browser is sent."""
        return httpx.get(self.address, trust_env=False).headers["location"]

    def pastes(self, text: str) -> None:
        os.write(self.typed, text.encode() + b"\n")

    def ends(self) -> int:
        """The exit code."""
        self._thread.join(SECONDS)
        out, err = self.cli.capsys.readouterr()
        self.out, self.err = self.out + out, self.err + err
        assert not self._thread.is_alive(), self.out + self.err
        return self.code


def browse(address: str) -> httpx.Response:
    return httpx.get(address, trust_env=False)


def configure(cli: Any, secret: str = CLIENT_SECRET, redirect: str = "") -> None:
    cli.monkeypatch.setenv(SECRET_NAME, secret)
    cli.redirect = redirect or f"http://127.0.0.1:{kept_port(cli.stack)}/callback"
    cli.configure(text=text_of(cli))


def text_of(cli: Any, rules: str = "") -> str:
    return with_oauth(cli.configuration(rules), cli.source_url, cli.redirect)


@pytest.fixture
def at_home(cli: Any) -> Any:
    """A configuration with an OAuth client, and one product that is shown wrong."""
    configure(cli)
    cli.add("A", 5, shown=2)
    return cli


@pytest.fixture
def logged_in(at_home: Any) -> Any:
    person = Person(at_home)
    assert browse(person.consents()).status_code == 200
    assert person.ends() == 0, person.err
    at_home.source.calls.clear()
    return at_home


def no_secret(cli: Any, text: str) -> None:
    pairs = [*cli.source.oauth.access, *cli.source.oauth.refresh, *cli.source.oauth.codes]
    assert pairs
    for secret in (*pairs, CLIENT_SECRET):
        assert secret not in text
        assert all(secret.encode() not in (cli.redis.dump(key) or b"") for key in cli.redis.scan_iter())


# -- a browser on this machine -------------------------------------------------------------------------


@pytest.mark.states("3pl.guide.oauth")
def test_a_browser_is_sent_back_and_the_first_sync_goes(at_home: Any) -> None:
    person = Person(at_home)
    page = browse(person.consents())
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "Stockbridge has its answer" in page.text
    assert person.ends() == 0
    assert person.out.startswith("ok        granted inventory, at 20")
    assert "the token ends at" in person.out
    assert "is refreshed before that" in person.out
    said = at_home("sync")
    assert (said.code, at_home.main.shows("A")) == (0, 5)
    no_secret(at_home, person.out + person.err + said.everything)


def test_what_answers_another_login_is_refused_and_waited_on(at_home: Any) -> None:
    person = Person(at_home)
    right = person.consents()
    here = right.partition("?")[0]
    for wrong in (right.replace("state=", "state=x"), f"{here}?code=code-1", f"{here}?error=access_denied"):
        assert browse(wrong).status_code == 400
        assert "answers another login" in browse(wrong).text
    assert browse(here).status_code == 400
    assert browse(f"{here.rpartition('/')[0]}/favicon.ico").status_code == 404
    assert not at_home.redis.exists(keys.GRANT)
    person.reads("answers another login")
    assert browse(right).status_code == 200
    assert person.ends() == 0


def test_what_a_page_shows_of_an_address_is_no_page(at_home: Any) -> None:
    at_home.source.switches.consents = False
    person = Person(at_home)
    page = browse(person.consents().replace("access_denied", "%3Cscript%3E"))
    assert "&lt;script&gt;" in page.text
    assert "<script>" not in page.text
    assert person.ends() == 1


def test_a_browser_that_says_nothing_holds_up_nobody(at_home: Any) -> None:
    person = Person(at_home)
    with socket.create_connection(("127.0.0.1", int(at_home.redirect.split(":")[2].split("/")[0]))):
        assert browse(person.consents()).status_code == 200
        assert person.ends() == 0


def test_what_else_is_asked_for_is_granted_too(at_home: Any) -> None:
    assert at_home("check", "--json").json["source"].get("warehouses") is None
    person = Person(at_home, "--scope", "shipments", "--scope", "locations")
    browse(person.consents())
    assert person.ends() == 0
    assert "granted inventory, locations, shipments, at 20" in person.out
    assert at_home("check", "--json").json["source"]["warehouses"] == {"1": "Main Warehouse"}
    assert at_home("incoming").code == 0


# -- a browser elsewhere -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "paste",
    [
        pytest.param(lambda address: address, id="the whole address"),
        pytest.param(lambda address: httpx.URL(address).params["code"], id="the code"),
    ],
)
def test_what_is_pasted_will_do(at_home: Any, paste: Callable[[str], str]) -> None:
    configure(at_home, redirect=ELSEWHERE)
    person = Person(at_home, types=True)
    person.reads(f"Nobody here can listen at {ELSEWHERE}.")
    person.pastes("")
    person.pastes("what is this")
    person.reads("holds no code")
    person.pastes(person.consents().replace("state=", "state=x"))
    person.reads("answers another login")
    person.pastes(paste(person.consents()))
    assert person.ends() == 0
    assert at_home("sync").code == 0


def test_a_taken_port_is_no_reason_not_to_paste(at_home: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        configure(at_home, redirect=f"http://127.0.0.1:{server.getsockname()[1]}/callback")
        person = Person(at_home, types=True)
        person.pastes(person.consents())
        assert person.ends() == 0


def test_where_nothing_can_come_back_it_says_so(at_home: Any) -> None:
    configure(at_home, redirect=ELSEWHERE)
    person = Person(at_home)
    assert person.ends() == 2
    assert "source.oauth.redirect_uri: nobody can listen there" in person.err


# -- what is refused -----------------------------------------------------------------------------------


def test_a_denied_consent_needs_a_person(at_home: Any) -> None:
    at_home.source.switches.consents = False
    person = Person(at_home)
    assert "Consent was denied" in browse(person.consents()).text
    assert person.ends() == 1
    assert "Consent was denied, so nothing was granted: run `stockbridge login`" in person.err
    assert at_home("sync").code == 1


@pytest.mark.parametrize(
    ("spoil", "code", "says"),
    [
        pytest.param(
            lambda cli: configure(cli, secret="not-the-secret"), 1, "refuses client_id and client_secret",
            id="wrong secret",
        ),
        pytest.param(
            lambda cli: setattr(cli.source.switches, "grants", "locations"), 1,
            "granted locations, without the scope inventory, which is needed", id="missing scope",
        ),
        pytest.param(
            lambda cli: cli.source.faults.add("503", on=TOKEN_PATH), 75, "is in trouble (503)", id="outage"
        ),
        pytest.param(lambda cli: cli.source.faults.add("drop", on=TOKEN_PATH), 75, "broke off", id="hung up"),
    ],
)  # fmt: skip
def test_what_brings_no_grant(at_home: Any, spoil: Callable[[Any], None], code: int, says: str) -> None:
    spoil(at_home)
    person = Person(at_home)
    browse(person.consents())
    assert person.ends() == code
    assert says in person.err
    assert "Traceback" not in person.err
    assert not at_home.redis.exists(keys.GRANT)


def test_a_key_needs_no_login(cli: Any) -> None:
    said = cli("login")
    assert (said.code, said.out) == (2, "")
    assert "source: has no [source.oauth], so there is nothing to log in to" in said.err


# -- afterwards ----------------------------------------------------------------------------------------


def test_machines_read_what_was_granted(at_home: Any) -> None:
    person = Person(at_home, "--scope", "locations", "--json")
    browse(person.consents())
    assert person.ends() == 0
    grant = json.loads(person.out)["grant"]
    assert (grant["scopes"], grant["missing"]) == (["inventory", "locations"], [])
    life = datetime.fromisoformat(grant["until"]) - datetime.fromisoformat(grant["granted_at"])
    assert life == timedelta(hours=1)


def test_check_says_what_is_granted_until_when_and_what_is_missing(logged_in: Any) -> None:
    said = logged_in("check")
    assert said.code == 0, said
    assert "          granted inventory, at 20" in said.out
    grant = logged_in("check", "--json").json["source"]["grant"]
    assert (grant["scopes"], grant["missing"]) == (["inventory"], [])
    logged_in.source.switches.grants = "locations"
    for code in logged_in.source.oauth.access.values():
        code.scopes = frozenset({"locations"})
    logged_in.source.oauth.expire()
    for pair in logged_in.source.oauth.refresh.values():
        pair.scopes = frozenset({"locations"})
    said = logged_in("check")
    assert said.code == 1
    assert "lacks the scope `inventory`; run `stockbridge login`" in said.err
    assert "granted locations, without the scope inventory, which is needed" in said.out


def test_before_a_login_every_command_says_what_to_do(at_home: Any) -> None:
    for command in ("check", "sync", "status"):
        said = at_home(command)
        assert said.code == 1, said
        assert "nobody has logged in yet" in said.everything
        assert "run `stockbridge login`" in said.everything
    assert not at_home.source.calls


def test_a_revoked_grant_is_for_a_person_and_a_login_mends_it(logged_in: Any) -> None:
    assert logged_in("sync").code == 0
    logged_in.warehouse.set_stock("A", 3)
    logged_in.source.oauth.revoke()
    said = logged_in("sync")
    assert said.code == 1
    assert "does not accept the grant" in said.err
    assert "run `stockbridge login`" in said.err
    said = logged_in("status", "--json")
    assert (said.code, said.json["light"]) == (1, "failing")
    assert logged_in.main.shows("A") == 5, "nothing was taken for gone"
    person = Person(logged_in)
    browse(person.consents())
    assert person.ends() == 0
    assert (logged_in("sync").code, logged_in.main.shows("A")) == (0, 3)
    assert logged_in("status").code == 0


def test_a_token_that_has_ended_is_refreshed_by_whatever_command_comes(logged_in: Any) -> None:
    for command in ("sync", "check"):
        logged_in.source.oauth.expire()
        said = logged_in(command)
        assert said.code == 0, said
        no_secret(logged_in, said.everything)
    assert logged_in.source.calls[TOKEN_PATH] == 2


def test_another_configuration_is_tried_with_the_same_grant(logged_in: Any) -> None:
    """Refreshed while it is tried, it goes on where it belongs."""
    assert logged_in("sync").code == 0
    logged_in.source.oauth.expire()
    Path("new.toml").write_text(text_of(logged_in, "buffer = 2"))
    said = logged_in("sync", "--dry-run", "--config", "new.toml", "--json")
    assert said.code == 0, said
    assert [row["would_show"] for row in said.json["stores"]["main"]["plan"]] == [3]
    assert logged_in("sync").code == 0
    assert logged_in.source.calls[TOKEN_PATH] == 1


def test_another_secret_needs_another_login(logged_in: Any) -> None:
    logged_in.source.oauth.secret = "rotated-secret"
    configure(logged_in, secret="rotated-secret")
    assert "client_secret has changed since" in logged_in("sync").err
    person = Person(logged_in)
    browse(person.consents())
    assert (person.ends(), logged_in("sync").code) == (0, 0)
