"""Access tokens: fixed ones of admin-created apps, and those of the client credentials grant.

https://shopify.dev/docs/apps/build/authentication-authorization/client-credentials-grant
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from connectors.http import Now
from connectors.shopify.sandbox.context import App
from connectors.shopify.sandbox.http import Call
from connectors.testing.http import Response, as_json

SCOPES = frozenset({"read_products", "write_inventory", "read_locations", "read_orders"})
TOKEN_PATH = "/admin/oauth/access_token"  # noqa: S105 - a path
DAY = 86_400
INVALID = "[API] Invalid API key or access token (unrecognized login or wrong password)"


@dataclass(slots=True)
class Tokens:
    """life: seconds a granted token lives."""

    clock: Now
    life: int = DAY
    apps: dict[str, App] = field(default_factory=dict)
    living: dict[str, tuple[App, datetime | None]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def install(self, client_id: str, client_secret: str, scopes: frozenset[str], token: str | None = None) -> App:
        """An app in the shop; `token` never expires, as those of older admin-created apps."""
        app = self.apps[client_id] = App(client_id, client_secret, scopes)
        if token:
            self.living[token] = (app, None)
        return app

    def holder(self, token: str | None) -> App | None:
        app, until = self.living.get(token or "", (None, None))
        return app if until is None or self.clock() < until else None

    def revoke_all(self) -> None:
        self.living.clear()

    def grant(self, call: Call) -> Response:
        form = {name: values[0] for name, values in parse_qs(call.body.decode("utf-8", "replace")).items()}
        if form.get("grant_type") != "client_credentials":
            return _refused("unsupported_grant_type", "The grant type is not supported.")
        app = self.apps.get(form.get("client_id", ""))
        if app is None or app.client_secret != form.get("client_secret"):
            return _refused("invalid_client", "The client id or the client secret is wrong.")
        token = f"sandbox-token-{next(self.numbers)}"
        self.living[token] = (app, self.clock() + timedelta(seconds=self.life))
        scope = ",".join(sorted(app.scopes))
        return as_json(200, {"access_token": token, "scope": scope, "expires_in": max(self.life - 1, 0)})


def _refused(error: str, description: str) -> Response:
    return as_json(400, {"error": error, "error_description": description})


def unauthorized() -> Response:
    return as_json(401, {"errors": INVALID})
