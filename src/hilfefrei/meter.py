"""Counts and times of answers by view, shared by all web processes. Never by person or worker.

One small shared map, made before gunicorn forks (``preload_app``): all its children count into the same numbers. The file under
it has no name and is gone with the last process; a start begins at nought, as counters may. POSIX record locks order the
processes (the kernel frees one whose holder was killed), a plain lock the threads of one.
"""

import fcntl
import mmap
import os
import struct
import tempfile
import threading
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

# Upper bounds in seconds; p95 of the worst page is to stay below 0.5 s.
BOUNDS = (0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 1.0, 2.0, 5.0)
# First digit of the status.
CLASSES = (1, 2, 3, 4, 5)
_ROW = struct.Struct(f"<{len(CLASSES)}Q{len(BOUNDS) + 1}Qd")
# What no address of the table answered: files of the look, unknown addresses, refusals before the table was asked.
ELSEWHERE = ""


@dataclass(frozen=True)
class Reading:
    """The numbers of one view: answers by first digit of the status, by time (one bucket more than BOUNDS), seconds in all."""

    view: str
    by_class: tuple[int, ...]
    by_time: tuple[int, ...]
    seconds: float

    @property
    def count(self) -> int:
        """All answers."""
        return sum(self.by_time)


class Meter:
    """Numbers for the views in ``names``; any other counts as elsewhere."""

    def __init__(self, names: Sequence[str]) -> None:
        self._rows = {name: index for index, name in enumerate((ELSEWHERE, *sorted(set(names) - {ELSEWHERE})))}
        size = _ROW.size * len(self._rows)
        # The descriptor stays open as long as the process lives: closing it would free the lock of this process.
        self._file, name = tempfile.mkstemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)  # noqa: S108 - shared memory; its name goes at once
        os.unlink(name)  # noqa: PTH108 - the file stays for whoever holds the descriptor
        os.ftruncate(self._file, size)
        self._map = mmap.mmap(self._file, size)
        self._threads = threading.Lock()

    def count(self, view: str, status: int, seconds: float) -> None:
        """One answer."""
        offset = _ROW.size * self._rows.get(view, 0)
        with self._threads:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                *numbers, total = _ROW.unpack_from(self._map, offset)
                numbers[min(max(status // 100, 1), 5) - 1] += 1
                numbers[len(CLASSES) + bisect_left(BOUNDS, seconds)] += 1
                _ROW.pack_into(self._map, offset, *numbers, total + seconds)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)

    def read(self) -> Iterator[Reading]:
        """What was counted since the start, by view; views nobody asked for are left out."""
        with self._threads:
            fcntl.lockf(self._file, fcntl.LOCK_SH)
            try:
                content = bytes(self._map)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)
        for view, index in self._rows.items():
            *numbers, total = _ROW.unpack_from(content, _ROW.size * index)
            if any(numbers):
                yield Reading(view, tuple(numbers[: len(CLASSES)]), tuple(numbers[len(CLASSES) :]), total)
