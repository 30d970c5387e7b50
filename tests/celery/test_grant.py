"""Workers and beat read the warehouse by an OAuth grant: refreshed once whoever needs it, and mended by a login."""

from datetime import timedelta

import pytest

from bridge.config import load_settings
from bridge.core.grant import Grant
from bridge.state.connect import connect
from bridge.state.grant import GrantStore
from bridge.state.store import State
from bridge.threeplguys.sandbox import CLIENT_SECRET
from bridge.wiring import build
from connectors.values import replace
from tests.harness.grants import LOGIN, SECRET_NAME, TOKEN_PATH, code_from, with_oauth
from tests.harness.served import QUICK

from .conftest import Works


@pytest.fixture
def granted(works: Works) -> Works:
    """After a person has logged in."""
    text = with_oauth(works.configuration(lines=QUICK), works.source_url)
    works.env |= {"STOCKBRIDGE_CONFIG_TOML": text, SECRET_NAME: CLIENT_SECRET}
    log_in(works)
    works.fill(6)
    return works


def log_in(works: Works) -> None:
    context = build(load_settings(works.env), works.redis_url)
    oauth = context.settings.source.oauth
    assert oauth is not None
    assert context.grant is not None
    context.grant().accept(code_from(None, oauth), LOGIN)
    context.state.close()


def no_secret(works: Works) -> None:
    tokens = [*works.source.oauth.access, *works.source.oauth.refresh, CLIENT_SECRET]
    values = [works.db.dump(key) or b"" for key in works.db.scan_iter()]
    assert not [token for token in tokens if token in works.log() or any(token.encode() in raw for raw in values)]


def test_workers_refresh_it_once_and_go_on(granted: Works) -> None:
    granted.worker()
    granted.beat()
    granted.until(granted.has_ended)
    asked = granted.source.calls[TOKEN_PATH]
    granted.source.oauth.expire()
    granted.warehouse.set_stock("SKU-1", 40)
    granted.until(granted.has_ended)
    assert granted.source.calls[TOKEN_PATH] == asked + 1
    no_secret(granted)


def test_what_nobody_used_for_a_week_is_refreshed(granted: Works) -> None:
    """Its access token would go for an hour yet, so no pull refreshes it."""
    state = State(connect(granted.redis_url), ("main",))
    oauth = load_settings(granted.env).source.oauth
    assert oauth is not None
    store = GrantStore(state, oauth.client_id, oauth.client_secret)
    before = store.load()
    assert before is not None
    idle: Grant = replace(before.grant, issued_at=before.grant.issued_at - timedelta(days=7))
    store.save(idle)
    asked = granted.source.calls[TOKEN_PATH]
    granted.worker()
    granted.beat()
    granted.until(lambda: (found := store.load()) and found.grant.access_token != idle.access_token)
    granted.until(granted.has_ended)
    assert granted.source.calls[TOKEN_PATH] == asked + 1
    state.close()


def test_a_login_mends_a_revoked_grant_beneath_workers_that_run(granted: Works) -> None:
    granted.worker()
    granted.beat()
    granted.until(granted.has_ended)
    granted.source.oauth.revoke()
    granted.warehouse.set_stock("SKU-1", 40)
    granted.until(lambda: b'"operator"' in (granted.db.hget("stockbridge:source", "trouble") or b""))
    assert not granted.is_right()
    log_in(granted)
    granted.until(granted.has_ended)
    assert granted.db.hget("stockbridge:source", "trouble") == b"null"
    no_secret(granted)
