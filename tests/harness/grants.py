"""An OAuth grant of the sandbox's warehouse, as any process of the bridge has it, and the person who gives it."""

from collections.abc import Callable
from datetime import datetime

import httpx

from bridge.config import toml
from bridge.config.source import OAuthSettings
from bridge.state.grant import GrantStore
from bridge.state.store import State
from bridge.threeplguys.granted import GrantedTokens
from bridge.threeplguys.oauth import Login, authorize_address
from bridge.threeplguys.sandbox import CLIENT_ID, CLIENT_SECRET
from bridge.threeplguys.token_endpoint import TokenEndpoint
from connectors.testing.local import NOWHERE

TOKEN_PATH = "/oauth/token"
OAUTH = OAuthSettings.model_validate(
    {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "token_url": f"{NOWHERE}{TOKEN_PATH}"}
)
LOGIN = Login("the-state", "the-verifier")
SECRET_NAME = "THREEPLGUYS_CLIENT_SECRET"
ANYWHERE = "http://127.0.0.1:8322/callback"


def with_oauth(text: str, source_url: str, redirect: str = ANYWHERE) -> str:
    """A configuration with an OAuth client in the place of its token. redirect: where a person is sent."""
    keys = {
        "client_id": CLIENT_ID, "client_secret": f"${{{SECRET_NAME}}}", "redirect_uri": redirect,
        "authorize_url": f"{source_url}/oauth/authorize", "token_url": f"{source_url}{TOKEN_PATH}",
    }  # fmt: skip
    return text.replace('token = "${THREEPLGUYS_TOKEN}"\n', "") + toml.table("source.oauth", keys)


def tokens_on(state: State, now: Callable[[], datetime], transport: httpx.BaseTransport) -> GrantedTokens:
    """What a process of its own has. transport: how its requests travel."""
    store = GrantStore(state, OAUTH.client_id, OAUTH.client_secret)
    return GrantedTokens(TokenEndpoint(OAUTH, now, lambda: httpx.Client(transport=transport)), store, state, now)


def code_from(transport: httpx.BaseTransport | None, oauth: OAuthSettings = OAUTH) -> str:
    """What a person who consents is sent back with. transport: None: the network."""
    with httpx.Client(transport=transport, trust_env=False) as browser:
        answer = browser.get(authorize_address(oauth, LOGIN))
    return httpx.URL(answer.headers["location"]).params["code"]
