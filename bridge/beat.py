"""Beat: a look every second, which sends what is due, and now and then a tick, as long as somebody takes them. Celery's
own schedule is empty: to find one entry due cost a third of each look."""

import time
from typing import Any

from celery.beat import Scheduler

from bridge import log, tasks
from bridge.celery import TICK, configured, refuse
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

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._told, self._told_at, self._next = "", 0.0, time.monotonic()
        self._context = build(*configured())  # a connection of its own: trouble closes the channel of the other
        self._state = self._context.state
        try:
            self._state.refuse_another_merchant()
        except ConfigError as fault:
            refuse(fault)
        except StateError:
            pass  # each look asks again
        super().__init__(*arguments, **named)

    def tick(self, *_: Any, **__: Any) -> float:
        """Look → seconds until the next look. They come at even intervals, unless one takes longer."""
        self.look()
        now = time.monotonic()
        self._next = max(self._next + TICK, now)
        return self._next - now

    def look(self) -> None:
        """Send what is due, or a tick, unless messages pile up. Trouble is one line, told again when it changes or
        lasts."""
        try:
            self._state.give_back_unheld()
            self._state.refuse_another_merchant()  # Redis may have been replaced meanwhile
            self._state.note_seen(keys.BEAT, self._context.now())
            if messages_waiting(self._state) < ENOUGH:
                if needs_tick(self._context):
                    tasks.tick.delay()
                else:
                    tasks.send_due(self._context)
        except Exception as fault:  # noqa: BLE001  (the next second is another try)
            sentence, now = str(fault) if isinstance(fault, ConfigError) else sentence_of(fault), time.monotonic()
            if sentence != self._told or now - self._told_at >= REPEAT:
                self._told, self._told_at = sentence, now
                log.get().error("beat waits", error=sentence)
        else:
            self._told = ""
