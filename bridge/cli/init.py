"""`init`: asks step by step, tries every key at once, shows what a first push would change, and writes the file."""

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from bridge.cli import failing, table
from bridge.cli.setup.dialog import Dialog
from bridge.cli.setup.draft import Draft
from bridge.cli.setup.steps import Given, Steps
from bridge.config.load import DEFAULT_PATH
from bridge.config.retry import retry_seconds
from bridge.errors import ConfigError
from bridge.process import supervisor

Output = Annotated[
    Path | None, typer.Option("--output", help="The file to write; default: where the commands look for it.")
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the file if there is one.")]
SourceUrl = Annotated[str | None, typer.Option("--source-url", help="Address of the warehouse API.")]
TokenName = Annotated[
    str | None,
    typer.Option("--token-name", help="Variable that holds the warehouse's token; oauth: an OAuth client instead."),
]
Connector = Annotated[str | None, typer.Option("--connector", help="Platform of the store.")]
StoreName = Annotated[str | None, typer.Option("--store", help="Name of the store in the file.")]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set", help="A key of the store; may be given again. A secret as 'KEY=${VARIABLE}'.", metavar="KEY=VALUE"
    ),
]
Buffer = Annotated[int | None, typer.Option("--buffer", min=0, help="Units of each SKU kept back.")]


def init(  # noqa: PLR0913, PLR0917  (one argument for each option)
    output: Output = None, force: Force = False, source_url: SourceUrl = None, token_name: TokenName = None,
    connector: Connector = None, store: StoreName = None, sets: Sets = None, buffer: Buffer = None,
) -> None:  # fmt: skip
    """Write a configuration, step by step.

    Asks what options do not say, tries the warehouse's token and the store's keys, shows what a first push would
    change, and writes a commented file. Secrets are tried and never written: the file names variables. Nothing is
    written to the store. An OAuth client of the warehouse is not tried: `login` comes next. Answers may come through a
    pipe, one a line.

    Exit codes: 0 written, 2 the file exists or the answers end too early, 130 Ctrl-C: nothing was written.
    """
    path = output or Path(os.environ.get("STOCKBRIDGE_CONFIG") or DEFAULT_PATH)
    if path.exists() and not force:
        raise ConfigError(f"{path} exists; write another file with --output, or overwrite it with --force.")
    if not path.parent.is_dir():
        raise ConfigError(f"{path.parent} is no directory; create it, or write another file with --output.")
    if wrong := retry_seconds(os.environ)[1]:
        raise ConfigError([str(fault) for fault in wrong])
    pairs = [text.partition("=") for text in sets or []]
    if bad := [key for key, equals, _ in pairs if not (key.strip() and equals)]:
        raise ConfigError(f"--set {bad[0]}: write KEY=VALUE.")
    options = {key.strip(): value for key, _, value in pairs}
    given, draft = Given(source_url, token_name, connector, store, options, buffer), Draft(path=path)
    with supervisor.ended_by_signals():
        try:
            with ExitStack() as stack:
                steps = Steps(Dialog(), given, draft, stack)
                for step in (steps.warehouse, steps.store, steps.places, steps.rules, steps.preview):
                    step()
            _write(path, draft.text(), force=force)
        except KeyboardInterrupt:
            table.note("\ninit: nothing was written.".strip())
            failing.finish(130)
    _next(path, draft)


def _write(path: Path, text: str, *, force: bool) -> None:
    """Whole or not at all."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, "utf-8")
        if force:
            unfinished.replace(path)
        else:
            path.hardlink_to(unfinished)  # unlike a rename, it fails when the file has come into being
    except FileExistsError:
        raise ConfigError(f"{path} exists by now; nothing was written.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be written ({error.strerror}); choose another place with --output.") from None
    finally:
        unfinished.unlink(missing_ok=True)


def _next(path: Path, draft: Draft) -> None:
    table.line(f"Wrote {path}. It names these variables; set them where the commands and workers run:", gap=True)
    for name in draft.variables():
        table.line(f"  export {name}=…")
    if path != Path(os.environ.get("STOCKBRIDGE_CONFIG") or DEFAULT_PATH):
        table.line(f"  export STOCKBRIDGE_CONFIG={path}")
    table.line("Then:")
    for command, does in (*([LOGIN] if draft.oauth else []), *NEXT):
        table.line(f"  {command:<28}{does}")


LOGIN = ("stockbridge login", "a person lets the bridge read the stock, once")
NEXT = (
    ("stockbridge check", "is everything in place?"),
    ("stockbridge sync --dry-run", "every number that would change; writes nothing"),
    ("stockbridge sync", "one cycle, here and now"),
    ("stockbridge up", "worker and beat on this machine, until Ctrl-C"),
)
