"""Reading the hashes that are kept in pages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

import redis

from bridge.state import keys
from bridge.state.pages import COUNT, PAGES, WORDS, Head, Speller, Words, escaped, pages_of, rows_of, unescaped

SCAN = 200
"""Pages that Redis is asked for at once."""

NOTHING = Head()


class Places(NamedTuple):
    """Where some rows of a hash are looked for. stands: how the name of each stands there. fields: those of Redis that
    hold them, each once."""

    stands: Sequence[str]
    fields: Sequence[str]


def places_of(key: str, names: Sequence[str], head: Head) -> Places:
    """Where rows of a hash are, if `head` is what stands beside its pages."""
    if not keys.is_paged(key):
        stands = [keys.field_of(name) for name in names]
        return Places(stands, stands)
    stands = [escaped(x) for x in (head.words.all_short(names) if keys.is_named_by_ref(key) else names)]
    return Places(stands, [*dict.fromkeys(pages_of(stands, head.pages))])


class Paged:
    """A part of `State`. heads: what stands beside the pages, by key, as last heard; it comes along with what is read,
    and what was looked for in vain because it had changed is asked for again."""

    db: redis.Redis
    heads: dict[str, Head]

    def row_count(self, key: str) -> int:
        return int(cast("str | None", self.db.hget(key, COUNT)) or 0)

    def spellers(self, rows: Iterable[tuple[str, str, object]]) -> dict[str, Speller]:
        """For the rows of a change, by key, where any of them says something short."""
        named = {row[0] for row in rows}
        return {key: Speller(self.heads.get(key, NOTHING).words) for key in named if keys.is_short(key)}

    def hear_heads(self, names: Iterable[str]) -> None:
        """Ask for the words of some hashes, because others have changed them."""
        for key in names:
            self._heard(key, *cast("list[str | None]", self.db.hmget(key, [WORDS, PAGES])))

    def rows(self, key: str, names: Sequence[str]) -> tuple[Mapping[str, str], Words]:
        """Name → value as it stands, of those of some rows that there are, and the words of the hash."""
        return self.several({key: names})[key] if names else ({}, NOTHING.words)

    def several(self, wanted: Mapping[str, Sequence[str]]) -> dict[str, tuple[Mapping[str, str], Words]]:
        """The same of several hashes, by key, in one round trip; they may be kept in pages or not."""
        found = dict[str, tuple[Mapping[str, str], Words]]()
        heads = {key: self.heads.get(key, NOTHING) for key in wanted}
        while heads:
            places = {key: places_of(key, wanted[key], head) for key, head in heads.items()}
            for (key, of), answer in zip(places.items(), self._asked(places), strict=True):
                head = self._heard(key, *answer[-2:]) if keys.is_paged(key) else heads[key]
                if head is heads[key] or places_of(key, wanted[key], head) == of:
                    found[key] = _values(key, wanted[key], of, answer[:-2]), head.words
                    del heads[key]
                else:
                    heads[key] = head
        return found

    def _asked(self, places: Mapping[str, Places]) -> list[Any]:
        """Of each hash the fields of some places, each once, and what stands beside the pages."""
        with self.db.pipeline(transaction=False) as pipe:
            ask = pipe if len(places) > 1 else self.db
            answers = [ask.hmget(key, [*of.fields, WORDS, PAGES]) for key, of in places.items()]
            return pipe.execute() if len(places) > 1 else answers

    def every_row(self, key: str) -> Iterator[tuple[str, str]]:
        """(name, value as it stands) of every row; a row may come twice. Page by page upwards: what is split off
        meanwhile goes to the last page, which is still to come."""
        page, pages = 0, 1
        while page < pages:
            told = cast("list[str | None]", self.db.hmget(key, [*map(str, range(page, page + SCAN)), WORDS, PAGES]))
            words, pages = self._heard(key, *told[-2:])
            page += SCAN
            name_of = words.ref if keys.is_named_by_ref(key) else str
            rows = rows_of(filter(None, told[:-2]))
            yield from ((name_of(unescaped(stands)), raw) for stands, raw in rows.items())

    def _heard(self, key: str, words: str | None, pages: str | None) -> Head:
        known, count = self.heads.get(key, NOTHING), int(pages or 1)
        if known.words.text != (words or "") or known.pages != count:
            same = known.words.text == (words or "")
            known = self.heads[key] = Head(known.words if same else Words(words or ""), count)
        return known


def _values(key: str, names: Sequence[str], places: Places, told: Sequence[str | None]) -> Mapping[str, str]:
    """Name → value as it stands, of the rows that there are. told: what stands in the fields of their places."""
    if keys.is_paged(key):
        rows = rows_of(filter(None, told))
        return {name: rows[stands] for name, stands in zip(names, places.stands, strict=True) if stands in rows}
    return {name: text for name, text in zip(names, told, strict=True) if text is not None}
