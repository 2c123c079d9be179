"""The Python that the pages show is run: it declares what they say, and gives the rows they say."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from deltalake import DeltaTable

from lakehouse_assets import catalog
from lakehouse_assets.declare.table import Table
from lakehouse_assets.making import make
from lakehouse_assets.publish.quarantine import quarantined

if TYPE_CHECKING:
    from types import ModuleType

    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings

REPOSITORY = Path(__file__).parent.parent
DAY = "2017-01-02"
# What a table's file begins with, and the table of visits that two blocks are about.
PRELUDE = '''
from datetime import timedelta
from pandera.pyspark import Field
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T
from lakehouse_assets.calendars import DAILY
from lakehouse_assets.declare import *
from lakehouse_assets.declare.write import MADE_BY_HISTORY

MONEY = T.DecimalType(14, 2)


class Visit(Contract):
    """A household in a store."""

    event_date: T.DateType = Field()
    store_id: T.LongType = Field()
    spent: MONEY = Field()
'''


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (REPOSITORY / page).read_text(), re.M | re.S)


def load(code: str, folder: Path, name: str) -> ModuleType:
    """Code as a module in a file, which is what tables are read from."""
    file = folder / f"{name}.py"
    file.write_text(code)
    spec = spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tables_of(module: ModuleType) -> list[Table]:
    return [value for value in vars(module).values() if isinstance(value, Table)]


def test_the_tables_of_add_a_table_can_be_declared(tmp_path: Path) -> None:
    shown = [code for code in blocks("docs/tables.md", "python") if "@bronze" in code or "@silver" in code]
    declared = [tables_of(load(PRELUDE + code, tmp_path, f"block_{i}")) for i, code in enumerate(shown)]
    assert [[table.id for table in tables] for tables in declared] == [
        ["bronze/visits"],
        ["silver/products"],
        ["silver/visits"],
    ]
    assert [check.name for check in declared[2][0].checks][2:] == ["volume", "sells_everywhere"]
    assert declared[1][0].key == ("product_id",)


def test_the_test_that_add_a_table_shows_gives_a_row(spark: SparkSession) -> None:
    from decimal import Decimal

    from lakehouse_assets.gold.daily_store_sales import daily_store_sales
    from lakehouse_assets.silver.transactions import transactions
    from lakehouse_assets_tests.given import frame, rows

    (shown,) = (code for code in blocks("docs/tables.md", "python") if "frame(spark" in code)
    known = {"frame": frame, "spark": spark, "transactions": transactions, "Decimal": Decimal}
    exec(shown, known | {"daily_store_sales": daily_store_sales}, found := {})
    assert [(row["store_id"], row["sales_value"]) for row in rows(found["result"])] == [(1, Decimal("0.10"))]


def test_the_table_of_the_readme_can_be_declared(tmp_path: Path) -> None:
    shown = next(code for code in blocks("README.md", "python") if "@gold" in code)
    (table,) = tables_of(load(PRELUDE + shown, tmp_path, "readme"))
    assert table.id == "gold/daily_store_sales"
    assert table.inputs == ("silver_transactions",)


def test_the_source_of_add_a_source_gives_the_rows_that_the_page_says(
    lake: Settings, spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = "docs/sources.md"
    declared = [tables_of(load(code, tmp_path, f"source_{i}")) for i, code in enumerate(blocks(page, "python"))]
    bronze, silver, gold = (tables[0] for tables in declared)
    monkeypatch.setattr(catalog, "tables", lambda: {t.id: t for t in (bronze, silver, gold)})
    delivery = Path(lake.landing, "visits", DAY, "shop-1.csv")
    delivery.parent.mkdir(parents=True)
    delivery.write_text(blocks(page, "csv")[0])
    for table in (bronze, silver, gold):
        make(table, lake, lambda: spark, [DAY])
    (row,) = DeltaTable(lake.table_url("gold", "visiting")).to_pyarrow_table().to_pylist()
    assert (str(row["event_date"]), row["store"], row["visits"]) == (DAY, 1, 1)
    rejected = quarantined(lake.table_url("silver", "visits"), lake.quarantine_url("silver", "visits"))
    told = dict(re.findall(r"^\| `(\w+)` \| (\d) \|$", (REPOSITORY / page).read_text(), re.M))
    assert sorted(rule for failed in rejected["_failed"].to_pylist() for rule in failed) == sorted(told)
    assert set(told.values()) == {"1"}
