"""The steps of the Dockerfile, done without an engine: every absolute path lies below a root of its own, and every
stage is that root, so that what one copies from another keeps its paths."""

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .documents import standing_in
from .place import PLAIN, ROOT, builder, python_named, whole

ABSOLUTE = re.compile(r"(?<![\w.$/])/(?=(?:venv|src|app)\b)")
"""Where a path of the image begins."""

KEEP = {"FROM", "WORKDIR", "RUN", "ENV", "COPY", "USER", "CMD"}


def steps(text: str) -> list[tuple[str, str]]:
    """Instruction and its words, one a step."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = [line for line in lines.replace("\\\n", " ").splitlines() if line.strip()]
    found = [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in joined)]
    assert {word for word, _ in found} <= KEEP, found
    return found


def is_sent(name: str, rules: Sequence[str]) -> bool:
    """Whether a file is part of what the engine is given: the last rule of .dockerignore that fits decides."""
    sent = True
    for rule in rules:
        pattern = rule.removeprefix("!").removeprefix("**/")
        parts = [*Path(name).parts, name]
        if any(fnmatch.fnmatch(part, pattern) for part in (parts if "**/" in rule else (parts[0], name))):
            sent = rule.startswith("!")
    return sent


class Image:
    """folder: `root`, and what the first stage left."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, folder / "root"
        self.part, self.at, self.env, self.user = "", "/", dict[str, str](), "root"
        self.cmd: list[str] = []
        rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
        tree = whole(folder / "tree")
        names = [str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_file()]
        for name in names:
            if not is_sent(name, rules):
                (tree / name).unlink()
        self.tree = tree

    def placed(self, text: str) -> str:
        return ABSOLUTE.sub(f"{self.root}/", text)

    def FROM(self, rest: str) -> None:
        image, _, part = rest.partition(" AS ")
        assert image == "python:3.13-slim", image
        assert (ROOT / ".python-version").read_text().strip() == image[7:11]
        if self.root.exists():
            self.root.rename(self.folder / self.part)
        self.part, self.at, self.env, self.user = part, "/", {}, "root"
        self.root.mkdir()

    def WORKDIR(self, rest: str) -> None:
        self.at = rest
        (self.root / rest.strip("/")).mkdir(parents=True, exist_ok=True)

    def ENV(self, rest: str) -> None:
        pairs = [word.partition("=") for word in shlex.split(rest)]
        self.env |= {name: self.placed(text.replace("$PATH", PLAIN)) for name, _, text in pairs}

    def COPY(self, rest: str) -> None:
        *sources, target = [word for word in rest.split() if not word.startswith("--from=")]
        flag, _, part = rest.split(maxsplit=1)[0].partition("=")
        start = self.folder / part if flag == "--from" else self.tree
        goal = self.root / (target if target.startswith("/") else f"{self.at}/{target}").strip("/")
        for name in sources:
            source = start / name.strip("/")
            assert source.exists(), f"{name} is not sent to the engine"
            if source.is_dir():
                shutil.copytree(source, goal, symlinks=True, dirs_exist_ok=True)
            else:
                shutil.copy2(source, goal / source.name if goal.is_dir() else goal)

    def RUN(self, rest: str) -> None:
        tools = python_named(self.folder / "tools", "python")
        shutil.rmtree(self.folder / "accounts", ignore_errors=True)
        with standing_in(self.folder / "accounts", {"useradd": self.useradd, "install": self.install}) as path:
            env = builder(**self.env, PATH=f"{tools}:{path}")
            done = subprocess.run(
                ["sh", "-ec", self.placed(rest)], cwd=self.root / self.at.strip("/"), env=env, capture_output=True,
                text=True, check=False,
            )  # fmt: skip
        assert done.returncode == 0, f"RUN {rest}\n{done.stdout}\n{done.stderr}"

    @staticmethod
    def useradd(words: Sequence[str]) -> tuple[int, str]:
        assert words[1:] == ["--system", "--uid", "10001", "--create-home", "stockbridge"], words
        return 0, ""

    def install(self, words: Sequence[str]) -> tuple[int, str]:
        assert words[1:4] == ["-d", "-o", "stockbridge"], words
        assert Path(words[4]).is_relative_to(self.root), words
        Path(words[4]).mkdir()
        return 0, ""

    def USER(self, rest: str) -> None:
        self.user = rest

    def CMD(self, rest: str) -> None:
        self.cmd = json.loads(rest)


def replay(folder: Path) -> None:
    """All steps; `root` holds what the image would, and `image.json` what it says of how it is run."""
    image = Image(folder)
    for word, rest in steps((ROOT / "Dockerfile").read_text()):
        getattr(image, word)(rest)
    shutil.rmtree(folder / "build")
    said = {"env": image.env, "user": image.user, "at": image.at, "cmd": image.cmd, "root": os.fspath(image.root)}
    (folder / "image.json").write_text(json.dumps(said))
