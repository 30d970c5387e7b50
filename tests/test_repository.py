"""Guards for the repository itself: its shape, its sizes, and that nothing of one machine is in it."""

import ast
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import grimp
import pytest

from .conftest import FULL

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.txt", "requirements-demo.txt", "requirements-dev.txt")
TOP_LEVEL = {
    ".ci",
    ".dockerignore",
    ".env.example",
    ".gitignore",
    ".python-version",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Dockerfile",
    "LICENSE",
    "Makefile",
    "Procfile",
    "README.md",
    "app.json",
    "bench",
    "bin",
    "bridge",
    "connectors",
    "docker-compose.yml",
    "docs",
    "pyproject.toml",
    "tests",
    *LOCKS,
}
LATER = {"bench"}  # named by the plan, may not exist yet

# Written in pieces, so that this file passes its own test.
REGISTRIES = ("py" + "pi", "python" + "hosted", "npm" + "js", "registry" + ".", "mir" + "ror", "artifactory", "nexus")
HOST = re.compile(r"\b(?:https?|git|ssh)://(?:[^/\s@\"'`]*@)?([^/\s\"'`<>)\]]+)", re.IGNORECASE)
MACHINE = re.compile(r"(?<![\w.~}])/(?:" + "|".join(("root", "home", "work", "Users")) + r")(?=/|$|\W)")
FLAGS = re.compile(
    "--(?:" + "|".join(("index-" + "url", "extra-index-" + "url", "find" + "-links", "trusted" + "-host")) + ")"
)
FILE_URL = re.compile("file" + ":/+[^\\s\"']")
FLAGS_WHERE_ALLOWED = re.compile(r"--no-emit-[a-z-]+")

MAX_LINES = 300
MOST_FLOORS = 8
MAX_FUNCTION = 40


def tracked() -> list[Path]:
    """Every file that is, or would be, committed."""
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-co", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


def texts() -> Iterator[tuple[Path, int, str]]:
    for path in tracked():
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1):
            yield path.relative_to(ROOT), number, line


def modules(*folders: str) -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders]


def test_no_package_registry_is_named() -> None:
    named = [
        f"{path}:{number}: {host}"
        for path, number, line in texts()
        for host in HOST.findall(line)
        if any(word in host.lower() for word in REGISTRIES)
    ]
    assert not named


def test_no_place_to_fetch_from_and_no_path_of_one_machine() -> None:
    named = [
        f"{path}:{number}: {line.strip()}"
        for path, number, line in texts()
        if FLAGS.search(FLAGS_WHERE_ALLOWED.sub("", line)) or MACHINE.search(line)
    ]
    assert not named


def test_no_file_is_an_address() -> None:
    """Tests may name one: connectors are shown addresses that they must refuse."""
    assert [
        f"{path}:{n}: {line}" for path, n, line in texts() if path.parts[0] != "tests" and FILE_URL.search(line)
    ] == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("see https://" + "files.python" + "hosted.org/x", True),
        ("https://user:pw@" + "mir" + "ror.example.com/simple", True),
        ("https://shopify.dev/docs https://github.com/x/y http://127.0.0.1:9001", False),
    ],
)
def test_the_guard_knows_a_registry(line: str, found: bool) -> None:
    assert any(word in host.lower() for host in HOST.findall(line) for word in REGISTRIES) is found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("path = /" + "root/x", True),
        ('"/' + "home/somebody/y", True),
        ("/" + "work", True),
        ("https://example.com/home/page", False),
        ("homework/", False),
        ("a network/work of art", False),
    ],
)
def test_the_guard_knows_a_path_of_one_machine(line: str, found: bool) -> None:
    assert bool(MACHINE.search(line)) is found


def test_no_lock_with_addresses() -> None:
    names = {path.name for path in tracked()}
    assert not names & {"uv" + ".lock", "py" + "lock.toml", "package" + "-lock.json", "poetry.lock", "Pipfile.lock"}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_names_versions_and_hashes_only(name: str) -> None:
    clause = r"[a-z_]+ [<>=!]+ '[\w.]+'"
    marker = rf"(?: ; {clause}(?: and {clause})*)?"
    allowed = re.compile(rf"[a-z0-9][a-z0-9.-]*==[\w.]+{marker} \\|    --hash=sha256:[0-9a-f]{{64}}(?: \\)?")
    assert [line for line in (ROOT / name).read_text().splitlines() if not allowed.fullmatch(line)] == []


def test_all_locks_agree() -> None:
    pins: dict[str, set[str]] = {}
    for name in LOCKS:
        for found in re.findall(r"^([a-z0-9][a-z0-9.-]*)==([\w.]+)", (ROOT / name).read_text(), re.MULTILINE):
            pins.setdefault(found[0], set()).add(found[1])
    assert {name: versions for name, versions in pins.items() if len(versions) > 1} == {}
    assert "setuptools" in pins


