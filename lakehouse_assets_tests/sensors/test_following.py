"""Silver and gold are asked for when what they are made from has changed, and not otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.demo.land import land
from lakehouse_assets.making import make
from sensors import following
from sensors.following import LIMITS, PATIENCE

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings
    from resources.engines.embedded import EmbeddedEngine

FIRST, SECOND = "2017-01-01", "2017-01-02"
FIRST_WEEK, SECOND_WEEK = "2016-12-26", "2017-01-02"


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


class Automation:
    """The conditions of all tables, evaluated one look after the other."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        from lakehouse_assets.definitions import defs

        self.instance, self.defs, self.cursor = instance, defs, None
        self.job = defs.resolve_implicit_global_asset_job_def()

    def wanted(self, after: timedelta = timedelta(0), *only: str) -> dict[str, list[str]]:
        """The partitions that a look asks for, by table, some time from now; `only` these tables are looked at."""
        found = dg.evaluate_automation_conditions(
            self.defs,
            self.instance,
            asset_selection=dg.AssetSelection.assets(*(name.split("/") for name in only or TABLES)),
            cursor=self.cursor,
            evaluation_time=datetime.now().astimezone() + after,
        )
        self.cursor = found.cursor
        keys = [dg.AssetKey(t.split("/")) for t in TABLES]
        wanted = {t: found.get_requested_partitions(key) for t, key in zip(TABLES, keys, strict=True)}
        return {table: sorted(k or "" for k in chosen) for table, chosen in wanted.items() if chosen}

    def begun(self, table: str) -> dg.DagsterRun:
        """A run of an unpartitioned table that is under way, for Dagster."""
        key = dg.AssetKey(table.split("/"))
        job = self.job.get_subset(asset_selection={key})
        return self.instance.create_run_for_job(job, asset_selection={key}, status=dg.DagsterRunStatus.STARTED)

    def run(self, table: str, first: str | None = None, last: str | None = None) -> bool:
        span = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last or first}
        done = self.job.execute_in_process(
            run_config={"loggers": {"console": {}}},
            instance=self.instance,
            tags={k: v for k, v in span.items() if v},
            raise_on_error=False,
            asset_selection=[dg.AssetKey(table.split("/"))],
        )
        return bool(done.success)


TABLES = (
    "silver/products",
    "silver/transactions",
    "silver/coupons",
    "gold/daily_store_sales",
    "gold/product_performance",
    "gold/household_value",
)


def loaded(lake: Settings, engine: EmbeddedEngine, *tables: str, days: tuple[str, ...] = (FIRST, SECOND)) -> None:
    for name in tables:
        table = find_table(name)
        make(table, lake, lambda: engine.spark_session, days if table.calendar else None)


@pytest.fixture
def landed(lake: Settings) -> Settings:
    list(land(lake.landing, first=FIRST, last=SECOND))
    return lake


def test_nothing_is_asked_for_in_an_empty_lake(lake: Settings, instance: dg.DagsterInstance) -> None:
    assert Automation(instance).wanted() == {}


def test_silver_follows_bronze_and_gold_waits_for_silver(
    landed: Settings, engine: EmbeddedEngine, instance: dg.DagsterInstance
) -> None:
    automation = Automation(instance)
    loaded(landed, engine, "bronze/products", "silver/products", "bronze/transactions")
    assert automation.wanted() == {"silver/transactions": [FIRST, SECOND]}
    assert automation.run("silver/transactions", FIRST, SECOND)
    asked = automation.wanted()
    assert asked["gold/daily_store_sales"] == [FIRST, SECOND]
    assert "silver/transactions" not in asked
    assert automation.run("gold/daily_store_sales", FIRST, SECOND)
    assert "gold/daily_store_sales" not in automation.wanted()


def test_only_the_day_whose_delivery_changed_is_asked_for_again(
    landed: Settings, engine: EmbeddedEngine, instance: dg.DagsterInstance
) -> None:
    loaded(landed, engine, "bronze/products", "silver/products", "bronze/transactions", "silver/transactions")
    (file,) = Path(landed.landing, "transactions", SECOND).iterdir()
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:-1]))
    loaded(landed, engine, "bronze/transactions")
    assert Automation(instance).wanted()["silver/transactions"] == [SECOND]


def test_a_week_is_ready_when_its_days_are(
    landed: Settings, engine: EmbeddedEngine, instance: dg.DagsterInstance
) -> None:
    automation = Automation(instance)
    loaded(landed, engine, "bronze/products", "silver/products")
    loaded(landed, engine, "bronze/transactions", "silver/transactions", days=(FIRST,))
    assert "gold/product_performance" not in automation.wanted()
    loaded(landed, engine, "bronze/transactions", days=(SECOND,))
    assert "gold/product_performance" not in automation.wanted()
    loaded(landed, engine, "silver/transactions", days=(SECOND,))
    assert automation.wanted()["gold/product_performance"] == [FIRST_WEEK, SECOND_WEEK]


