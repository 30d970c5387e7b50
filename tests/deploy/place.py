"""Trees as a host gets them, installed as it installs: each once for all tests of a run."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLAIN = "/usr/local/bin:/usr/bin:/bin"


def whole(folder: Path) -> Path:
    """A copy of all that is, or would be, committed."""
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-co", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in listed:
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def builder(**more: str) -> dict[str, str]:
    """The environment of a machine that builds: what pip knows of where packages come from, and nothing of ours."""
    kept = {name: text for name, text in os.environ.items() if name.startswith(("PIP_", "SSL_", "UV_"))}
    kept |= {name: text for name, text in os.environ.items() if name.lower().endswith("_proxy")}
    return {"HOME": os.environ.get("HOME", ""), "LANG": "C.UTF-8", "PATH": PLAIN, **kept, **more}


def run_line(line: str, folder: Path, env: Mapping[str, str]) -> str:
    """What a line says. Fails with it where the line fails."""
    done = subprocess.run(
        ["sh", "-ec", line], cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{line}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def venv(folder: Path) -> Path:
    """A fresh one, of the Python that runs the tests."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    return folder


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that the first of all test processes fills, and for which the others wait."""
    base = factory.getbasetemp()
    base = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    made = base / name
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (made / "complete").exists():
            shutil.rmtree(made, ignore_errors=True)
            made.mkdir()
            make(made)
            (made / "complete").touch()
    return made


def python_named(folder: Path, name: str) -> Path:
    """A folder for PATH in which the Python of the tests, without what is installed beside it, has that name."""
    folder.mkdir(exist_ok=True)
    own = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    (folder / name).write_text(f'#!/bin/sh\nexec {own} "$@"\n')
    (folder / name).chmod(0o755)
    return folder
