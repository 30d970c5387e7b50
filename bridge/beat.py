"""Beat: a look every second, which sends what is due, and now and then a tick, as long as somebody takes them."""

import time
from typing import Any

from celery.beat import Scheduler

from bridge import log, tasks
from bridge.celery import configured, refuse
from bridge.errors import ConfigError, StateError
from bridge.looks import needs_tick
from bridge.state import keys
from bridge.state.connect import sentence_of
from bridge.state.work_queue import messages_waiting
from bridge.wiring import build

ENOUGH = 3
"""So many messages wait: whoever takes them comes late, and another look would find nothing that they do not."""

REPEAT = 60.0
"""Seconds after which the same trouble is told again."""


class Looks(Scheduler):  # type: ignore[misc]
    """Keeps nothing in a file: what is due stands in the state. Ends, with a sentence, where Redis holds another
    merchant's."""

    producer = None
    """Messages go by the connection of the app, as those of a worker do."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._told, self._told_at = "", 0.0
        self._context = build(*configured())  # a connection of its own: trouble closes the channel of the other
        self._state = self._context.state
        try:
            self._state.refuse_another_merchant()
        except ConfigError as fault:
            refuse(fault)
        except StateError:
            pass  # each look asks again
        super().__init__(*arguments, **named)

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        """Send what is due, or a tick, unless messages pile up. Trouble is one line, told again when it changes or
        lasts."""
        try:
            self._state.give_back_unheld()
            self._state.refuse_another_merchant()  # Redis may have been replaced meanwhile
            self._state.note_seen(keys.BEAT, self._context.now())
            if messages_waiting(self._state) < ENOUGH:
                if needs_tick(self._context):
                    self.apply_async(entry, producer=producer, advance=False)
                else:
                    tasks.send_due(self._context)
        except Exception as fault:  # noqa: BLE001  (the next second is another try)
            sentence, now = str(fault) if isinstance(fault, ConfigError) else sentence_of(fault), time.monotonic()
            if sentence != self._told or now - self._told_at >= REPEAT:
                self._told, self._told_at = sentence, now
                log.get().error("beat waits", error=sentence)
        else:
            self._told = ""
