"""What making partitions takes: seconds by phase, bytes and memory, measured where they are spent."""

from __future__ import annotations

import resource
import sys
from dataclasses import dataclass
from pathlib import Path

RESET = Path("/proc/self/clear_refs")  # "5" lets the kernel count the peak of resident memory anew
STATUS = Path("/proc/self/status")


@dataclass(frozen=True)
class Effort:
    """Seconds by phase, and bytes scanned and written, of one run of a table.

    `read` is None where the engine reads, computes and judges in one pass: all of it is `judge` then. `look` is what
    goes before: the table's log, the landing zone, the ledger. `bytes_scanned` are those of the files that the rows
    came from, None where these are not known; columns and row groups that a reader skips are not taken off.
    """

    look: float = 0.0
    read: float | None = None
    judge: float = 0.0
    quarantine: float = 0.0
    commit: float = 0.0
    bytes_scanned: int | None = None
    bytes_written: int = 0
    peak_memory_bytes: int = 0

    @property
    def seconds(self) -> float:
        """All phases together."""
        return self.look + (self.read or 0.0) + self.judge + self.quarantine + self.commit


def watch_memory() -> None:
    """Count the peak of this process's memory from here on; where the kernel does not, since the process began."""
    try:
        RESET.write_text("5")
    except OSError:
        return  # another system, or a container that forbids it


def peak_memory_bytes() -> int:
    """The greatest resident memory of this process since `watch_memory`, an engine inside the process included."""
    try:
        for line in STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
