"""What our last writes replaced, as the history knows it: read from its newest entry backwards, once in a session, and
no further than somebody asks."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bridge.core.model import StockKey
from bridge.state import pack
from bridge.state.store import State

JITTER = pack.ms(pack.at(0) + timedelta(minutes=1))
"""Writes stand in the history nearly in the order of their instants."""


class LastWrites:
    """Of one store. Entries that were added since the last question are met with the next."""

    def __init__(self, state: State, store: str) -> None:
        self._state, self._store = state, store
        self._newest = state.newest_entry()
        self._older = state.every_note()
        self._found: dict[str, Mapping[str, Any]] = {}
        self._reached: float = float("inf")  # the instant of the oldest write that was met

    def of(self, wanted: Mapping[str, datetime]) -> dict[str, Mapping[str, Any]]:
        """Name of the stock key → its newest write. wanted: names → since when the number there is known; an older
        write is not looked for."""
        for entry, said in self._state.entries_after(self._newest):
            self._newest = entry
            if name := self._name_of(said):
                self._found[name] = said
        missing = {name: pack.ms(at) - JITTER for name, at in wanted.items() if name not in self._found}
        oldest = min(missing.values(), default=float("inf"))
        while missing and self._reached >= oldest:
            if (met := next(self._older, None)) is None:
                self._reached = 0
                break
            _, said = met
            if said["what"] == "write":
                self._reached = min(self._reached, said.get("when", self._reached))
            if (name := self._name_of(said)) and name not in self._found:
                self._found[name] = said
                if missing.pop(name, None) == oldest:
                    oldest = min(missing.values(), default=oldest)
        return {name: self._found[name] for name in wanted if name in self._found}

    def _name_of(self, said: Mapping[str, Any]) -> str | None:
        """The stock key of a write to this store."""
        if said["what"] != "write" or said["store"] != self._store:
            return None
        return pack.stock_key(StockKey(self._store, said["ref"], said["location"]))
