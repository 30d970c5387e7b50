"""What is asked for, what came back with a person, and what each answer of the token address means."""

import json
from base64 import urlsafe_b64encode
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bridge.config.source import OAuthSettings
from bridge.core.grant import Grant
from bridge.errors import BrokenAnswerError, GrantEndedError, OperatorSourceError, RetryableSourceError, SourceError
from bridge.threeplguys.answers import Answer
from bridge.threeplguys.grant_answer import REMEDIES, TOKEN_URL, read_grant
from bridge.threeplguys.oauth import (
    ForeignAnswerError,
    Login,
    authorize_address,
    code_form,
    code_of,
    refresh_form,
)
from connectors.values import replace

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LOGIN = Login(state="the-state", verifier="the-verifier")
SECRET, OLD = "client/sec+ret=", "old-refresh-token"
SETTINGS = OAuthSettings.model_validate({"client_id": "acme", "client_secret": SECRET})
BEFORE = Grant("old-access", OLD, frozenset({"inventory", "locations"}), NOON, NOON, NOON + timedelta(hours=1))
GOOD = {"access_token": "a-1", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "r-1", "scope": "inventory"}


def answer(body: Any, status: int = 200) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer("api.example.com", status, {}, raw, timedelta(0), (SecretStr(SECRET), SecretStr(OLD)))


def test_the_address_asks_for_a_code_the_scope_and_a_proof() -> None:
    parts = urlsplit(authorize_address(SETTINGS, LOGIN))
    assert parts.geturl().startswith("https://api.3plguys.com/oauth/authorize?")
    assert {name: value for name, (value,) in parse_qs(parts.query).items()} == {
        "response_type": "code",
        "client_id": "acme",
        "redirect_uri": "http://127.0.0.1:8322/callback",
        "scope": "inventory",
        "state": "the-state",
        "code_challenge": urlsafe_b64encode(sha256(b"the-verifier").digest()).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    assert "the-verifier" not in parts.geturl() + repr(LOGIN)


def test_the_forms_are_those_of_the_documents() -> None:
    client = {"client_id": "acme", "client_secret": SECRET}
    assert code_form(SETTINGS, "c-1", LOGIN) == client | {
        "grant_type": "authorization_code",
        "code": "c-1",
        "redirect_uri": "http://127.0.0.1:8322/callback",
        "code_verifier": "the-verifier",
    }
    assert refresh_form(SETTINGS, BEFORE) == client | {"grant_type": "refresh_token", "refresh_token": OLD}


@pytest.mark.parametrize(
    "pasted",
    [
        pytest.param("http://127.0.0.1:8322/callback?code=c%2B1&state=the-state", id="the whole address"),
        pytest.param("  http://127.0.0.1:8322/callback?state=the-state&code=c%2B1\n", id="with what a terminal adds"),
        pytest.param("/callback?code=c%2B1&state=the-state", id="without its host"),
        pytest.param("code=c%2B1&state=the-state", id="its query alone"),
        pytest.param("c+1", id="the code alone"),
    ],
)
def test_the_code_is_found_in_what_came_back(pasted: str) -> None:
    assert code_of(pasted, LOGIN) == "c+1"


@pytest.mark.parametrize(
    ("pasted", "error", "says"),
    [
        ("http://127.0.0.1:8322/callback?code=c1&state=other", ForeignAnswerError, "answers another login"),
        ("http://127.0.0.1:8322/callback?code=c1", ForeignAnswerError, "answers another login"),
        ("http://127.0.0.1:8322/callback?error=access_denied", ForeignAnswerError, "answers another login"),
        ("http://127.0.0.1:8322/callback", ForeignAnswerError, "holds no code"),
        ("two words", ForeignAnswerError, "holds no code"),
        ("http://127.0.0.1:8322/?error=access_denied&state=the-state", OperatorSourceError, "Consent was denied"),
        ("?error=invalid_scope&state=the-state", OperatorSourceError, "ended with 'invalid_scope'"),
    ],
)
def test_what_came_back_is_refused(pasted: str, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        code_of(pasted, LOGIN)


@given(st.text())
def test_nothing_that_is_pasted_breaks_it(pasted: str) -> None:
    with suppress(ForeignAnswerError, OperatorSourceError):
        assert code_of(pasted, LOGIN)


def test_a_pair_is_read() -> None:
    found = read_grant(answer(GOOD), NOON)
    assert found == Grant("a-1", "r-1", frozenset({"inventory"}), NOON, NOON, NOON + timedelta(hours=1))


def test_a_refresh_keeps_when_it_was_granted_and_what_is_not_told() -> None:
    later = NOON + timedelta(days=1)
    found = read_grant(answer({"access_token": "a-2", "expires_in": "60"}), later, BEFORE)
    assert found == Grant("a-2", OLD, BEFORE.scopes, NOON, later, later + timedelta(minutes=1))


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"access_token": "a b"}, id="a token that no header takes"),
        pytest.param({"access_token": None}, id="no access token"),
        pytest.param({"refresh_token": 7}, id="a refresh token that is no text"),
        pytest.param({"expires_in": "soon"}, id="a time that is none"),
        pytest.param({"expires_in": -1}, id="a time that is over"),
        pytest.param({"expires_in": True}, id="a time that is a yes"),
        pytest.param({"token_type": "mac"}, id="another kind of token"),
    ],
)
def test_a_pair_that_cannot_be_one_is_as_good_as_lost(wrong: dict[str, Any]) -> None:
    with pytest.raises(BrokenAnswerError):
        read_grant(answer(GOOD | wrong), NOON)


