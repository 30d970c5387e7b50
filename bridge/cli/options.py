"""Options and arguments that several commands share, and what is said of a name that nobody knows."""

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[Path | None, typer.Option("--config", help="Configuration file, ahead of STOCKBRIDGE_CONFIG.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")]
Store = Annotated[str, typer.Argument(help="Name of the store, as in [stores.NAME].", metavar="STORE")]
Sku = Annotated[str, typer.Argument(help="A SKU of the warehouse or of a store, or a name.", metavar="SKU")]
Offline = Annotated[bool, typer.Option("--offline", help="Do not ask the warehouse for its own history.")]
MaybeStore = Annotated[
    str | None, typer.Argument(help="Name of the store; all stores when left out.", metavar="[STORE]")
]


def nearest(name: str, known: Sequence[str]) -> str:
    """A hint: the name that was probably meant, or all there are."""
    near = difflib.get_close_matches(name.casefold(), known, n=1, cutoff=0.5)
    return f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(known)}."
