"""Reading the hashes that are kept in pages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import redis

from bridge.state import keys
from bridge.state.pages import COUNT, WORDS, Speller, Words, page_of, rows_of, value_in

SCAN = 50
"""Pages that Redis is asked for at once."""

NO_WORDS = Words()


def _places(key: str, names: Iterable[str]) -> dict[str, str]:
    """Name → the field of Redis in which it stands."""
    return {name: page_of(name) for name in names} if keys.is_paged(key) else {x: keys.field_of(x) for x in names}


class Paged:
    """A part of `State`. words: what is said short, by key, as last heard; it comes along with what is read."""

    db: redis.Redis
    words: dict[str, Words]

    def row_count(self, key: str) -> int:
        return int(cast("str | None", self.db.hget(key, COUNT)) or 0)

    def spellers(self, rows: Iterable[tuple[str, str, object]]) -> dict[str, Speller]:
        """For the rows of a change, by key, where any of them says something short."""
        return {key: Speller(self.words.get(key, NO_WORDS)) for key in {row[0] for row in rows} if keys.is_short(key)}

    def hear_words(self, names: Iterable[str]) -> None:
        """Ask for the words of some hashes, because others have changed them."""
        for key in names:
            self._heard(key, cast("str | None", self.db.hget(key, WORDS)))

    def rows(self, key: str, names: Sequence[str]) -> tuple[Mapping[str, str], Words]:
        """Name → value as it stands, of those of some rows that there are, and the words of the hash."""
        return self.several({key: names})[key] if names else ({}, NO_WORDS)

    def several(self, wanted: Mapping[str, Sequence[str]]) -> dict[str, tuple[Mapping[str, str], Words]]:
        """The same of several hashes, by key, in one round trip; they may be kept in pages or not."""
        places = {key: _places(key, names) for key, names in wanted.items()}
        with self.db.pipeline(transaction=False) as pipe:
            ask = pipe if len(places) > 1 else self.db
            answers = [ask.hmget(key, [*dict.fromkeys(of.values()), WORDS]) for key, of in places.items()]
            answers = pipe.execute() if len(places) > 1 else answers
        return {key: self._read(key, places[key], row) for key, row in zip(places, answers, strict=True)}

    def _read(self, key: str, places: Mapping[str, str], answer: Any) -> tuple[Mapping[str, str], Words]:
        texts: dict[str, str | None] = dict(zip(dict.fromkeys(places.values()), answer[:-1], strict=True))
        there = ((name, text) for name, field in places.items() if (text := texts[field]) is not None)
        if not keys.is_paged(key):
            return dict(there), NO_WORDS
        words = self._heard(key, answer[-1])
        short = words.short if keys.is_named_by_ref(key) else str
        rows = ((name, value_in(text, short(name))) for name, text in there)
        return {name: value for name, value in rows if value is not None}, words

    def every_row(self, key: str) -> Iterator[tuple[str, str]]:
        """(name, value as it stands) of every row; a row may come twice."""
        by_ref = keys.is_named_by_ref(key)
        if by_ref:
            self.hear_words([key])
        for page, text in self.db.hscan_iter(key, count=SCAN):
            if page[:1] == "\x00":
                continue
            rows = [*rows_of(text)]
            if by_ref:
                try:
                    rows = [(self.words[key].ref(short), raw) for short, raw in rows]
                except IndexError:  # a word that came since they were heard
                    self.hear_words([key])
                    rows = [(self.words[key].ref(short), raw) for short, raw in rows]
            yield from rows

    def _heard(self, key: str, told: str | None) -> Words:
        known = self.words.get(key)
        if known is None or known.text != (told or ""):
            known = self.words[key] = Words(told or "")
        return known
