"""Shopify's search syntax: `field:value`, comparisons, quotes, backslashes, AND (also implied), OR, NOT, brackets.

Three habits of the real one are kept: text is compared without regard to case; an unknown field is
ignored, so the term matches everything and only `extensions.search` mentions it; and of a moment outside
quotes only the date counts.
https://shopify.dev/docs/api/usage/search-syntax
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Test = Callable[[Any], bool]
Matcher = Callable[[str, str], Test]  # (comparison, value) → test

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    ":": operator.eq,
    ":>": operator.gt,
    ":>=": operator.ge,
    ":<": operator.lt,
    ":<=": operator.le,
}
TOKEN = re.compile(
    r"""\s*(?:
        (?P<bracket>[()]) |
        (?P<minus>-)(?=\S) |
        (?:(?P<field>\w+)(?P<comparison>:[<>]?=?))?
        (?:"(?P<double>(?:\\.|[^"\\])*)" | '(?P<single>(?:\\.|[^'\\])*)' | (?P<bare>(?:\\.|[^\s()])+))
    )""",
    re.VERBOSE | re.DOTALL,
)


DATE_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T")


@dataclass(slots=True)
class Search:
    """A compiled query. `ignored` names the fields that were unknown."""

    test: Test
    ignored: list[str] = field(default_factory=list)


def everything(_: Any) -> bool:
    return True


def compile_search(query: str | None, fields: Mapping[str, Matcher]) -> Search:
    """The query, compiled. Never raises: what cannot be read matches everything, as it does at Shopify."""
    if not query or not query.strip():
        return Search(everything)
    parser = _Parser(query, fields)
    return Search(parser.either(), parser.ignored)


class _Parser:
    def __init__(self, query: str, fields: Mapping[str, Matcher]) -> None:
        self.tokens = [match for match in TOKEN.finditer(query) if match.group().strip()]
        self.fields = fields
        self.ignored: list[str] = []

    def word(self) -> str:
        """The next bare word or bracket, without taking it."""
        if not self.tokens:
            return ""
        token = self.tokens[0]
        return token["bracket"] or ("" if token["field"] else token["bare"] or "")

    def either(self) -> Test:
        tests = [self.all_of()]
        while self.word() == "OR":
            self.tokens.pop(0)
            tests.append(self.all_of())
        return tests[0] if len(tests) == 1 else lambda thing: any(test(thing) for test in tests)

    def all_of(self) -> Test:
        tests: list[Test] = []
        while self.tokens and self.word() not in {"OR", ")"}:
            if self.word() == "AND":
                self.tokens.pop(0)
                continue
            tests.append(self.one())
        tests = [test for test in tests if test is not everything]
        if not tests:
            return everything
        return tests[0] if len(tests) == 1 else lambda thing: all(test(thing) for test in tests)

    def one(self) -> Test:
        token = self.tokens.pop(0)
        if token["minus"] or (token["bare"] == "NOT" and not token["field"] and self.tokens):
            inner = self.one()
            return inner if inner is everything else lambda thing: not inner(thing)
        if token["bracket"] == "(":
            inner = self.either()
            if self.word() == ")":
                self.tokens.pop(0)
            return inner
        return self.term(token)

    def term(self, token: "re.Match[str]") -> Test:
        value = unescape(next((token[kind] for kind in ("double", "single", "bare") if token[kind] is not None), ""))
        if token["bare"] and (moment_ := DATE_TIME.match(value)):
            value = moment_[1]  # outside quotes only the date of a moment counts
        name = token["field"] or "default"
        if name not in self.fields:
            if name != "default":
                self.ignored.append(name)
            return everything
        comparison = token["comparison"] or ":"
        return self.fields[name](comparison if comparison in COMPARISONS else ":", value)


def unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def text(get: Callable[[Any], str | None]) -> Matcher:
    """Whole text without regard to case; a trailing `*` asks for a prefix."""

    def matcher(_: str, value: str) -> Test:
        wanted = value.casefold()
        if wanted.endswith("*"):
            return lambda thing: (get(thing) or "").casefold().startswith(wanted[:-1])
        return lambda thing: (get(thing) or "").casefold() == wanted

    return matcher


def number(get: Callable[[Any], int]) -> Matcher:
    """Whole numbers; also takes a whole id, `gid://shopify/Product/1`."""

    def matcher(comparison: str, value: str) -> Test:
        digits = re.search(r"-?\d+$", value)
        if not digits:
            return lambda _: False
        compare, bound = COMPARISONS[comparison], int(digits.group())
        return lambda thing: compare(get(thing), bound)

    return matcher


def moment(get: Callable[[Any], datetime]) -> Matcher:
    """ISO 8601 with or without a zone; without one it is UTC, this shop's time zone."""

    def matcher(comparison: str, value: str) -> Test:
        try:
            bound = datetime.fromisoformat(value)
        except ValueError:
            return everything
        zoned = bound if bound.tzinfo else bound.replace(tzinfo=UTC)
        compare = COMPARISONS[comparison]
        return lambda thing: compare(get(thing), zoned)

    return matcher


def flag(get: Callable[[Any], bool]) -> Matcher:
    def matcher(_: str, value: str) -> Test:
        wanted = value.casefold() == "true"
        return lambda thing: get(thing) is wanted

    return matcher


def choice(get: Callable[[Any], set[str]]) -> Matcher:
    """A word out of a set; commas join alternatives."""

    def matcher(_: str, value: str) -> Test:
        wanted = set(value.casefold().split(","))
        return lambda thing: bool(get(thing) & wanted)

    return matcher
