"""Hashes of many small rows: a field of Redis holds a page of them, because a field of its own costs each row more than
what it says.

A page is one text: for each row a new line, NAME TAB VALUE. All but the last sign of a row's name, as it stands, tells
its page, so that neighbours, which are mostly asked for together, share one. There are as many pages as the rows need:
each change that brings rows splits pages, one after the other, and what moves goes to a new last page (linear hashing),
so that a row costs the same to read however many there are. Beside the pages: how many of them and how many rows there
are, and the words that stand short in names and values, see `Words`."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import sha1
from string import ascii_letters, digits
from typing import NamedTuple

from bridge.state.pack import dumps, loads

ROWS = 4
"""In a page, on average."""

COUNT, WORDS, PAGES = "\x00count", "\x00words", "\x00pages"
"""Fields beside the pages, whose names are numbers."""


@lru_cache(4_000)  # neighbours share it
def hash_of(stem: bytes) -> int:
    """What tells the page of the rows whose names, but for the last sign, are `stem`."""
    return int.from_bytes(sha1(stem, usedforsecurity=False).digest()[:4], "big")


def pages_of(stands: Iterable[str], pages: int) -> list[str]:
    """The fields of some rows among so many pages. stands: their names as they stand there; neighbours mostly follow
    one another."""
    low = 1 << (pages.bit_length() - 1)
    found: list[str] = []
    last, field = None, ""
    for name in stands:
        if (stem := name.encode()[:-1]) != last:
            page, last = hash_of(stem) % (2 * low), stem
            field = str(page if page < pages else page - low)
        found.append(field)
    return found


def escaped(text: str) -> str:
    """A name or a value as it stands in a page."""
    if "\t" in text or "\n" in text or "\x01" in text:
        return text.replace("\x01", "\x01a").replace("\t", "\x01t").replace("\n", "\x01n")
    return text


def unescaped(text: str) -> str:
    """What `escaped` was given."""
    if "\x01" not in text:
        return text
    return text.replace("\x01n", "\n").replace("\x01t", "\t").replace("\x01a", "\x01")


def rows_of(pages: Iterable[str]) -> dict[str, str]:
    """How a name stands → its value, of every row of some pages. Of all at once, without a step of Python for a row."""
    text = "".join(pages)
    told = text.replace("\n", "\t").split("\t")
    found = dict(zip(told[1::2], told[2::2], strict=True))
    return {stands: unescaped(value) for stands, value in found.items()} if "\x01" in text else found


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

    def all_short(self, refs: Sequence[str]) -> list[str]:
        """The same of many."""
        signs = self.signs
        return [
            sign + ref[len(beginning) :]
            if (sign := signs.get(beginning := ref.rstrip(digits))) and beginning != ref  # nearly always
            else self.short(ref)
            for ref in refs
        ]

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


class Head(NamedTuple):
    """What stands beside the pages of one hash: its words, and how many pages there are."""

    words: Words = Words()
    pages: int = 1


class Speller:
    """Says refs and locations short, and learns words that are new. words: all that it knows by now."""

    def __init__(self, words: Words) -> None:
        self.words = words

    def ref(self, ref: str) -> str:
        beginning = ref.rstrip(digits)
        if (sign := self.words.signs.get(beginning)) and beginning != ref:  # nearly always
            return sign + ref[len(beginning) :]
        if LEAST <= len(beginning) < len(ref) and beginning not in self.words.numbers:
            self.words = self.words.with_beginning(beginning)
        return self.words.short(ref)

    def place(self, location: str) -> str:
        if not location:
            return ""
        if location not in self.words.numbers:
            self.words = self.words.with_word(location)
        return str(self.words.numbers[location])
