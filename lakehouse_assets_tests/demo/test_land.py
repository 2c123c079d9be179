"""Landing the demo: deliveries appear once, those of tables with history dated by the first day of the data."""

from datetime import UTC, datetime
from pathlib import Path

from lakehouse_assets.demo.land import land


def test_histories_begin_with_the_data_and_a_second_landing_touches_nothing(tmp_path: Path) -> None:
    def times() -> dict[str, int]:
        return {str(p.relative_to(tmp_path)): p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()}

    first = list(land(str(tmp_path), last="2017-01-01"))
    landed = times()
    assert sum(source.written for source in first) == len(landed)
    begins = int(datetime(2017, 1, 1, tzinfo=UTC).timestamp() * 1e9)
    dated = {name for name, modified in landed.items() if modified == begins}
    assert dated == {"products/products.parquet", "households/households.jsonl"}
    assert [source.written for source in land(str(tmp_path), last="2017-01-01")] == [0] * len(first)
    assert times() == landed
