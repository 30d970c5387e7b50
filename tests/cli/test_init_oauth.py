"""`stockbridge init` with an OAuth client of the warehouse in the place of a token, and the login that follows."""

import re

import pytest

from bridge.cli.setup.draft import Draft
from bridge.config import load_settings, parse
from bridge.config.source import OAuthSettings
from bridge.threeplguys.sandbox import CLIENT_ID, CLIENT_SECRET
from connectors.testing.clock import ManualClock
from connectors.testing.local import two_platforms
from tests.harness.grants import SECRET_NAME
from tests.harness.ports import kept_port
from tests.harness.tables import referring

from .answers import FILE, answer, plain
from .conftest import CommandLine
from .test_login import Person, browse


def client(cli: CommandLine, *, redirect: str = "") -> tuple[str, ...]:
    """Every question in its order: address, oauth, id, variable, both addresses, redirect, and those of the store."""
    return (cli.source_url, "oauth", CLIENT_ID, "", "", "", redirect, *plain(cli)[3:])


def test_the_file_loads_and_login_comes_next(fresh: CommandLine) -> None:
    redirect = f"http://127.0.0.1:{kept_port(fresh.stack)}/callback"
    said = answer(fresh, *client(fresh, redirect=redirect))
    assert said.code == 0, said
    assert fresh.source.calls.total() == 0, "nobody can try it"
    assert "there is no preview" in said.out
    secrets = {**fresh.secrets, SECRET_NAME: CLIENT_SECRET}
    source = load_settings(secrets, FILE).source
    assert (source.base_url, source.token) == (fresh.source_url, None)
    assert source.oauth == OAuthSettings.model_validate(
        {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "authorize_url": f"{fresh.source_url}/oauth/authorize",
            "token_url": f"{fresh.source_url}/oauth/token",
            "redirect_uri": redirect,
        }
    )
    assert f"export {SECRET_NAME}=…" in said.out
    assert "THREEPLGUYS_TOKEN" not in said.out.partition("Wrote")[2] + FILE.read_text()
    assert re.search(r"Then:\n  stockbridge login +a person lets", said.out)


def test_what_it_says_to_do_next_works(fresh: CommandLine, redis_url: str) -> None:
    """Login, check, and a first sync."""
    redirect = f"http://127.0.0.1:{kept_port(fresh.stack)}/callback"
    address, _, *answers = client(fresh, redirect=redirect)
    assert answer(fresh, address, *answers, options=("--token-name", "oauth")).code == 0
    for name, text in {**fresh.secrets, SECRET_NAME: CLIENT_SECRET, "REDIS_URL": redis_url}.items():
        fresh.monkeypatch.setenv(name, text)
    person = Person(fresh)
    assert browse(person.consents()).status_code == 200
    assert person.ends() == 0, person.err
    assert fresh("sync").code == 1, "the guard looks at a first push"
    assert fresh("release", "main", "--yes").code == 0
    assert fresh("sync").code == 0
    assert (fresh.main.shows("A"), fresh.main.shows("B")) == (3, 6)


def test_without_oauth_the_next_step_is_no_login(fresh: CommandLine) -> None:
    assert "stockbridge login" not in answer(fresh, *plain(fresh)).out


def test_a_refused_answer_is_asked_for_again(fresh: CommandLine) -> None:
    address, oauth, *_ = client(fresh)
    wrong = ("an id", "${CLIENT_ID}", CLIENT_ID, "1-SECRET", "", "http://login.example", "", "", "callback", "")
    said = answer(fresh, address, oauth, *wrong, *plain(fresh)[3:])
    assert said.code == 0, said
    for told in (
        "client_id: is empty, or holds a character that no id has",
        "client_id: is no secret; write it as it is",
        "A variable is made of letters, digits and _",
        "authorize_url: ",
        "would send the key unprotected",
        "redirect_uri: ",
    ):
        assert told in said.err
    oauth_table = load_settings({**fresh.secrets, SECRET_NAME: CLIENT_SECRET}, FILE).source.oauth
    assert oauth_table is not None
    assert oauth_table.redirect_uri == "http://127.0.0.1:8322/callback"


@pytest.mark.parametrize("length", range(2, 7))
def test_answers_that_end_in_the_middle_of_it_leave_nothing(fresh: CommandLine, length: int) -> None:
    said = answer(fresh, *client(fresh)[:length])
    assert (said.code, FILE.exists()) == (2, False)
    assert "nothing was written" in said.err


def test_every_line_that_is_commented_out_is_one_that_loads() -> None:
    shop = two_platforms()[0]("main", ManualClock())
    settings, secrets = referring({"connector": shop.platform, **shop.options}, shop.platform)
    oauth = {"client_id": CLIENT_ID, "client_secret": f"${{{SECRET_NAME}}}"}
    text = Draft(connector=str(settings.pop("connector")), options=settings, oauth=oauth).text()
    environ = {
        **secrets,
        SECRET_NAME: CLIENT_SECRET,
        "SLACK_WEBHOOK_URL": "https://a.example/x",
        "TEAMS_URL": "msteams://a/b/c/d",
    }
    opened = re.sub(r'^# (?=\[|["\w]+ *= )', "", text, flags=re.MULTILINE)
    assert parse(opened, environ).source == parse(text, environ).source