@pytest.mark.parametrize(
    ("status", "body", "error", "says"),
    [
        (401, {"error": "invalid_client"}, OperatorSourceError, "refuses client_id and client_secret"),
        (400, {"error": "invalid_grant"}, GrantEndedError, r"revoked, or is spent; run `stockbridge login`\.$"),
        (400, {"error": "Invalid token"}, GrantEndedError, r"\(400: Invalid token\).*check the keys"),
        (401, b"", GrantEndedError, r"\(401\).*run `stockbridge login`; where that fails too"),
        (403, b"<html>", GrantEndedError, "stockbridge login"),
        (404, b"", OperatorSourceError, r"correct \[source.oauth\] token_url"),
        (302, b"", OperatorSourceError, r"\[source.oauth\] token_url"),
        (429, b"", RetryableSourceError, "waiting helps"),
        (500, b"", BrokenAnswerError, "in trouble"),
        (200, b"<html>", BrokenAnswerError, "HTML"),
        (200, b'{"access_', BrokenAnswerError, "cut off"),
    ],
)
def test_what_an_answer_means(status: int, body: Any, error: type[SourceError], says: str) -> None:
    told = replace(answer(body, status), remedies=REMEDIES, key=TOKEN_URL)
    with pytest.raises(error, match=says) as caught:
        read_grant(told, NOON, BEFORE)
    assert type(caught.value) is error


def test_a_code_that_is_refused_says_so() -> None:
    with pytest.raises(GrantEndedError, match=r"does not accept the code .* used already, or is too old"):
        read_grant(answer({"error": "invalid_grant"}, 400), NOON)


def test_a_server_that_echoes_a_secret_is_not_quoted() -> None:
    with pytest.raises(GrantEndedError) as caught:
        read_grant(answer({"error": f"no {SECRET} {OLD}"}, 400), NOON, BEFORE)
    assert SECRET not in str(caught.value)
    assert OLD not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(GOOD)), inner, max_size=5),
    max_leaves=8,
)


@given(JSON, st.sampled_from([200, 201, 400, 401, 403, 418, 500]), st.sampled_from([None, BEFORE]))
def test_whatever_is_answered_is_a_grant_or_an_error_of_ours(body: Any, status: int, before: Grant | None) -> None:
    try:
        found = read_grant(answer(body, status), NOON, before)
    except SourceError:
        return
    assert status == 200
    assert found.expires_at > NOON
