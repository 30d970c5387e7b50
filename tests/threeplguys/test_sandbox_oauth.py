"""The sandbox of OAuth refuses what the standard refuses, spends what a refresh spends, forgets what was revoked."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from bridge.config.source import OAuthSettings
from bridge.threeplguys.oauth import Login, authorize_address, code_form
from bridge.threeplguys.sandbox import CLIENT_ID, CLIENT_SECRET, Clock, Sandbox, Warehouse
from bridge.threeplguys.sandbox.control import CONTROL
from connectors.testing.http import DroppedError, Request, Response

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HERE = "http://127.0.0.1:8322/callback"
SETTINGS = OAuthSettings.model_validate({"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET})
LOGIN = Login("the-state", "the-verifier")


@pytest.fixture
def account() -> Sandbox:
    return Sandbox(Warehouse(clock=Clock(NOON)))


def consent(account: Sandbox, **changed: str) -> Response:
    asked = dict(parse_qsl(urlsplit(authorize_address(SETTINGS, LOGIN)).query)) | changed
    return account.handle(Request("GET", f"/oauth/authorize?{urlencode(asked)}", {}))


def told(response: Response) -> Mapping[str, str]:
    """What a person is sent back with."""
    return dict(parse_qsl(urlsplit(response.headers["Location"]).query))


def post(account: Sandbox, form: Mapping[str, str], **changed: str) -> Response:
    return account.handle(Request("POST", "/oauth/token", {}, urlencode({**form, **changed}).encode()))


def logged_in(account: Sandbox) -> Any:
    return post(account, code_form(SETTINGS, told(consent(account))["code"], LOGIN)).json()


def refreshed(account: Sandbox, token: str, **changed: str) -> Response:
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": CLIENT_ID}
    return post(account, form, client_secret=CLIENT_SECRET, **changed)


def status(account: Sandbox, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return account.handle(Request("GET", "/v0/inventory/products/breakdown", headers)).status


def test_a_code_becomes_a_pair_that_opens_the_stock(account: Sandbox) -> None:
    pair = logged_in(account)
    assert {name: type(value).__name__ for name, value in pair.items()} == {
        "access_token": "str", "token_type": "str", "expires_in": "int", "scope": "str", "refresh_token": "str",
    }  # fmt: skip
    assert (pair["token_type"], pair["expires_in"], pair["scope"]) == ("Bearer", 3600, "inventory")
    assert status(account, pair["access_token"]) == 200
    assert status(account, pair["refresh_token"]) == 401


def test_scopes_and_the_budget_are_those_of_the_client(account: Sandbox) -> None:
    account.switches.rate_limit = 3
    account.switches.grants = "locations"
    first = logged_in(account)["access_token"]
    assert status(account, first) == 403
    account.switches.grants = ""
    second = logged_in(account)["access_token"]
    assert [status(account, token) for token in (second, second, second)] == [200, 200, 429]


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({"client_id": "nobody"}, 400),
        ({"redirect_uri": "https://elsewhere.example/"}, 400),
        ({"scope": "everything"}, "invalid_scope"),
        ({"response_type": "token"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_what_nobody_is_asked_to_consent_to(account: Sandbox, changed: dict[str, str], answer: object) -> None:
    found = consent(account, **changed)
    assert answer == (found.status if "Location" not in found.headers else told(found)["error"])


def test_a_denied_consent_comes_back_with_its_state(account: Sandbox) -> None:
    account.switches.consents = False
    assert told(consent(account)) == {"error": "access_denied", "state": "the-state"}


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"client_secret": "wrong"}, (401, "invalid_client")),
        ({"client_id": "nobody"}, (401, "invalid_client")),
        ({"code": "code-9"}, (400, "invalid_grant")),
        ({"code_verifier": "another"}, (400, "invalid_grant")),
        ({"redirect_uri": "http://127.0.0.1:1/"}, (400, "invalid_grant")),
        ({"grant_type": "password"}, (400, "unsupported_grant_type")),
    ],
)
def test_what_brings_no_pair(account: Sandbox, changed: dict[str, str], error: tuple[int, str]) -> None:
    code = told(consent(account))["code"]
    found = post(account, code_form(SETTINGS, code, LOGIN), **changed)
    assert (found.status, found.json()["error"]) == error
    assert post(account, code_form(SETTINGS, code, LOGIN)).status == 200, "it was not spent by that"


def test_without_pkce_the_verifier_is_left_out_of_account(account: Sandbox) -> None:
    account.switches.offers_pkce = False
    form = code_form(SETTINGS, told(consent(account))["code"], LOGIN)
    assert post(account, form, code_verifier="another").status == 200


def test_a_code_lives_ten_minutes_and_once(account: Sandbox) -> None:
    old, used = (told(consent(account))["code"] for _ in range(2))
    pair = post(account, code_form(SETTINGS, used, LOGIN)).json()
    assert post(account, code_form(SETTINGS, used, LOGIN)).status == 400
    assert status(account, pair["access_token"]) == 401, "somebody else had it too"
    account.world.clock.move(timedelta(minutes=10))  # type: ignore[attr-defined]
    assert post(account, code_form(SETTINGS, old, LOGIN)).status == 400


def test_a_refresh_spends_the_pair_before_it(account: Sandbox) -> None:
    first = logged_in(account)
    second = refreshed(account, first["refresh_token"]).json()
    assert [status(account, pair["access_token"]) for pair in (first, second)] == [401, 200]
    assert refreshed(account, first["refresh_token"]).json()["error"] == "invalid_grant"
    assert refreshed(account, second["refresh_token"]).status == 200


def test_without_rotation_the_refresh_token_goes_on(account: Sandbox) -> None:
    account.switches.rotates = False
    first = logged_in(account)
    second = refreshed(account, first["refresh_token"]).json()
    assert "refresh_token" not in second
    assert [status(account, pair["access_token"]) for pair in (first, second)] == [200, 200]
    assert refreshed(account, first["refresh_token"]).status == 200


def test_tokens_end(account: Sandbox) -> None:
    pair = logged_in(account)
    account.world.clock.move(timedelta(hours=1))  # type: ignore[attr-defined]
    assert status(account, pair["access_token"]) == 401
    account.world.clock.move(timedelta(days=30))  # type: ignore[attr-defined]
    assert refreshed(account, pair["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(("verb", "left"), [("revoke", 400), ("expire", 200)])
def test_what_is_taken_back(account: Sandbox, verb: str, left: int) -> None:
    pair = logged_in(account)
    assert CONTROL.answer(account, Request("POST", f"/_control/{verb}", {}, b"{}")).status == 200
    assert status(account, pair["access_token"]) == 401
    assert refreshed(account, pair["refresh_token"]).status == left


@pytest.mark.parametrize(("after", "left"), [(False, 200), (True, 400)])
def test_a_refresh_whose_answer_is_lost(account: Sandbox, after: bool, left: int) -> None:
    """Before or after it took effect."""
    pair = logged_in(account)
    account.faults.add("drop", on="/oauth/token", after=after)
    with pytest.raises(DroppedError):
        refreshed(account, pair["refresh_token"])
    assert refreshed(account, pair["refresh_token"]).status == left


def test_errors_have_the_body_of_the_documents(account: Sandbox) -> None:
    body = json.loads(refreshed(account, "nothing").body)
    assert body == {"error": "invalid_grant", "timestamp": "2026-11-20T12:00:00.000Z"}
    assert account.handle(Request("GET", "/oauth/token", {})).status == 404
