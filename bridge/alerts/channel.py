"""What every channel is: one way to reach people."""

from typing import Protocol

from bridge.core.alerts import Message
from bridge.errors import BridgeError


class NotDeliveredError(BridgeError):
    """Nobody was told. The text is one sentence with the remedy, and holds no secret."""


class Channel(Protocol):
    """Never waits for longer than some ten seconds, and never retries."""

    def send(self, message: Message) -> None:
        """Raises NotDelivered."""
