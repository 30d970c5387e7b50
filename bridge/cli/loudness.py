"""`-v` and `-q`: how much one command says."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter
from typing import Annotated, Any

import typer

Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show the log on stderr.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print no report: only what a person must act on.")]


@dataclass
class Loudness:
    """Of the command that runs in this process. quiet: nothing but JSON goes to stdout."""

    verbose: bool = False
    quiet: bool = False

    def set(self, *, verbose: bool = False, quiet: bool = False) -> None:
        self.verbose, self.quiet = verbose, quiet

    @property
    def level(self) -> str:
        """Of the log; a command tells its trouble in sentences anyway."""
        return "INFO" if self.verbose else "WARNING"


LOUDNESS = Loudness()


def heard(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the two options beside its own."""

    @functools.wraps(command)
    def call(*, verbose: bool, quiet: bool, **own: Any) -> None:
        LOUDNESS.set(verbose=verbose, quiet=quiet)
        command(**own)

    signature = inspect.signature(command)
    ours = {"verbose": Verbose, "quiet": Quiet}
    more = [Parameter(name, Parameter.KEYWORD_ONLY, default=False, annotation=kind) for name, kind in ours.items()]
    vars(call)["__signature__"] = signature.replace(parameters=[*signature.parameters.values(), *more])
    call.__annotations__ = {**command.__annotations__, **ours}
    return call
