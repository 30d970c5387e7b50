"""Questions for an OAuth client of the warehouse, which takes the place of a token."""

import os
import re
from collections.abc import Iterator

from pydantic import ValidationError

from bridge.cli import table
from bridge.cli.setup.dialog import Dialog
from bridge.cli.setup.draft import Draft
from bridge.config.faults import faults_of
from bridge.config.source import OAuthSettings

OAUTH = "oauth"
"""Written in the place of a variable that holds a token."""

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SECRET_NAME = "THREEPLGUYS_CLIENT_SECRET"  # noqa: S105  (the name of a variable)
QUESTIONS = {
    "client_id": "client_id, as 3PLGuys names the client",
    "authorize_url": "authorize_url, where a person consents",
    "token_url": "token_url, where tokens come from",
    "redirect_uri": "redirect_uri, as it is registered at 3PLGuys",
}
UNKNOWN = "not-known-here"
"""Stands for a secret that nobody needs before `login`."""


def variable(dialog: Dialog, question: str, default: str, given: str | None = None) -> str:
    """The name of an environment variable, asked for until it can be one. given: by an option."""
    name = given or dialog.text(question, default)
    while not VARIABLE.fullmatch(name):
        table.note("A variable is made of letters, digits and _, and begins with no digit.")
        name = dialog.text(question, default)
    return name


def ask(dialog: Dialog, draft: Draft) -> None:
    """Fill in the draft's client. Nothing of it is tried: only a person who consents can bring a token."""
    for name, question in QUESTIONS.items():
        default = OAuthSettings.model_fields[name].default
        proposed = str(default or "").replace("https://api.3plguys.com", draft.base_url)
        while True:
            typed = dialog.text(question, proposed)
            faults = list(_faults(name, typed))
            if not faults:
                break
            for fault in faults:
                table.note(fault)
        draft.oauth[name] = typed
        if name == "client_id":
            secret = variable(dialog, "variable that will hold the client secret", SECRET_NAME)
            draft.oauth["client_secret"] = f"${{{secret}}}"
            if not os.environ.get(secret, "").strip():
                draft.secrets[secret] = UNKNOWN


def _faults(name: str, text: str) -> Iterator[str]:
    if "$" in text:
        yield f"{name}: is no secret; write it as it is"
        return
    try:
        OAuthSettings.model_validate({name: text})
    except ValidationError as error:
        yield from (str(fault) for fault in faults_of(error, (), {name: text}, OAuthSettings) if name in fault.path)
