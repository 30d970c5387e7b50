"""A document of deployment, followed literally: its shell lines are run, with stand-ins for the programs of a host that
check what they are told and do what the host would do."""

import json
import os
import re
import socketserver
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from .place import PLAIN, ROOT

Answer = Callable[[Sequence[str]], tuple[int, str]]
"""The words of a command → its exit code and what it prints. What it raises fails the line."""

BLOCK = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
UNKNOWN = 96
PROGRAM = """#!{python} -SE
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as asked:
    asked.connect({at!r})
    said = asked.makefile("rw")
    said.write(json.dumps([os.path.basename(sys.argv[0]), *sys.argv[1:]]) + "\\n")
    said.flush()
    code, text = json.loads(said.readline())
sys.stdout.write(text)
sys.exit(code)
"""


def blocks(name: str, kind: str = "sh") -> list[str]:
    """What stands between fences of that kind in `docs/NAME.md`."""
    text = (ROOT / "docs" / f"{name}.md").read_text("utf-8")
    return [found["text"] for found in BLOCK.finditer(text) if found["kind"] == kind]


@contextmanager
def standing_in(folder: Path, answers: Mapping[str, Answer]) -> Iterator[str]:
    """A PATH on which those programs stand before the machine's own."""
    folder.mkdir()
    at = str(folder / "at")
    with _Server(at, answers) as server:
        for name in answers:
            (folder / name).write_text(PROGRAM.format(python=sys.executable, at=at))
            (folder / name).chmod(0o755)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"{folder}:{PLAIN}"
        finally:
            server.shutdown()


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, at: str, answers: Mapping[str, Answer]) -> None:
        super().__init__(at, _Line)
        self.answers = answers


class _Line(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        words = json.loads(self.rfile.readline())
        try:
            said = self.server.answers[words[0]](words)
        except BaseException:  # noqa: BLE001  (told to whoever asked)
            said = UNKNOWN, traceback.format_exc()
        self.wfile.write(json.dumps(said).encode() + b"\n")


def follow(text: str, folder: Path, path: str) -> str:
    """What a block of shell lines prints. Fails at the first line that fails, or that nobody knows."""
    done = subprocess.run(
        ["sh", "-eux"], input=text, cwd=folder, env={"PATH": path, "LANG": "C.UTF-8", "HOME": os.fspath(folder)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{text}\n{done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout
