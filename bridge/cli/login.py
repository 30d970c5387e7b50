"""`login`: a person lets the bridge read the stock, by the OAuth grant of the warehouse."""

import os
import secrets
import sys
import webbrowser
from functools import partial
from typing import Annotated

import typer

from bridge.cli import grants, table
from bridge.cli.begin import context_at, redis_of, settings_of
from bridge.cli.options import Config, Json
from bridge.cli.redirect import listening, wait_for_code
from bridge.config.source import OAuthSettings
from bridge.core.grant import NEEDED
from bridge.errors import ConfigError, OperatorSourceError
from bridge.threeplguys.oauth import Login, authorize_address, code_of

Browser = Annotated[bool, typer.Option(help="Open the address here, where there is a screen and somebody at it.")]
Scopes = Annotated[
    list[str] | None,
    typer.Option("--scope", help="Ask for this as well: locations, shipments; may be given again.", metavar="SCOPE"),
]

NO_OAUTH = (
    "source: has no [source.oauth], so there is nothing to log in to; an API key in token needs no login, and a table"
    " takes its place"
)
PASTE = (
    "Then paste here the whole address that the browser was sent to, even where it shows an error; or the code alone."
)


def login(browser: Browser = True, scopes: Scopes = None, config: Config = None, as_json: Json = False) -> None:
    """Let the warehouse's OAuth grant the bridge to read.

    Prints the address where to consent, and waits for the answer: at the redirect_uri of [source.oauth], where that is
    a port of this machine, or pasted, from a browser on any other. What was granted before is replaced.

    Exit codes: 0 granted, 1 denied or refused, or a scope is missing, 2 the configuration is wrong, 75 3PLGuys or
    Redis does not answer.
    """
    settings = settings_of(config)
    if (oauth := settings.source.oauth) is None:
        raise ConfigError(NO_OAUTH)
    with redis_of(settings, config) as url:
        context = context_at(settings, url)
        context.state.refuse_another_merchant()
        if context.grant is None:
            raise ConfigError(NO_OAUTH)
        trying = Login(secrets.token_urlsafe(32), secrets.token_urlsafe(64), NEEDED.union(scopes or ()))
        grant = context.grant().accept(_brought(oauth, trying, browser=browser), trying)
    found = grants.facts(grant)
    if grant.missing:
        raise OperatorSourceError(
            f"3PLGuys {grants.sentence(found)}: nothing was stored; run `stockbridge login` again and consent to it."
        )
    if as_json:
        table.print_json({"grant": found})
    else:
        table.line(f"ok        {grants.sentence(found)}")


def _brought(oauth: OAuthSettings, trying: Login, *, browser: bool) -> str:
    """The code that a person brings, after having been shown where to consent."""
    judge, address = partial(code_of, login=trying), authorize_address(oauth, trying)
    with listening(oauth.redirect_uri, judge) as came:
        table.note("Open this address in a browser, and consent:")
        table.note(address)
        if came is not None:
            table.note(f"Waiting for the browser at {oauth.redirect_uri}, if it runs on this machine.")
        else:
            table.note(f"Nobody here can listen at {oauth.redirect_uri}.")
        table.note(PASTE)
        shows = sys.platform in ("darwin", "win32") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
        if browser and shows and sys.stdin.isatty() and sys.stdout.isatty():
            webbrowser.open(address)
        return wait_for_code(came, judge)
