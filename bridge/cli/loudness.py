"""`-v` and `-q`: how much one command says."""

import functools
import inspect
from collections.abc import Callable, Sequence
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

    ours = {"verbose": Verbose, "quiet": Quiet}
    more = [Parameter(name, Parameter.KEYWORD_ONLY, default=False, annotation=kind) for name, kind in ours.items()]
    return declare(call, [*inspect.signature(command).parameters.values(), *more])


def declare(call: Callable[..., None], parameters: Sequence[Parameter]) -> Callable[..., None]:
    """Returns the function, which takes whatever is named, as one whose parameters are these: Typer reads them."""
    vars(call)["__signature__"] = inspect.Signature(parameters)
    call.__annotations__ = {each.name: each.annotation for each in parameters}
    return call
