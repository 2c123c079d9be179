"""Metrics of runs are sums: what a process holds of them does not grow with the runs there were."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lakehouse_assets.operate import metrics
from lakehouse_assets.operate.metrics import Metrics, registry_of
from lakehouse_assets.ops.append import Position, Records, bring_up_to_date
from lakehouse_assets.ops.tables import MATERIALISATIONS

if TYPE_CHECKING:
    import pyarrow as pa
    import pytest

    from lakehouse_assets.settings import Settings


def test_runs_are_added_up_where_they_lie(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def row(number: int) -> dict[str, object]:
        table, at = f"silver/t{number % 2}", datetime.now(UTC)
        return {"run_id": str(number), "table_id": table, "version": number, "seconds": 0.5, "recorded_at": at}

    told = [Records([row(number) for number in range(50)], Position(1, 1))]
    assert bring_up_to_date(MATERIALISATIONS, lake, lambda _: iter(told)) == 50
    asked: list[pa.Table] = []

    def execute(query: str, settings: Settings) -> pa.Table:
        asked.append(real(query, settings))
        return asked[-1]

    real = metrics.execute
    monkeypatch.setattr(metrics, "execute", execute)
    registry = registry_of(Metrics(lake, every_seconds=3600))
    for table in ("silver/t0", "silver/t1"):
        assert registry.get_sample_value("lakehouse_runs_total", {"table": table}) == 25
        assert registry.get_sample_value("lakehouse_run_seconds_total", {"table": table}) == 12.5
        assert registry.get_sample_value("lakehouse_run_cost_total", {"table": table}) is None
    assert [found.num_rows for found in asked] == [2]
