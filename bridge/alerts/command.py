"""A program of the merchant's own that is handed every message."""

import json
import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress

from bridge.alerts.channel import NotDeliveredError
from bridge.core.alerts import Message

SECONDS = 10.0


class Command:
    """arguments: the program and what it is called with; no shell reads them. It gets the message as one JSON object
    (`Message.as_dict`) on its standard input, and is ended with all it started when it takes longer than SECONDS."""

    def __init__(self, arguments: Sequence[str], seconds: float = SECONDS) -> None:
        self._arguments, self._seconds = list(arguments), seconds

    def send(self, message: Message) -> None:
        text, quiet = json.dumps(message.as_dict()).encode(), subprocess.DEVNULL
        try:
            with subprocess.Popen(  # noqa: S603  (the merchant's own words, and no shell)
                self._arguments, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, start_new_session=True
            ) as program:
                self._feed(program, text)
        except (OSError, ValueError) as fault:
            why = getattr(fault, "strerror", None) or "its name is none"
            raise NotDeliveredError(f"{self._name} cannot be run ({why}); correct its path in [alerts].") from None
        if code := program.returncode:
            ended = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
            raise NotDeliveredError(f"{self._name} {ended}; run it by hand with a message on its standard input.")

    @property
    def _name(self) -> str:
        """Without the arguments, which may hold keys."""
        return f"The command {self._arguments[0]}"

    def _feed(self, program: "subprocess.Popen[bytes]", text: bytes) -> None:
        """Hand over the message, or end the program with all it started. Raises NotDeliveredError."""
        try:
            program.communicate(text, timeout=self._seconds)
        except BaseException as fault:
            with suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)
            if not isinstance(fault, subprocess.TimeoutExpired):
                raise
            raise NotDeliveredError(f"{self._name} was ended after {self._seconds:.0f} s; make it quicker.") from None
