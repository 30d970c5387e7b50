"""The connector's own keys, asked by the fields of its Options: what is required, then what it still lacks."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr, ValidationError

from bridge.cli import table
from bridge.cli.setup.dialog import Dialog
from bridge.cli.setup.draft import is_reference
from bridge.config import toml
from bridge.config.faults import faults_of
from bridge.config.installed import options_of
from bridge.errors import ConfigError

LEAVE = "-"
"""Typed for a key that may be left out, it leaves it out."""

NAME = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass
class Keys:
    """One try at the keys. options: as they go into the file. secrets: variable → value. again: somebody was
    refused, so what the environment holds is asked for as well. asked: keys that may be left out and were asked for.
    folder: where the files that a key names are looked for."""

    dialog: Dialog
    connector: str
    options: dict[str, object] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    again: bool = False
    asked: list[str] = field(default_factory=list)
    folder: Path = Path()

    def __post_init__(self) -> None:
        self.model = options_of(self.connector)

    def give(self, preset: Mapping[str, str]) -> None:
        """Answers from the command line. Raises ConfigError for what the connector does not know, and for a secret:
        arguments are visible to every user of the machine."""
        for name, text in preset.items():
            if name not in self.model.model_fields:
                known = ", ".join(self.model.model_fields)
                raise ConfigError(f"--set {name}: {self.connector} has no such key; known: {known}.")
            if self._is_secret(name) and not NAME.fullmatch(text):
                variable = self._variable(name)
                raise ConfigError(
                    f"--set {name}: put the secret into a variable and write --set '{name}=${{{variable}}}'."
                )
            self.options[name] = text if is_reference(text) else self._typed(name, text)

    def ask(self) -> None:
        """Until the connector is content with the form of it all."""
        fields = self.model.model_fields
        pending = [n for n in fields if (n in self.options if self.again else n not in self.options and self._needs(n))]
        spare = self._spare()
        self.asked.clear()
        while True:
            for name in pending:
                self._ask_until_good(name)
            faults = self._faults()
            if not faults:
                return
            pending = [name for name in faults if name]
            spare = self._more(faults.get("", ""), pending, spare)

    def _spare(self) -> list[str]:
        fields = self.model.model_fields
        return [name for name, spec in fields.items() if not spec.is_required() and spec.default is None]

    def _more(self, whole: str, pending: list[str], spare: list[str]) -> list[str]:
        """A key that may be left out is asked for only while what there is does not do → those not asked yet. Whoever
        leaves out a further one comes back to the first: what was asked for and did not do is forgotten, or all where
        all was given ahead."""
        if pending or not whole:
            return spare
        left = [name for name in spare if name not in (*self.options, *self.asked)]
        if left:
            first = not self.asked
            self._ask_until_good(left[0], enter="for the other keys" if first else f"goes back to {self.asked[0]}")
            self.asked.append(left[0])
            if left[0] in self.options or first:
                return left[1:]
        table.note(whole)
        for name in self.asked or list(self.options):
            self.options.pop(name, None)
        if not self.asked:
            self.again = True
            pending += [name for name in self.model.model_fields if self._needs(name)]
        self.asked.clear()
        return self._spare()

    def _needs(self, name: str) -> bool:
        return self.model.model_fields[name].is_required()

    # -- one key -----------------------------------------------------------------------------------

    def _ask_until_good(self, name: str, *, enter: str = "leaves it out") -> None:
        """A key whose form is refused is asked for again before the next one."""
        enter = "" if self._needs(name) else enter
        while True:
            if self._is_secret(name):
                self._ask_secret(name, enter=enter)
            else:
                default = self.options.get(name)
                shown = default if default is None or isinstance(default, str) else toml.value(default)
                hint = f"; Enter {enter}" if enter and default is None else f"; {LEAVE} leaves it out" if enter else ""
                answer = self.dialog.text(f"{self.connector}: {name}{hint}", str(shown or ""), needed=not enter)
                if answer == LEAVE and enter:
                    self._leave_out(name)
                elif answer:
                    self.options[name] = self._typed(name, answer)
            if name not in self._faults(only=name):
                return

    def _ask_secret(self, name: str, *, enter: str) -> None:
        """From the environment where it is set; else typed, for trying only."""
        variable = self._variable(name)
        reference = f"${{{variable}}}"
        if os.environ.get(variable, "").strip() and not self.again:
            self.dialog.tell(f"{self.connector}: {name} comes from the variable {variable}.")
            self.options[name] = reference
            return
        if enter and self.options.get(name) == reference:
            enter = f"keeps the one there is, {LEAVE} leaves it out"
        while True:
            typed = self.dialog.secret(f"{self.connector}: {name} (not shown{f'; Enter {enter}' if enter else ''})")
            if typed == LEAVE and enter:
                self._leave_out(name)
            elif typed:
                self.options[name], self.secrets[variable] = reference, typed
            if typed or enter or self.options.get(name) == reference:
                return

    def _leave_out(self, name: str) -> None:
        if self.options.pop(name, None) is not None:
            self.asked.append(name)

    def _variable(self, name: str) -> str:
        """Where the file will read a secret from."""
        given = self.options.get(name)
        found = NAME.fullmatch(str(given)) if given is not None else None
        return found[1] if found else re.sub(r"\W", "_", f"{self.connector}_{name}").upper()

    def _is_secret(self, name: str) -> bool:
        return "SecretStr" in str(self.model.model_fields[name].annotation)

    def _typed(self, name: str, text: str) -> object:
        """Text where the key takes text; else what TOML makes of it."""
        annotation = self.model.model_fields[name].annotation
        if annotation in (str, SecretStr, str | None, SecretStr | None):
            return text
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            return text

    # -- are they good? ----------------------------------------------------------------------------

    def _faults(self, only: str | None = None) -> dict[str, str]:
        """Key → what is wrong with it, said at once; "" → what is wrong with them together, not said yet. only: look
        at this key alone."""
        values = dict(self.options)
        for name, value in self.options.items():
            if isinstance(value, str):
                values[name] = NAME.sub(lambda x: self.secrets.get(x[1]) or os.environ.get(x[1], "").strip(), value)
        try:
            self.model.model_validate(values, context={"folder": self.folder})
            return {}
        except ValidationError as error:
            faults = faults_of(error, (), values, self.model)
        found: dict[str, str] = {}
        for fault in faults:
            name = str(fault.path[0]) if fault.path else ""
            if only not in (None, name):
                continue
            found[name] = f"{name or self.connector}: {fault.text}"
            if name:
                table.note(found[name])
                if self._is_secret(name):
                    self.again = True
                else:
                    self.options.pop(name, None)
        return found
