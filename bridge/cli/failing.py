"""From what was raised to sentences on stderr and an exit code."""

import typer

from bridge import log
from bridge.core.text import shown
from bridge.errors import BridgeError, ConfigError
from bridge.state.change import ConflictError
from bridge.state.connect import QUEUE_ERRORS, state_error
from connectors.base import RetryableStoreError, StoreError

NEEDS_A_PERSON = 1
USAGE = 2
BUG = 70
LATER = 75


def tell(fault: Exception) -> int:
    """Say what is wrong, one sentence a line → the exit code."""
    for sentence in sentences(fault):
        typer.echo(shown(sentence), err=True)
    code = code_of(fault)
    if code == BUG:
        log.get().error("bug", exc_info=fault)  # without local variables, which may hold a key
    return code


def sentences(fault: Exception) -> tuple[str, ...]:
    if isinstance(fault, ConfigError):
        return fault.faults
    if isinstance(fault, QUEUE_ERRORS):
        return (str(state_error(fault)),)
    if isinstance(fault, BridgeError | StoreError | ConflictError):
        return (str(fault),)
    if isinstance(fault, typer.TyperException):
        return (f"{fault.format_message()} See `stockbridge --help`.",)
    kind = type(fault).__name__
    return (f"This is a bug ({kind}); nothing was marked as done. Please report it with the line that follows.",)


def code_of(fault: Exception) -> int:
    if isinstance(fault, BridgeError | typer.TyperException):
        return fault.exit_code
    if isinstance(fault, QUEUE_ERRORS):
        return state_error(fault).exit_code
    if isinstance(fault, RetryableStoreError | ConflictError):
        return LATER
    return NEEDS_A_PERSON if isinstance(fault, StoreError) else BUG


def finish(code: int) -> None:
    """End a command with an exit code."""
    if code:
        raise typer.Exit(code)
