"""The command `stockbridge`. One file per family of commands; each reads, asks the context, and prints."""

from bridge.cli.app import main, run

__all__ = ["main", "run"]
