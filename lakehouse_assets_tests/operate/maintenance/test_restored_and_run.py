"""Whatever was delivered and whatever is restored: after the next run the lake is as if nobody had restored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakehouse_assets import catalog
from lakehouse_assets.lake import Lake
from lakehouse_assets.operate.maintenance.restoring import plan_restore, restore_table
from lakehouse_assets.replaying import Reason
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.maintaining.prices import DAYS, DECLARED, Prices, deliver, everything, prices, run
from resources.engines.maintenance import EmbeddedMaintenance

if TYPE_CHECKING:
    import pytest
    from pyspark.sql import SparkSession

WHY = Reason("ann", "to try it")
one_price = st.tuples(st.sampled_from(["tea", "rum", "gin"]), st.integers(-2, 9))
one_delivery = st.tuples(
    st.sampled_from(DAYS), st.sampled_from(["prices", "more"]), st.lists(one_price, min_size=1, max_size=3)
)
restored = st.tuples(st.sampled_from([Prices, prices]), st.floats(0, 1))


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    deliveries=st.lists(st.lists(one_delivery, min_size=1, max_size=2), min_size=2, max_size=4),
    restores=st.lists(restored, min_size=1, max_size=3),
    compacted=st.booleans(),
)
def test_a_restore_and_a_run_end_as_if_nothing_had_been_restored(
    lake: Settings,
    spark: SparkSession,
    tmp_path_factory: pytest.TempPathFactory,
    deliveries: list[list[Any]],
    restores: list[tuple[Any, float]],
    compacted: bool,
) -> None:
    home = tmp_path_factory.mktemp("home")
    own = Settings(home, str(home / "lake"), str(home / "landing"), "embedded")
    with patch.object(catalog, "tables", lambda: DECLARED):
        for some in deliveries:
            for day, name, rows in some:
                deliver(own, day, "".join(f"{product},{price}\n" for product, price in rows), name)
            run(own, spark)
        never = everything(own)
        for table, part in restores:
            if compacted:
                EmbeddedMaintenance().compact(own.table_url(table.layer, table.name))
            version = Lake(own).version(table) or 0
            restore_table(plan_restore(table, own, str(round(part * version))), WHY)
        run(own, spark)
        assert everything(own) == never
        assert run(own, spark) == {Prices.id: [], prices.id: []}
