"""A thought that is one belongs together: few private functions are there for a single caller."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST = 0.12
"""Of all functions; the codebases this one measures itself against have 2 to 7 %."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules() -> Iterator[tuple[Path, list[ast.AST]]]:
    for package in ("bridge", "connectors"):
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT), list(ast.walk(ast.parse(path.read_text())))


def is_private(function: Function) -> bool:
    return function.name.startswith("_") and not function.name.endswith("__")


def used_once(nodes: list[ast.AST]) -> list[Function]:
    """The private functions of a module that it mentions once."""
    names = Counter(node.id for node in nodes if isinstance(node, ast.Name))
    names.update(node.attr for node in nodes if isinstance(node, ast.Attribute))
    return [x for x in nodes if isinstance(x, Function) and is_private(x) and names[x.name] <= 1]


def test_few_private_functions_are_used_once() -> None:
    every = [(path, nodes, used_once(nodes)) for path, nodes in modules()]
    count = sum(isinstance(node, Function) for _, nodes, _ in every for node in nodes)
    found = [f"{path}:{function.lineno} {function.name}" for path, _, once in every for function in once]
    assert len(found) < MOST * count, f"{len(found)} of {count}:\n" + "\n".join(found)


def test_it_counts() -> None:
    nodes = list(ast.walk(ast.parse("def _a(): _b()\ndef _b(): _b()\ndef c(): pass\nclass D:\n def _e(self): self._e")))
    assert [function.name for function in used_once(nodes)] == ["_a", "_e"]
