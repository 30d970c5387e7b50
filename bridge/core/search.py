"""Finding SKUs by a part of them or of a name, among very many: one long text that is looked through, and where its
lines begin."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

LONGEST_TITLE = 120
SEPARATOR = "\x1f"
SAMPLE = 200_000
"""Characters of it by which a word is called rare or frequent."""

MOST_HITS = 1_000
"""Lines that one search meets at most: of more, nobody reads a list."""


def plain(name: str) -> str:
    """A name as it is compared: case, and what kind of blanks are between its words, do not matter."""
    return " ".join(name.casefold().split())


def line_of(sku: str, title: str) -> str:
    """What is kept of one listing: its SKU and how it is called, in one text."""
    return sku + SEPARATOR + title[:LONGEST_TITLE].replace(SEPARATOR, " ")


@dataclass(frozen=True, slots=True)
class Hit:
    """A SKU that was found. title: how the first side calls it that has a name for it. sides: which have it."""

    sku: str
    title: str
    sides: frozenset[str]


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """lines: what the sides sell, each combination of SKU and title once. masks: for each line a number whose bits say
    which of the sides have it. text: the lines as they are compared. starts: where each of them begins in it."""

    sides: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    masks: tuple[int, ...] = ()
    text: str = ""
    starts: array[int] = field(default_factory=lambda: array("L"))

    @classmethod
    def of(cls, sides: Mapping[str, Iterable[str]]) -> "SearchIndex":
        """sides: who sells it → lines of `line_of`."""
        masks: dict[str, int] = {}
        for number, lines in enumerate(sides.values()):
            for line in lines:
                masks[line] = masks.get(line, 0) | 1 << number
        starts, texts, at = array("L"), list[str](), 0
        for line in masks:
            sku, _, title = line.rpartition(SEPARATOR)
            texts.append(f"{plain(sku)}\t{plain(title)}\n")
            starts.append(at)
            at += len(texts[-1])
        return cls(tuple(sides), tuple(masks), tuple(masks.values()), "".join(texts), starts)

    def find(self, wanted: str) -> tuple[list[Hit], bool]:
        """Returns SKUs that have every word of `wanted` in them or in a name, those that begin with it first; and
        whether there are more than were looked at."""
        numbers, more = list[int](), False
        for number in self._numbers(plain(wanted).split(" ")):
            more = len(numbers) >= MOST_HITS
            if more:
                break
            numbers.append(number)
        found: dict[str, tuple[str, int]] = {}
        for number in numbers:
            sku, _, title = self.lines[number].rpartition(SEPARATOR)
            known, mask = found.get(sku, ("", 0))
            found[sku] = (known or title, mask | self.masks[number])
        ordered = sorted(found, key=lambda sku: (_rank(plain(sku), plain(wanted)), sku))
        return [Hit(sku, found[sku][0], self._sides(found[sku][1])) for sku in ordered], more

    def _numbers(self, words: list[str]) -> Iterator[int]:
        """Numbers of the lines that have all the words. Looked at are those with the rarest one, as far as a sample
        tells."""
        rarest, at = min(words, key=lambda word: (self.text.count(word, 0, SAMPLE), -len(word))), 0
        while rarest and (at := self.text.find(rarest, at)) >= 0:
            number = bisect_right(self.starts, at) - 1
            end = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.text)
            if len(words) == 1 or all(self.text.find(word, self.starts[number], end) >= 0 for word in words):
                yield number
            at = end

    def _sides(self, mask: int) -> frozenset[str]:
        return frozenset(side for number, side in enumerate(self.sides) if mask >> number & 1)


def _rank(sku: str, wanted: str) -> int:
    if sku == wanted:
        return 0
    if sku.startswith(wanted):
        return 1
    return 2 if wanted in sku else 3
