"""What the demo says: one line per event on a terminal or in a pipe, and one JSON object for machines."""

import json
import sys
import time
from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

STYLES = {
    "warehouse": "yellow", "shop": "magenta", "till": "cyan", "bridge": "green", "demo": "bold", "trouble": "bold red",
}  # fmt: skip


class Narrator:
    """machine: lines go to stderr, so that stdout holds the JSON object and nothing else."""

    def __init__(self, *, machine: bool) -> None:
        self.machine = machine
        self._console = Console(stderr=machine, highlight=False, soft_wrap=True)
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def tell(self, who: str, what: str) -> None:
        line = Text(f"{self.seconds:7.1f} s  ", style="dim")
        line.append(f"{who:<10}", style=STYLES.get(who, ""))
        line.append(what, style="")
        self._console.print(line)

    def report(self, facts: Mapping[str, object]) -> None:
        if self.machine:
            sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
            sys.stdout.flush()
            return
        self._table(facts, "  ")

    def _table(self, facts: Mapping[str, object], indent: str) -> None:
        for name, value in facts.items():
            label = f"{indent}{name.replace('_', ' ')}"
            if isinstance(value, Mapping):
                self._console.print(Text(label))
                self._table(value, indent + "  ")
                continue
            entries = value if isinstance(value, list | tuple) else [value]
            shown = f"{value:,}" if isinstance(value, int | float) else ", ".join(map(str, entries)) or "none"
            self._console.print(Text(f"{label:<24}{shown}"))
