"""When a table was made, as its log tells."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from deltalake import DeltaTable

from lakehouse_assets.maintaining.guard import Retention
from lakehouse_assets.maintaining.vacuum import Deletable, delete
from lakehouse_assets.operate.health import health_of
from lakehouse_assets.policies.maintenance import Maintenance
from lakehouse_assets_tests.test_lake import NEW_YEAR, make

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings


def test_when_rows_came_is_known_however_many_commits_of_maintenance_came_after_them(lake: Settings) -> None:
    url = lake.table_url("bronze", "transactions")
    make(lake, "bronze/transactions", NEW_YEAR)
    before = health_of(DeltaTable(url), None, Maintenance())
    for _ in range(5):
        delete(Deletable(url, Retention(timedelta(days=7), timedelta(days=1)), paths=("old.parquet",)), {})
    after = health_of(DeltaTable(url), None, Maintenance(), look_back=2)
    assert after.made_at == before.made_at is not None
    assert after.maintained_at is not None
