"""`sandbox`: the sandboxes of the warehouse and the stores as a program, for curl, the official clients and others."""

import functools
import inspect
import sys
import time
from collections.abc import Callable, Mapping
from inspect import Parameter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bridge.cli import table
from bridge.cli.loudness import declare
from bridge.cli.options import Json, nearest
from bridge.config import installed
from bridge.errors import ConfigError
from bridge.process import supervisor

if TYPE_CHECKING:
    from bridge.cli.sandboxes import Sandboxes

PORT_HELP = "0 takes a free one."
SourcePort = Annotated[int, typer.Option("--source-port", min=0, max=65535, help=PORT_HELP)]
Stores = Annotated[
    list[str] | None, typer.Option("--store", help="Only this platform; may be given again.", metavar="CONNECTOR")
]
Skus = Annotated[int, typer.Option("--skus", min=0, max=100_000, help="Things each store sells to begin with.")]
Seed = Annotated[int, typer.Option("--seed", help="Another seed, another catalogue.")]
Latency = Annotated[float, typer.Option("--latency", min=0, max=60, help="Seconds before each answer.")]
FIRST_PORT = 9001
LOOK = 0.2


def one_port_each(command: Callable[..., None]) -> Callable[..., None]:
    """The command with an option `--CONNECTOR-port` for each platform that has a sandbox, in place of its `ports`."""
    platforms = {f"{name.replace('-', '_')}_port": name for name in installed.sandboxes()}

    @functools.wraps(command)
    def call(**given: Any) -> None:
        command(ports={name: given.pop(option) for option, name in platforms.items()}, **given)

    options = [
        Parameter(
            option, Parameter.KEYWORD_ONLY, default=port,
            annotation=Annotated[int, typer.Option(f"--{name}-port", min=0, max=65535, help=PORT_HELP)],
        )
        for port, (option, name) in enumerate(platforms.items(), FIRST_PORT)
    ]  # fmt: skip
    own = [each for name, each in inspect.signature(command).parameters.items() if name != "ports"]
    return declare(call, [*own, *options])


@one_port_each
def sandbox(
    *, ports: Mapping[str, int], skus: Skus = 100, seed: Seed = 0, latency: Latency = 0.0, stores: Stores = None,
    source_port: SourcePort = 9000, as_json: Json = False,
) -> None:  # fmt: skip
    """Run sandboxes of the warehouse and the stores, until Ctrl-C.

    For curl, the official clients and other tools: prints addresses, keys, requests to try, and a configuration.
    What people do there (orders, stock, faults) goes through POST /_control/….

    Exit codes: 0 ended by hand, 1 a sandbox died, 2 a port is in use, or there is no such sandbox.
    """
    from bridge.cli import sandboxes  # noqa: PLC0415  (nobody else needs it)

    known = installed.sandboxes()
    for name in stores or ():
        if name not in known:
            raise ConfigError(f'There is no sandbox for "{name}"; {nearest(name, sorted(known))}')
    chosen = {name: module for name, module in known.items() if not stores or name in stores}
    wanted = sandboxes.SandboxOptions(chosen, {"source": source_port, **ports}, skus, seed, latency)
    with supervisor.ended_by_signals():
        try:
            with sandboxes.opened(wanted) as running:
                table.print_json(running.as_dict()) if as_json else _print(running)
                sys.stdout.flush()
                while True:
                    running.members.check()
                    time.sleep(LOOK)
        except KeyboardInterrupt:
            table.note("sandbox: ended; nothing is left running.")


def _print(running: "Sandboxes") -> None:
    for name, said in (("warehouse", running.source), *running.stores.items()):
        table.line(f"{name}: {said['url']}", gap=name != "warehouse")
        keys = [(key, text) for key, text in said.items() if key not in ("url", "curl")]
        table.facts(keys, indent="  ")
        table.line(f"  {said.get('curl') or 'curl ' + said['url'] + '/_control/numbers'}")
    table.line("The configuration to use with them, as stockbridge.toml:", gap=True)
    typer.echo(f"\n{running.configuration}")
    table.note("sandbox: running; Ctrl-C ends it.")