def test_a_week_is_made_of_what_there_is_once_a_day_has_been_waited_for_long_enough(
    landed: Settings, engine: EmbeddedEngine, instance: dg.DagsterInstance
) -> None:
    automation = Automation(instance)
    loaded(landed, engine, "bronze/products", "silver/products")
    loaded(landed, engine, "bronze/transactions", "silver/transactions", days=(FIRST,))
    assert "gold/product_performance" not in automation.wanted(after=timedelta(days=1))
    assert "gold/product_performance" not in automation.wanted(), "a clock that was set back begins anew"
    assert "gold/product_performance" not in automation.wanted(after=PATIENCE / 2)
    assert automation.wanted(after=PATIENCE + timedelta(minutes=1))["gold/product_performance"] == [FIRST_WEEK]


def test_a_refused_publication_holds_back_nothing_but_itself(
    landed: Settings, engine: EmbeddedEngine, instance: dg.DagsterInstance
) -> None:
    automation = Automation(instance)
    loaded(landed, engine, "bronze/products", "silver/products", "bronze/transactions", "silver/transactions")
    (file,) = Path(landed.landing, "transactions", SECOND).iterdir()
    header, *lines = file.read_text().splitlines()
    file.write_text("\n".join([header, *("no number" + line[line.index(",") :] for line in lines)]) + "\n")
    loaded(landed, engine, "bronze/transactions")
    assert automation.wanted()["silver/transactions"] == [SECOND]
    assert not automation.run("silver/transactions", SECOND)
    assert automation.wanted(after=timedelta(hours=2)) == {
        "gold/daily_store_sales": [FIRST, SECOND],
        "gold/product_performance": [FIRST_WEEK, SECOND_WEEK],
    }


def test_what_failed_for_good_is_not_asked_for_again_until_what_it_reads_changes(
    landed: Settings, engine: EmbeddedEngine, instance: dg.DagsterInstance
) -> None:
    automation = Automation(instance)
    coupons = Path(landed.landing, "coupons")
    (file,) = coupons.iterdir()
    good = file.read_bytes()
    broken = "coupon_upc,product_id,campaign_id\n" + "no,number,at all\n" * 9
    file.write_text(broken)
    loaded(landed, engine, "bronze/products", "silver/products", "bronze/coupons")
    assert automation.wanted() == {"silver/coupons": [""]}
    assert not automation.run("silver/coupons")
    for hours in range(5):
        assert automation.wanted(after=timedelta(hours=hours)) == {}
    file.write_bytes(good)
    loaded(landed, engine, "bronze/coupons")
    assert automation.wanted() == {"silver/coupons": [""]}


LOOKS = [timedelta(seconds=30 * number) for number in range(20)] + [timedelta(days=day) for day in range(1, 11)]


@pytest.fixture
def coupons(landed: Settings, engine: EmbeddedEngine) -> Settings:
    """A lake in which silver/coupons is due, and nothing else of it."""
    loaded(landed, engine, "bronze/products", "silver/products", "bronze/coupons")
    return landed


def test_a_table_waits_as_long_as_what_it_reads_is_being_made(coupons: Settings, instance: dg.DagsterInstance) -> None:
    automation = Automation(instance)
    run = automation.begun("bronze/coupons")
    assert automation.wanted() == {}
    assert automation.wanted(PATIENCE * 2) == {}
    instance.report_run_canceled(run)
    assert automation.wanted() == {"silver/coupons": [""]}


def test_a_table_that_is_being_made_is_not_asked_for(coupons: Settings, instance: dg.DagsterInstance) -> None:
    automation = Automation(instance)
    assert automation.wanted() == {"silver/coupons": [""]}
    automation.begun("silver/coupons")
    assert automation.wanted() == {}


def test_a_permanent_failure_is_asked_for_once_however_often_it_is_looked_at(
    coupons: Settings, engine: EmbeddedEngine, instance: dg.DagsterInstance
) -> None:
    automation = Automation(instance)
    (file,) = Path(coupons.landing, "coupons").iterdir()
    file.write_text("coupon_upc,product_id,campaign_id\n" + "no,number,at all\n" * 9)
    loaded(coupons, engine, "bronze/coupons")
    asked = []
    for after in LOOKS:
        if automation.wanted(after, "silver/coupons"):
            asked.append(after)
            assert not automation.run("silver/coupons")
    assert asked == LOOKS[:1]


def test_a_permanent_failure_is_not_forgotten_for_the_runs_of_other_tables(
    coupons: Settings, engine: EmbeddedEngine, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "RUNS", 2)
    automation = Automation(instance)
    (file,) = Path(coupons.landing, "coupons").iterdir()
    file.write_text("coupon_upc,product_id,campaign_id\n" + "no,number,at all\n" * 9)
    loaded(coupons, engine, "bronze/coupons")
    assert automation.wanted() == {"silver/coupons": [""]}
    assert not automation.run("silver/coupons")
    other = frozenset({dg.AssetKey(["silver", "products"])})
    for _ in range(3):
        instance.add_run(dg.DagsterRun("job", status=dg.DagsterRunStatus.SUCCESS, asset_selection=other))
    assert automation.wanted(timedelta(hours=1)) == {}


def test_a_failure_that_may_pass_is_asked_for_five_times_and_then_no_more(
    coupons: Settings, instance: dg.DagsterInstance
) -> None:
    automation, asked = Automation(instance), 0
    for after in LOOKS:
        if automation.wanted(after, "silver/coupons"):
            asked += 1
            instance.report_run_failed(automation.begun("silver/coupons"))
    assert asked == LIMITS.tries == 5
