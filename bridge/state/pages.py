"""Hashes of many small rows: a field of Redis holds a page of them, because a field of its own costs each row more than
what it says.

A page is one text: for each row a new line, NAME TAB VALUE. A row stands in the page that all but the last sign of its
name tells, so that neighbours, which are mostly asked for together, share one. Beside the pages: how many rows there
are, and the words that stand short in names and values, see `Words`."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from string import ascii_letters, digits
from zlib import crc32

from bridge.state.pack import dumps, loads

PAGES = 4_096
COUNT, WORDS = "\x00count", "\x00words"
"""Fields beside the pages, whose names are numbers."""

MERGE = """
local function merge(key, page, news)
  local text, fresh, rows, grown = redis.call('HGET', key, page) or '', {}, {}, 0
  for i = 1, #news, 2 do fresh[news[i]] = news[i + 1] end
  for row, name in string.gmatch(text, '(\\n([^\\t]*)\\t[^\\n]*)') do
    if fresh[name] == nil then rows[#rows + 1] = row elseif not fresh[name] then grown = grown - 1 end
    if fresh[name] then rows[#rows + 1] = '\\n' .. name .. '\\t' .. fresh[name] end
    fresh[name] = nil
  end
  for name, value in pairs(fresh) do
    if value then rows[#rows + 1], grown = '\\n' .. name .. '\\t' .. value, grown + 1 end
  end
  if #rows > 0 then redis.call('HSET', key, page, table.concat(rows)) else redis.call('HDEL', key, page) end
  if grown ~= 0 then redis.call('HINCRBY', key, '\\0count', grown) end
end
"""
"""news: name, value, … of one page; a value of false drops the row."""


def page_of(name: str) -> str:
    return str(crc32(name[:-1].encode()) % PAGES)


def escaped(text: str) -> str:
    """A name or a value as it stands in a page."""
    if "\t" in text or "\n" in text or "\x01" in text:
        return text.replace("\x01", "\x01a").replace("\t", "\x01t").replace("\n", "\x01n")
    return text


def _unescaped(text: str) -> str:
    if "\x01" not in text:
        return text
    return text.replace("\x01n", "\n").replace("\x01t", "\t").replace("\x01a", "\x01")


def value_in(page: str, name: str) -> str | None:
    """The value of one row of a page; the others are not looked at."""
    mark = f"\n{escaped(name)}\t"
    at = page.find(mark)
    if at < 0:
        return None
    start = at + len(mark)
    end = page.find("\n", start)
    return _unescaped(page[start:] if end < 0 else page[start:end])


def rows_of(page: str) -> Iterator[tuple[str, str]]:
    """(name, value) of every row of a page."""
    for row in page.split("\n")[1:]:
        name, _, value = row.partition("\t")
        yield _unescaped(name), _unescaped(value)


# -- words that are said short ---------------------------------------------------------------------------

LEAST = 4
"""Signs that are worth a word."""


class Words:
    """What stands short in the rows of one hash: the beginning that refs share, and locations. Never changed, only
    added to, so that what stands there can be read for ever; a change of the state that rests on other words than those
    that stand in Redis is refused. text: as they stand there, "" before the first."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self.all: tuple[str, ...] = tuple(loads(text)) if text else ()
        self.numbers = {word: number for number, word in enumerate(self.all)}
        few = zip(self.all, ascii_letters, strict=False)
        self.signs = {word: sign for word, sign in few if len(word) >= LEAST and not any(x in word for x in digits)}

    def with_word(self, word: str) -> "Words":
        return Words(dumps([*self.all, word]))

    def with_beginning(self, beginning: str) -> "Words":
        """With one more that refs share: as many as there are letters, none with a digit in it, for such are many."""
        few = len(self.all) < len(ascii_letters) and not any(x in beginning for x in digits)
        return self.with_word(beginning) if few else self

    def short(self, ref: str) -> str:
        """A ref as it stands in a row: a beginning that many share is one letter there."""
        beginning = ref.rstrip(digits)
        if len(beginning) < len(ref) and (sign := self.signs.get(beginning)):
            return sign + ref[len(beginning) :]
        return "=" + ref if ref[:1] in SIGNS else ref

    def ref(self, short: str) -> str:
        """What `short` was given."""
        first = short[:1]
        if first == "=":
            return short[1:]
        return self.all[ascii_letters.index(first)] + short[1:] if first in SIGNS else short

    def place(self, number: str) -> str:
        """The location of a number; "" has none."""
        return self.all[int(number)] if number else ""


SIGNS = ascii_letters + "="


class Speller:
    """Says refs and locations short, and learns words that are new. words: all that it knows by now."""

    def __init__(self, words: Words) -> None:
        self.words = words

    def ref(self, ref: str) -> str:
        beginning = ref.rstrip(digits)
        if LEAST <= len(beginning) < len(ref) and beginning not in self.words.numbers:
            self.words = self.words.with_beginning(beginning)
        return self.words.short(ref)

    def place(self, location: str) -> str:
        if not location:
            return ""
        if location not in self.words.numbers:
            self.words = self.words.with_word(location)
        return str(self.words.numbers[location])


def by_page(rows: Iterable[tuple[str, str, str, str | None]]) -> Iterator[tuple[str, str, list[str | bool]]]:
    """(key, the row's full name, its name as it stands, its value) → (key, page, what MERGE takes). The last word on a
    row counts."""
    pages = defaultdict[tuple[str, str], dict[str, str | None]](dict)
    for key, name, short, value in rows:
        pages[key, page_of(name)][short] = value
    for (key, page), news in pages.items():
        told = list[str | bool]()
        for name, value in news.items():
            told += (escaped(name), False if value is None else escaped(value))
        yield key, page, told
