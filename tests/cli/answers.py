"""`stockbridge init`, answered through a pipe."""

import io
import sys
from collections.abc import Mapping
from pathlib import Path

from bridge.config import Settings, load_settings
from bridge.config.installed import options_of
from connectors.testing.local import LocalStore
from tests.harness.served import TOKEN

from .conftest import CommandLine, Output

FILE = Path("stockbridge.toml")


def asked(shop: LocalStore, keys: list[str]) -> Mapping[str, str]:
    """Option → what is typed, for those that every shop of the platform is asked for. keys: which are secrets."""
    fields = options_of(shop.platform).model_fields
    return {name: text for name, text in shop.options.items() if fields[name].is_required() or name in keys}


def preset(cli: CommandLine) -> list[str]:
    """The other options, as arguments."""
    typed = asked(cli.main, cli.keys)
    return [
        word for name, text in cli.main.options.items() if name not in typed for word in ("--set", f"{name}={text}")
    ]


def answer(cli: CommandLine, *answers: str, options: tuple[str, ...] = ()) -> Output:
    """What it says. No secret is ever in that, nor in the file."""
    cli.monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in answers)))
    said = cli("init", *preset(cli), *options)
    written = FILE.read_text() if FILE.exists() else ""
    assert not [secret for secret in cli.secrets.values() if secret in said.everything + written]
    return said


def plain(cli: CommandLine) -> tuple[str, ...]:
    """Every question in its order: address, variable, token, platform, name, the platform's own, buffer."""
    return (cli.source_url, "", TOKEN, cli.main.platform, "", *asked(cli.main, cli.keys).values(), "2")


def loaded(cli: CommandLine) -> Settings:
    return load_settings(cli.secrets, FILE)
