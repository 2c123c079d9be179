"""Workers need nothing of this library but the file that they are given."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from resources.engines.library import pack_library

# Reads a delivery as a worker does, and prints which of the library's modules came from elsewhere than the archive.
READ = """
import sys
from datetime import UTC, datetime
archive, root = sys.argv[1:]
sys.path.insert(0, archive)
import pyarrow as pa
from pyspark.sql.pandas.types import from_arrow_schema
from lakehouse_assets.ingest.deliveries import find_deliveries
from lakehouse_assets.ingest.load import Bronze
from lakehouse_assets.ingest.rejects import BRONZE_RULES
from lakehouse_assets.ingest.sources import csv
from lakehouse_assets.ingest.workers import _stage
from lakehouse_assets.publish.target import Target
columns = from_arrow_schema(pa.schema([("a", pa.string())]))
target = Target("bronze/x", f"{root}/lake", f"{root}/quarantine", columns, None, BRONZE_RULES)
bronze = Bronze(target, csv("x"), root, "1")
(delivery,) = find_deliveries(root, bronze.source, partitioned=False)
assert _stage(bronze, delivery, "staged", datetime.now(UTC), "r")["rows"] == 2
ours = {n: m.__file__ for n, m in sys.modules.items() if n.partition(".")[0] == "lakehouse_assets"}
print(*(name for name, path in ours.items() if not path.startswith(archive)))
"""


def test_a_worker_reads_a_delivery_by_the_modules_in_it_alone(tmp_path: Path) -> None:
    delivered = tmp_path / "x" / "a.csv"
    delivered.parent.mkdir()
    delivered.write_text("a\n1\n2\n")
    given = [str(pack_library(tmp_path)), str(tmp_path)]
    done = subprocess.run([sys.executable, "-c", READ, *given], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