def test_the_top_level_is_what_the_plan_names() -> None:
    found = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert found - TOP_LEVEL == set()
    assert TOP_LEVEL - found - LATER == set()


def connector_folders() -> list[str]:
    """All but connectors/http/, which they speak through, and connectors/testing/, which they are tried with."""
    folders = {path.relative_to(ROOT).parts[1] for path in modules("connectors") if path.parent != ROOT / "connectors"}
    return sorted(folders - {"http", "testing"})


@pytest.mark.parametrize("name", connector_folders())
def test_every_connector_is_explained_held_to_the_contract_and_registered(name: str) -> None:
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["stockbridge.connectors"]
    assert (ROOT / "connectors" / name / "README.md").is_file()
    assert "ConnectorContract" in (ROOT / "tests" / "connectors" / name / "test_contract.py").read_text()
    assert any(value.startswith(f"connectors.{name}:") for value in points.values())


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Imports that only a type checker follows count too."""
    graph = grimp.build_graph("bridge", "connectors")
    imported = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    while ends := {name for name, used in imported.items() if not used & imported.keys()}:
        imported = {name: used for name, used in imported.items() if name not in ends}
    assert imported.keys() == set(), "these are in a circle, or import a module that is"


def test_no_chain_of_imports_in_the_flows_is_long() -> None:
    """Who reads a cycle from its top opens no more than so many files one below the other."""
    graph = grimp.build_graph("bridge")
    flows = {name for name in graph.modules if name.startswith("bridge.sync.")}

    @cache
    def longest(name: str) -> tuple[str, ...]:
        below = (longest(used) for used in sorted(graph.find_modules_directly_imported_by(name) & flows))
        return (name, *max(below, key=len, default=()))

    chain = max(map(longest, sorted(flows)), key=len)
    assert len(chain) <= MOST_FLOORS, " → ".join(chain)


def test_nobody_above_the_state_asks_redis_past_it() -> None:
    """import-linter sees who imports redis, and not who uses the client of a `State`."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules("bridge")
        if path.parent.name not in ("state", "process")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "db"
    ]
    assert found == []


def test_files_stay_short() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in modules("bridge", "connectors")
    }
    assert {path: length for path, length in lengths.items() if length >= MAX_LINES} == {}


def test_functions_stay_short() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in modules("bridge", "connectors")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > MAX_FUNCTION
    ]
    assert long == []


def test_no_mocks() -> None:
    mocks = re.compile(r"\b(?:import|from) (?:unittest\.)?" + "mock" + r"\b|unittest\.mock")
    assert [str(path) for path in modules("tests") if path != Path(__file__) and mocks.search(path.read_text())] == []


def test_test_folders_are_no_packages() -> None:
    """A package `tests.redis` or `tests.shopify` would hide the library of that name."""
    ours = [path for path in modules("tests") if "foreign_connector" not in path.parts]  # a distribution of its own
    assert [str(path) for path in ours if path.name == "__init__.py"] == []


def test_every_test_is_run_by_one_of_the_two_suites_and_properties_by_both() -> None:
    """`make test` and `make full` choose by one marker, which tests/conftest.py gives by path, and a sweep by value."""
    make = (ROOT / "Makefile").read_text()
    recipes = re.findall(r"^\t.*pytest (.*)$", make, re.MULTILINE)
    assert sum('-m "not full"' in recipe for recipe in recipes) == 1
    assert sum('-m "full or hypothesis"' in recipe for recipe in recipes) == 1
    (ignored,) = {path for recipe in recipes for path in re.findall(r"--ignore=(\S+)", recipe)}
    assert any(recipe.startswith(f"{ignored} ") for recipe in recipes)  # by its own target, which full calls
    assert [word for word in ("make test", "make full") if word in (ROOT / ".ci" / "run").read_text()] == [
        "make test", "make full"
    ]  # fmt: skip
    missing = [part for part in FULL if not (ROOT / "tests" / part).exists()]
    assert missing == []


def test_a_release_without_redis_is_refused_with_a_sentence() -> None:
    release = (ROOT / "Procfile").read_text().splitlines()[0].partition(": ")[2]
    without = {"PATH": os.environ["PATH"]}
    done = subprocess.run(["sh", "-c", release], env=without, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "REDIS_URL: is not set; add a Redis to this app" in done.stderr


def test_compose_takes_the_number_of_processes_from_where_the_procfile_does() -> None:
    for name in ("Procfile", "docker-compose.yml"):
        assert "--concurrency ${WORKER_CONCURRENCY:-2}" in (ROOT / name).read_text(), name
