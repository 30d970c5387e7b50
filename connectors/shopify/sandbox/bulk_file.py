"""The file of a bulk operation, in the making: some lines at a time, on disk once it is large."""

import mmap
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from tempfile import SpooledTemporaryFile

from connectors.testing.http import Body

IN_MEMORY = 1024 * 1024
"""Bytes of a file that stay off the disk."""


class BulkFile:
    """lines: (whether it is a row of the outermost connection, its JSON). Unless they are grouped, all other rows
    follow those, whenever they come. written, outermost: lines so far, and those of the outermost connection."""

    def __init__(self, lines: Iterator[tuple[bool, bytes]], *, group: bool) -> None:
        self._lines, self.written, self.outermost = lines, 0, 0
        self._files = ExitStack()
        opened = (SpooledTemporaryFile(IN_MEMORY) for _ in range(1 if group else 2))  # noqa: SIM115  (closed by the stack)
        files = [self._files.enter_context(file) for file in opened]
        self._file, self._below = files[0], files[-1]

    def write(self, most: int) -> bool:
        """Write so many lines more → whether there were so many. Raises what reading a row raises."""
        before = self.written
        for is_outermost, line in islice(self._lines, most):
            self.written += 1
            self.outermost += is_outermost
            (self._file if is_outermost else self._below).write(line + b"\n")
        return self.written - before == most

    def finish(self, lines: int) -> Body:
        """Close it → the first so many lines."""
        with self._files:
            if self._below is not self._file:
                self._below.seek(0)
                shutil.copyfileobj(self._below, self._file)
            if lines < self.written:
                self._file.seek(0)
                self._file.truncate(sum(len(self._file.readline()) for _ in range(lines)))
            if self._file.seek(0, os.SEEK_END) > IN_MEMORY:
                self._file.flush()
                return mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
            self._file.seek(0)
            return self._file.read()
