"""What `stockbridge check` says, asked of the command itself: a process of its own, that ends when it is done."""

import asyncio
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from bridge import log

LONGEST = 180.0  # seconds
LARGEST = 4 * 1024 * 1024  # bytes that it may say
SILENT = f"The check did not end within {LONGEST:.0f} seconds; run `stockbridge check` where you can watch it."
BUSY = "A check is under way; ask again when its answer is there."
BROKEN = "The check ended without a word; run `stockbridge check` where you can watch it."


class Checks:
    """Those that somebody asks for by hand: one at a time, for each asks the warehouse and every store. config: the
    file of the configuration, where one was named."""

    def __init__(self, config: Path | None) -> None:
        self._config, self._busy, self._offline = config, False, asyncio.Lock()

    async def offline(self) -> dict[str, Any]:
        """One after the other, too: each is a process, and any viewer may ask."""
        async with self._offline:
            return await check(self._config, offline=True)

    async def online(self, by: str) -> dict[str, Any] | None:
        """None: one is under way."""
        if self._busy:
            return None
        self._busy = True
        try:
            report = await check(self._config, offline=False)
        finally:
            self._busy = False
        log.emit("action", act="check", ok=bool(report.get("ok")), by=by)
        return report


async def check(config: Path | None, *, offline: bool) -> dict[str, Any]:
    """The report of `check --json`; {"ok": False, "error": why} where there is none."""
    words = ["check", "--json", *(["--offline"] if offline else []), *(["--config", str(config)] if config else [])]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bridge", *words, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL, env=os.environ, limit=LARGEST,
    )  # fmt: skip
    try:
        said, _ = await asyncio.wait_for(process.communicate(), LONGEST)
    except TimeoutError:
        return {"ok": False, "error": SILENT}
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    try:
        report: dict[str, Any] = json.loads(said)
    except ValueError:
        return {"ok": False, "error": BROKEN}
    return report
