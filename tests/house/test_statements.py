"""Every statement of the five documents is held by a test, and docs/statements.md says by which."""

from collections import Counter

import pytest

from tests.statements import DOCUMENTS, PAGE, Mark, Statement, marks, marks_in, page, statements

MISSING = 0
"""Statements that no test can hold yet, because the part of the product is to come. It only ever shrinks."""

pytestmark = pytest.mark.needs("inventory_api", "shopify", "woocommerce")  # each is a room where some are held


@pytest.fixture(scope="module")
def known() -> list[Statement]:
    return [*statements()]


@pytest.fixture(scope="module")
def found() -> list[Mark]:
    return marks()


def test_every_statement_is_one(known: list[Statement]) -> None:
    assert {each.kind for each in known} == {"endpoint", "parameter", "field", "rule", "error", "advice"}
    assert [each.id for each in known if not each.id.startswith(tuple(f"{name}." for name in DOCUMENTS))] == []
    assert [each.id for each in known if not each.says.endswith((".", ")")) or "|" in each.says] == []


def test_every_statement_is_held_by_a_test(known: list[Statement], found: list[Mark]) -> None:
    held = {mark.statement for mark in found if mark.test}
    assert [each.id for each in known if not each.missing and each.id not in held] == [], (
        "mark the test that holds it with @pytest.mark.states(…), or write one"
    )


def test_every_mark_stands_on_a_test_and_names_a_statement(known: list[Statement], found: list[Mark]) -> None:
    names = {each.id for each in known}
    assert [f"{mark.file}:{mark.line}: {mark.statement}" for mark in found if mark.statement not in names] == []
    assert [f"{mark.file}:{mark.line}: stands on no test that must pass" for mark in found if not mark.test] == []
    twice = Counter((mark.statement, mark.file, mark.test) for mark in found)
    assert [key for key, count in twice.items() if count > 1] == []


def test_what_is_missing_only_ever_shrinks(known: list[Statement], found: list[Mark]) -> None:
    missing = {each.id for each in known if each.missing}
    assert sorted(missing & {mark.statement for mark in found}) == [], "it is held by now: take `missing` away"
    assert len(missing) == MISSING, "more cannot be missing; where fewer are, lower MISSING"


def test_the_page_is_what_the_marks_say(known: list[Statement], found: list[Mark]) -> None:
    assert PAGE.read_text("utf-8") == page(known, found), "type: make statements, or python -m tests.statements"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('@pytest.mark.states("a", "b")\ndef test_x(): ...', [("a", "test_x"), ("b", "test_x")]),
        ('class TestX:\n @pytest.mark.states("a")\n def test_x(self): ...', [("a", "test_x")]),
        (
            '@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.states("a"))])\ndef test_x(x): ...',
            [("a", "test_x")],
        ),
        ('@pytest.mark.states("a")\n@pytest.mark.skip\ndef test_x(): ...', [("a", "")]),
        ('@pytest.mark.states("a")\n@pytest.mark.xfail(strict=True)\ndef test_x(): ...', [("a", "")]),
        ('@pytest.mark.states("a")\ndef helper(): ...', [("a", "")]),
        ('pytestmark = pytest.mark.states("a")', [("a", "")]),
    ],
)
def test_where_a_mark_counts(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(mark.statement, mark.test) for mark in marks_in(text, "test_x.py")] == expected
