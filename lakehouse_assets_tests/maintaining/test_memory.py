"""Files of a partition of any size are joined and sorted in bounded memory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, convert_to_deltalake

from lakehouse_assets.errors import ContractError
from lakehouse_assets.publish.rewrite import Job, rewrite_slot, stored_rows

# Not by `getrusage`, which tells of a process what the one that started it had reached, here whatever ran before.
COMPACT = """
import sys
from lakehouse_assets.publish import rewrite
from lakehouse_assets.publish.effort import peak_memory_bytes
from resources.engines.maintenance import EmbeddedMaintenance
rewrite.SPILL = 256 << 20  # a half: else only much larger partitions would show anything
EmbeddedMaintenance().compact(sys.argv[1], cluster_by=sys.argv[2:], file_bytes=32 << 20)
print(peak_memory_bytes())
"""
PIECE = 8 << 20  # bytes of a file, which cannot be compressed
ROWS = PIECE // 128


@pytest.fixture(scope="module")
def piece(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One small file."""
    who = pa.Array.from_buffers(pa.int64(), ROWS, [None, pa.py_buffer(os.urandom(ROWS * 8))])
    what = pa.Array.from_buffers(pa.binary(120), ROWS, [None, pa.py_buffer(os.urandom(ROWS * 120))])
    path = tmp_path_factory.mktemp("piece") / "piece.parquet"
    pq.write_table(pa.table({"who": who, "what": what.cast(pa.binary())}), path)
    return path


def peak(url: Path, piece: Path, pieces: int, *cluster_by: str) -> int:
    """The peak in MiB of joining so many of these small files, which must then be fewer."""
    url.mkdir()
    for number in range(pieces):
        shutil.copy(piece, url / f"{number}.parquet")
    convert_to_deltalake(str(url))
    command = [sys.executable, "-c", COMPACT, str(url), *cluster_by]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    table = DeltaTable(str(url))
    assert len(table.file_uris()) < pieces
    assert sum(table.get_add_actions().column("num_records").to_pylist()) == pieces * ROWS
    shutil.rmtree(url)
    return int(done.stdout) >> 20


@pytest.mark.parametrize(
    ("pieces", "cluster_by"), [pytest.param(36, (), id="joined"), pytest.param(24, ("who",), id="sorted, too")]
)
def test_a_partition_four_times_as_large_takes_no_more_memory(
    tmp_path: Path, piece: Path, pieces: int, cluster_by: tuple[str, ...]
) -> None:
    small = peak(tmp_path / "small", piece, pieces, *cluster_by)
    large = peak(tmp_path / "large", piece, 4 * pieces, *cluster_by)
    more = 3 * pieces * PIECE >> 20  # MiB of rows that the other one has more
    assert large < small + more // 2  # measured: 10 to 150 more, as the allocators give back


def test_rows_are_not_read_ahead_of_a_writer_that_is_slower(tmp_path: Path, piece: Path) -> None:
    url, files = tmp_path / "table", 24
    url.mkdir()
    for number in range(files):
        shutil.copy(piece, url / f"{number}.parquet")
    convert_to_deltalake(str(url))
    rows = most = 0

    def write_slowly(job: Job) -> None:
        nonlocal rows, most
        before = pa.total_allocated_bytes()
        for batch in stored_rows(job):
            time.sleep(0.01)  # reading it takes a tenth of that
            rows, most = rows + batch.num_rows, max(most, pa.total_allocated_bytes() - before)

    with pytest.raises(ContractError, match="rows would become 0"):
        rewrite_slot(DeltaTable(str(url)), "", file_bytes=1 << 30, write=write_slowly)
    assert rows == files * ROWS
    assert most < 4 * PIECE
