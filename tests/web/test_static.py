"""What browsers load beside a page: files of others unchanged, ours, and nothing else."""

import base64
import hashlib
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bridge.web.assets import FOLDER, SERVED

from .page import Person

VENDOR = FOLDER / "vendor"
VENDORED = tomllib.loads((VENDOR / "VENDORED.toml").read_text())
TEMPLATES = sorted((FOLDER.parent / "templates").glob("*.html"))
OURS = [*TEMPLATES, *(path for path in FOLDER.iterdir() if path.is_file())]


def test_every_file_of_others_is_named() -> None:
    assert sorted(VENDORED) == sorted(path.name for path in VENDOR.iterdir() if path.name != "VENDORED.toml")
    assert {entry["package"] for entry in VENDORED.values() if entry["file"] == "LICENSE"} == {
        entry["package"] for entry in VENDORED.values()
    }


@pytest.mark.parametrize("name", VENDORED)
def test_a_file_of_others_is_unchanged(name: str) -> None:
    found = base64.b64encode(hashlib.sha384((VENDOR / name).read_bytes()).digest()).decode()
    assert found == VENDORED[name]["sha384"]


FORBIDDEN = {
    "a handler in an attribute": r"<[^>]+\son[a-z]+=",
    "code of htmx in an attribute": r"hx-on|js:|javascript:|hx-live|hx-vals",
    "a filter of htmx": r'hx-trigger="[^"]*\[',
    "a style in an attribute or an element": r"\sstyle=|<style",
    "a script in the page": r"<script(?![^>]*\ssrc=)",
    "another host": r"(?:src|href|action)=[\"'](?:https?:)?//",
    "what is not escaped": r"\|\s*safe\b|autoescape",
    "attributes of htmx 2": r"hx-ext|sse-connect|sse-swap",
}


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_that_the_policy_forbids_is_written(path: Path, what: str) -> None:
    assert re.findall(FORBIDDEN[what], path.read_text(), re.IGNORECASE) == []


def test_files_are_kept_for_ever_under_an_address_of_their_content(till: Any) -> None:
    person = Person(till)
    addresses = re.findall(r'(?:src|href)="(/static/[^"]+)"', person.get("/").text)
    assert len(addresses) == 5
    for address in addresses:
        answer = person.get(address)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
        assert answer.headers["content-type"].split(";")[0] in ("text/css", "text/javascript", "image/svg+xml")


TRICKS = [
    "../app.py",
    "%2e%2e/app.py",
    "..%2fapp.py",
    "vendor/../../app.py",
    "",
    "vendor",
    "vendor/VENDORED.toml",
    "%00",
]


@pytest.mark.parametrize("name", TRICKS)
def test_no_trick_leads_out_of_the_folder(till: Any, name: str) -> None:
    person = Person(till)
    stamp = till.site.assets.stamp
    assert person.get(f"/static/{stamp}/{name}").status_code == 404
    assert person.get("/static/other/app.css").status_code == 404


def test_everything_that_a_page_may_name_is_packed_with_the_program() -> None:
    packed = tomllib.loads((FOLDER.parents[2] / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    files = [path for path in FOLDER.rglob("*") if path.suffix in (*SERVED, ".toml")] + TEMPLATES
    base = FOLDER.parents[1]
    taken = {path for pattern in packed["bridge"] for path in base.glob(pattern)}
    assert [path for path in files if path not in taken] == []
