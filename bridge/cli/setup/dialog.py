"""Questions to whoever sits at the terminal, or to a pipe that answers one line each."""

import getpass
import sys
from collections.abc import Sequence

from bridge.cli import table
from bridge.core.text import shown
from bridge.errors import ConfigError


class Dialog:
    """Nothing that was typed is ever printed, and a secret is not even echoed."""

    def __init__(self) -> None:
        self._watched = sys.stdin.isatty()

    @staticmethod
    def tell(text: str, *, gap: bool = False) -> None:
        table.line(text, gap=gap)

    def text(self, question: str, default: str = "", *, needed: bool = True) -> str:
        """An answer without outer blanks. Enter takes the default; needed: it may not be empty."""
        while True:
            answer = self._read(f"{question} [{default}]: " if default else f"{question}: ").strip() or default
            if answer or not needed:
                return answer
            table.note("Please write something.")

    def secret(self, question: str) -> str:
        """What a key is typed into; "" for Enter alone."""
        return self._read(f"{question}: ", hidden=True).strip()

    def whole(self, question: str, default: int = 0) -> int:
        while True:
            answer = self.text(question, str(default))
            if answer.isascii() and answer.isdigit() and len(answer) < 10:
                return int(answer)
            table.note("Please write a whole number, 0 or more.")

    def choice(self, question: str, among: Sequence[str], default: str) -> str:
        while True:
            answer = self.text(f"{question} ({', '.join(among)})", default)
            if answer in among:
                return answer
            table.note(f"Please write one of: {', '.join(among)}.")

    def number(self, question: str, most: int, default: int) -> int:
        """0 to `most`: a place in a list that was shown."""
        while True:
            found = self.whole(question, default)
            if found <= most:
                return found
            table.note(f"Please write a number from 0 to {most}.")

    def _read(self, prompt: str, *, hidden: bool = False) -> str:
        prompt = shown(prompt)
        try:
            if self._watched:
                return getpass.getpass(prompt) if hidden else input(prompt)
        except EOFError:
            raise self._ended(prompt) from None
        sys.stdout.write(f"{prompt}\n")
        line = sys.stdin.readline()
        if not line:
            raise self._ended(prompt)
        return line

    @staticmethod
    def _ended(prompt: str) -> ConfigError:
        return ConfigError(f'The input ended at the question "{prompt.rstrip(": ")}"; nothing was written.')
