"""How many cases of bad data Spark's own readers would read as ours do; needs SPARK_REMOTE. ADR 19 cites it.

A case counts as the same where the good rows have the same values and as many records are set apart. Line numbers,
reasons and texts, which Spark has not, are not even asked for.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql.pandas.types import from_arrow_schema

from lakehouse_assets_tests.ingest.bad_data import CASES, Case
from resources.engines.engine import stop
from resources.engines.spark import SparkEngine

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CORRUPT = "_corrupt"


def same(session: SparkSession, case: Case, folder: Path) -> bool:
    """Whether Spark's reader of the format gives the case's rows and as many malformed records."""
    path = folder / f"{case.id}.data"
    path.write_bytes(case.content())
    schema = from_arrow_schema(case.columns)
    if case.source.format != "parquet":
        schema = schema.add(CORRUPT, "string")
    reader = session.read.schema(schema).option("mode", "PERMISSIVE").option("columnNameOfCorruptRecord", CORRUPT)
    if case.source.format == "csv":
        reader = reader.options(
            header=case.source.header, sep=case.source.delimiter, quote='"', escape='"', multiLine=True
        )
    try:
        rows = [
            row.asDict() for row in reader.format(case.source.format.replace("jsonl", "json")).load(str(path)).collect()
        ]
    except Exception:  # noqa: BLE001 - whatever it is, the file counts as unreadable
        return case.unreadable is not None
    if case.unreadable:
        return False
    good = [tuple(row[name] for name in case.columns.names) for row in rows if row.get(CORRUPT) is None]
    return sorted(map(repr, good)) == sorted(map(repr, case.rows)) and len(rows) - len(good) == len(case.bad)


def main() -> None:
    """Print, for each format, how many cases are the same."""
    counted: Counter[tuple[str, bool]] = Counter()
    session = SparkEngine().spark_session
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            outcome = same(session, case, Path(folder))
            counted[case.source.format, outcome] += 1
            print(f"{'same' if outcome else 'other'}  {case.source.format:8} {case.arrives}")
    for format_ in ("csv", "jsonl", "parquet"):
        print(f"{format_}: {counted[format_, True]} of {counted[format_, True] + counted[format_, False]} the same")
    stop()


if __name__ == "__main__":
    main()
