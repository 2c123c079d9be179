"""A delivery of any size is loaded in pieces, and committed once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

# Not by `getrusage`, which tells of a process what the one that started it had reached, here whatever ran before.
LOAD = """
import sys
from pathlib import Path
from lakehouse_assets.making import make
from lakehouse_assets.publish.effort import peak_memory_bytes
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.ingest.visits import Visits
home = Path(sys.argv[1])
_, published = make(Visits, Settings(home, str(home / "lake"), str(home / "landing"), "embedded"), None, ["2017-01-01"])
print(published.version, published.files, published.judgement.total.accepted, peak_memory_bytes())
"""
LINE = b"store-000000000001,household-0000000000000001\n"


def printed_by(script: str, *given: object) -> list[int]:
    """The numbers that a script prints, run in a process of its own."""
    command = [sys.executable, "-c", script, *map(str, given)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return [int(word) for word in done.stdout.split()]


def peak(home: Path, megabytes: int, end: bytes) -> tuple[int, int, int, int]:
    """(version, files, rows, peak in MiB) of loading one file of a size into an empty lake."""
    path = home / "landing/visits/2017-01-01/a.csv"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.write(b"store,who\n")
        for _ in range(megabytes):
            file.write(LINE * ((1 << 20) // len(LINE)))
        file.write(end)
    version, files, rows, peak_bytes = printed_by(LOAD, home)
    return version, files, rows, peak_bytes >> 20


@pytest.mark.parametrize("end", [pytest.param(b"", id="well-formed"), pytest.param(b'1,"never closed\n', id="damaged")])
def test_a_file_many_times_as_large_takes_no_more_memory_and_one_commit(tmp_path: Path, end: bytes) -> None:
    # Of a well-formed file so much is read ahead of what is written: what is no larger takes less.
    megabytes, times = (120, 4) if not end else (40, 2)
    small = peak(tmp_path / "small", megabytes, end)

    def is_bounded(attempt: str) -> bool:
        version, files, rows, large = peak(tmp_path / attempt, times * megabytes, end)
        assert (version, files) == (0, 1)
        assert rows > 0.95 * times * small[2]
        return large < small[3] + 64

    # An allocator gives back when it likes: one of two loads may keep more. What grows with the file always does.
    assert is_bounded("large") or is_bounded("large again")


# Stages so many rejected records as a reader does, and prints what it takes to count them: without the reading of text,
# which takes minutes for what a file of gigabytes has of them.
COUNT = """
import sys
from lakehouse_assets.ingest.deliveries import Delivery
from lakehouse_assets.ingest.readers.pieces import ROWS, Malformed
from lakehouse_assets.ingest.rejects import rejected_records
from lakehouse_assets.publish.effort import peak_memory_bytes, watch_memory
from lakehouse_assets.publish.staging import read_staging
from lakehouse_assets.publish.verdict import REJECTED
from lakehouse_assets.publish.writer import SlotWriter
delivery = Delivery("a.csv", "visits/2017-01-01/a.csv", 1, 1, "2017-01-01")
records = rejected_records(delivery, [Malformed(n, n, "3 values for 2 columns", "1,2,3") for n in range(ROWS)])
with SlotWriter(sys.argv[1], "staged", "day", REJECTED) as writer:
    for _ in range(int(sys.argv[2])):
        writer.write(records)
watch_memory()
(file,) = read_staging(sys.argv[1], "staged").files
assert file.flagged == {("2017-01-01", (2,)): int(sys.argv[2]) * ROWS}
print(peak_memory_bytes())
"""


def test_a_file_of_which_no_record_can_be_read_is_counted_in_no_more_memory_however_many_it_has(tmp_path: Path) -> None:
    def peak_of(pieces: int) -> int:
        (peak_bytes,) = printed_by(COUNT, tmp_path / str(pieces), pieces)
        return peak_bytes >> 20

    assert peak_of(100) < peak_of(1) + 64  # all at once they would take 200 MiB more


REJECT = LOAD.replace("visits import Visits", "test_load_kept import Guests as Visits").replace(
    ".accepted", ".quarantined"
)


def test_long_records_that_cannot_be_read_are_quarantined_in_memory_that_does_not_grow_with_their_number(
    tmp_path: Path,
) -> None:
    def peak_of(records: int) -> int:
        home = tmp_path / str(records)
        path = home / "landing/guests/2017-01-01/a.csv"
        path.parent.mkdir(parents=True)
        with path.open("w") as file:
            file.write("store,who\n1,ann\n")
            file.writelines(f"1,2,{os.urandom(30_000).hex()}\n" for _ in range(records))
        _, _, rejected, peak_bytes = printed_by(REJECT, home)
        assert rejected == records
        return peak_bytes >> 20

    assert peak_of(8_000) < peak_of(4_000) + 128  # all at once they would take 240 MiB more, and their copies
