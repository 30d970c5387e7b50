"""`metrics`: numbers for Prometheus."""

import typer

from bridge.cli.begin import opened
from bridge.cli.options import Config
from bridge.metrics import exposition


def metrics(config: Config = None) -> None:
    """Print numbers for Prometheus, in its text format.

    They are read from the state; neither the warehouse nor a store is asked. `stockbridge web` serves the same as
    `/metrics`. Exit codes: 0, 75 Redis is away.
    """
    with opened(config) as context:
        text = exposition(context)
    typer.echo(text, nl=False)
