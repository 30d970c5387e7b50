"""Where the demo keeps its Redis, logs and configuration."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bridge.process.supervisor import alone

HOME = Path(".stockbridge") / "demo"


@contextmanager
def folder(*, once: bool) -> Iterator[Path]:
    """`.stockbridge/demo`, emptied; or, for a single run, a folder of its own, kept only when the run fails."""
    if once:
        found = Path(tempfile.mkdtemp(prefix="stockbridge-demo-"))
        yield found
        shutil.rmtree(found, ignore_errors=True)
        return
    busy = f"Another demo is running in {HOME.resolve()}; end it, or use --once."
    with alone(HOME.parent / "demo.lock", busy):
        shutil.rmtree(HOME, ignore_errors=True)
        HOME.mkdir(mode=0o700)
        yield HOME.resolve()


def write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")
