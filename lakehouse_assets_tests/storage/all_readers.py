"""A process that lets every library write and read below LAKEHOUSE_ROOT: Arrow, the engine, delta-rs and DuckDB.

It prints the sum that each saw, or the error.
"""

from __future__ import annotations

import sys


def main() -> None:
    import duckdb
    import pyarrow as pa

    from lakehouse_assets.publish.commit import open_table
    from lakehouse_assets.publish.frames import load_frame, schema_of, stage_frame
    from lakehouse_assets.publish.publication import publish
    from lakehouse_assets.publish.ranges import Range
    from lakehouse_assets.publish.target import Origin, Target
    from lakehouse_assets.settings import Settings
    from lakehouse_assets.storage import place
    from resources.engines import embedded

    lake = place(Settings.from_environment().root)
    lake.put("arrow/numbers.txt", lambda stream: stream.write(b"6") and None)
    (found,) = lake.files(below="arrow")
    with lake.system.open_input_stream(found.path, compression=None) as stream:
        print("arrow", int(stream.read()))
    url = f"{lake.path}/some/table"
    session = embedded.EmbeddedEngine().spark_session
    frame = session.createDataFrame(pa.table({"n": [1, 2, 3]}))
    publish(stage_frame(frame, Target("t", url, f"{url}-quarantine", schema_of(frame)), Range.whole()), Origin("r"))
    print("engine", load_frame(url, "spark", None, None, lambda: session).groupBy().sum("n").collect()[0][0])
    print("delta-rs", sum(load_frame(url, "arrow", None, None, lambda: session)["n"].to_pylist()))
    rows = open_table(url).to_pyarrow_dataset()
    print("duckdb", duckdb.connect().register("rows", rows).sql("select sum(n)::int from rows").fetchall()[0][0])
    embedded.stop()


if __name__ == "__main__":
    sys.exit(main())
