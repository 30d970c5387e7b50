"""The connector's own keys, asked by the fields of its Options: what is required, then what it still lacks."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError

from bridge.cli import table
from bridge.cli.setup.dialog import Dialog
from bridge.cli.setup.draft import is_reference
from bridge.config.faults import faults_of
from bridge.config.installed import options_of
from bridge.errors import ConfigError

NAME = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass
class Keys:
    """One try at the keys. options: as they go into the file. secrets: variable → value. again: somebody was
    refused, so what the environment holds is asked for as well."""

    dialog: Dialog
    connector: str
    options: dict[str, object] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    again: bool = False

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
        spare = [n for n in fields if not self._needs(n) and fields[n].default is None]
        while True:
            for name in pending:
                self._ask(name, needed=self._needs(name))
            faults = self._faults()
            if not faults:
                return
            pending = [name for name in faults if name]
            spare = self._more(faults.get("", ""), pending, spare)

    def _more(self, whole: str, pending: list[str], spare: list[str]) -> list[str]:
        """A key that may be left out is asked for only while what there is does not do → those not asked yet."""
        if pending or not whole:
            return spare
        for n, name in enumerate(spare):
            if name not in self.options:
                self._ask(name, needed=False)
                return spare[n + 1 :]
        table.note(whole)
        self.options.clear()
        self.again = True
        pending += [name for name in self.model.model_fields if self._needs(name)]
        return [n for n, spec in self.model.model_fields.items() if not self._needs(n) and spec.default is None]

    def _needs(self, name: str) -> bool:
        return self.model.model_fields[name].is_required()

    # -- one key -----------------------------------------------------------------------------------

    def _ask(self, name: str, *, needed: bool) -> None:
        if self._is_secret(name):
            self._ask_secret(name, needed=needed)
            return
        default = self.options.get(name)
        hint = "" if needed or default is not None else "; Enter leaves it out"
        answer = self.dialog.text(
            f"{self.connector}: {name}{hint}", "" if default is None else str(default), needed=needed
        )
        if answer:
            self.options[name] = self._typed(name, answer)

    def _ask_secret(self, name: str, *, needed: bool) -> None:
        """From the environment where it is set; else typed, for trying only."""
        variable = self._variable(name)
        reference = f"${{{variable}}}"
        if os.environ.get(variable, "").strip() and not self.again:
            self.dialog.tell(f"{self.connector}: {name} comes from the variable {variable}.")
            self.options[name] = reference
            return
        kept = "keeps the one there is" if self.options.get(name) == reference else "leaves it out"
        while True:
            typed = self.dialog.secret(f"{self.connector}: {name} (not shown{'' if needed else '; Enter ' + kept})")
            if typed:
                self.options[name], self.secrets[variable] = reference, typed
            if typed or not needed or self.options.get(name) == reference:
                return

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

    def _faults(self) -> dict[str, str]:
        """Key → what is wrong with it, said at once; "" → what is wrong with them together, not said yet."""
        values = {name: self._filled(value) for name, value in self.options.items()}
        try:
            self.model.model_validate(values)
        except ValidationError as error:
            return self._told(error, values, self.model)
        return {}

    def _told(self, error: ValidationError, values: dict[str, Any], model: type[BaseModel]) -> dict[str, str]:
        found: dict[str, str] = {}
        for fault in faults_of(error, (), values, model):
            name = str(fault.path[0]) if fault.path else ""
            found[name] = f"{name or self.connector}: {fault.text}"
            if name:
                table.note(found[name])
                self._forget(name)
        return found

    def _forget(self, name: str) -> None:
        if self._is_secret(name):
            self.again = True
        else:
            self.options.pop(name, None)

    def _filled(self, value: object) -> object:
        if not isinstance(value, str):
            return value
        return NAME.sub(lambda found: self.secrets.get(found[1]) or os.environ.get(found[1], "").strip(), value)
