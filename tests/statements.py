"""What the five documents say, and which tests hold it: `make statements` writes docs/statements.md of both.

The statements stand in statements.toml; a test says which it holds: @pytest.mark.states("3pl.products.list.search", …).
The marks are read out of the files, so that nothing need be imported, and none is missed that a marker deselects.
"""

import ast
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "statements.md"
DOCUMENTS = ("3pl.guide", "3pl.levels", "3pl.products", "3pl.cartons", "update")
NO_TEST = ("skip", "skipif", "xfail")
HEAD = """\
# What the documents say, and which test holds it

The product was asked for from five documents. This is every endpoint, parameter, field, rule, error and piece of advice
in them, in our own words, and the tests that hold each. `make statements` writes this page, from
`tests/statements.toml` and from the marks on the tests; `tests/house/test_statements.py` fails where one has no test.
"""


@dataclass(frozen=True, slots=True)
class Statement:
    """missing: the part of the product that is still to come before a test can hold it; "" otherwise."""

    id: str
    kind: str
    says: str
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """file: below tests/. test: "" where the mark stands on no test, or on one that need not pass."""

    statement: str
    file: str
    test: str
    line: int


def told() -> Mapping[str, Any]:
    return tomllib.loads((TESTS / "statements.toml").read_text("utf-8"))


def statements(table: Mapping[str, Any] | None = None, at: str = "") -> Iterator[Statement]:
    """All of them, in the order of the file."""
    for name, value in (told() if table is None else table).items():
        path = f"{at}.{name}" if at else name
        if isinstance(value, dict):
            yield from [Statement(path, **value)] if "says" in value else statements(value, path)


def marks() -> list[Mark]:
    """Every mark in the tests of this tree, by file and line."""
    files = sorted(path for path in TESTS.rglob("test_*.py") if "foreign_connector" not in path.parts)
    return [mark for path in files for mark in marks_in(path.read_text("utf-8"), path.relative_to(TESTS).as_posix())]


def marks_in(text: str, file: str) -> Iterator[Mark]:
    if "mark.states" not in text:
        return
    tree = ast.parse(text)
    tests = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and is_test(node)]
    holders = {call: node.name for node in tests for decorator in node.decorator_list for call in calls_of(decorator)}
    for call in calls_of(tree):
        for argument in call.args:
            yield Mark(ast.literal_eval(argument), file, holders.get(call, ""), call.lineno)


def is_test(function: ast.FunctionDef) -> bool:
    """A test that has to pass."""
    decorators = [x for decorator in function.decorator_list for x in ast.walk(decorator)]
    need_not = any(isinstance(x, ast.Attribute) and x.attr in NO_TEST for x in decorators)
    return function.name.startswith("test_") and not need_not


def calls_of(tree: ast.AST) -> Iterator[ast.Call]:
    """Calls of pytest.mark.states below a node."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "states":
            yield node


def page(known: Sequence[Statement], found: Sequence[Mark]) -> str:
    """docs/statements.md."""
    held = defaultdict[str, list[Mark]](list)
    for mark in found:
        held[mark.statement].append(mark)
    open_ones = sum(bool(each.missing) for each in known)
    lines = [HEAD, f"{len(known)} statements; {len(known) - open_ones} are held by tests, {open_ones} not yet."]
    titles = {name: table["title"] for name, table in {**told()["3pl"], "update": told()["update"]}.items()}
    for document in DOCUMENTS:
        lines += ["", f"## {titles[document.rpartition('.')[2]]}"]
        of_it = [each for each in known if each.id.startswith(f"{document}.")]
        lines += ["", "| statement | kind | says | held by |", "|---|---|---|---|"]
        lines += [f"| `{each.id}` | {each.kind} | {each.says} | {_holders(each, held[each.id])} |" for each in of_it]
    return "\n".join(lines) + "\n"


def _holders(statement: Statement, found: Sequence[Mark]) -> str:
    """Its tests by file, or that there are none yet."""
    if statement.missing:
        return f"**not yet**: {statement.missing}"
    files = groupby(sorted(found, key=lambda mark: (mark.file, mark.line)), key=lambda mark: mark.file)
    return "<br>".join(
        f"[{file.rpartition('/')[2]}](../tests/{file}): {', '.join(dict.fromkeys(mark.test for mark in each))}"
        for file, each in files
    )


if __name__ == "__main__":
    PAGE.write_text(page([*statements()], marks()), "utf-8")
    sys.stdout.write(f"{PAGE.name}: {len([*statements()])} statements\n")
