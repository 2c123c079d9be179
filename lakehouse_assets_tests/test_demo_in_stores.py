"""The path from landing zone to gold by the real command, wherever the lake lies: the same rows as on disk."""

from __future__ import annotations

import io
import json
import os
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake import DeltaTable

from lakehouse_assets.publish.quarantine import quarantined
from lakehouse_assets_tests.cli.command import DAYS, LAKEHOUSE
from lakehouse_assets_tests.stores import outside
from lakehouse_assets_tests.stores.store import VARIABLES, Store

MADE = ("bronze/transactions", "bronze/products", "silver/products", "silver/transactions", "gold/daily_store_sales")
# A store does not let one say when a file was changed, and each run has its own number and time.
OF_A_RUN = ("_loaded_at", "_run_id", "_source_modified", "_judged_at", "_publication", "valid_from")


@dataclass(frozen=True)
class Lake:
    """Somewhere to run the command over, with nothing set but the URLs and what the store is told."""

    home: Path
    variables: Mapping[str, str]

    @property
    def root(self) -> str:
        return self.variables.get("LAKEHOUSE_ROOT", f"{self.home}/lake")

    @property
    def landing(self) -> str:
        return self.variables.get("LAKEHOUSE_LANDING", f"{self.home}/landing")

    def run(self, *arguments: str) -> str:
        """What the command says; it must succeed."""
        clean = {name: value for name, value in os.environ.items() if name not in VARIABLES}
        environment = {**clean, **self.variables, "LAKEHOUSE_HOME": str(self.home), "COLUMNS": "200"}
        done = subprocess.run([LAKEHOUSE, *arguments], env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table, or of its quarantine."""
        url = f"{self.root}/{table}"
        if table.startswith("quarantine/"):
            rows = quarantined(f"{self.root}/{table.removeprefix('quarantine/').replace('_', '/', 1)}", url).to_pylist()
        else:
            rows = DeltaTable(url).to_pyarrow_table().to_pylist()
        return sorted(({k: v for k, v in row.items() if k not in OF_A_RUN} for row in rows), key=str)


@pytest.fixture(scope="module")
def on_disk(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The demo of two days, on this disk."""
    lake = Lake(tmp_path_factory.mktemp("disk"), {})
    lake.run("land", *DAYS)
    lake.run("run", "+gold/daily_store_sales", *DAYS)
    return lake


@pytest.fixture(params=["s3", "adls"])
def in_store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A lake and a landing zone in a store; this process looks into it, too."""
    store: Store = request.getfixturevalue(request.param)
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    folder = f"{store.url}/{uuid.uuid4().hex[:12]}"
    places = {"LAKEHOUSE_LANDING": f"{folder}/landing", "LAKEHOUSE_ROOT": f"{folder}/lake"}
    return Lake(tmp_path, {**store.environment, **places})


def test_rows_are_those_on_disk_through_a_restated_delivery_and_a_replay(on_disk: Lake, in_store: Lake) -> None:
    there = outside.below(on_disk.landing)
    if in_store.landing.startswith("s3://"):  # landing takes as long as all the rest
        in_store.run("land", *DAYS)
    else:
        for file in there:
            outside.write(in_store.landing + file.removeprefix(on_disk.landing), outside.read(file))
    landed = outside.below(in_store.landing)
    names = [file.removeprefix(on_disk.landing) for file in there]
    assert [file.removeprefix(in_store.landing) for file in landed] == names
    assert all(outside.read(mine) == outside.read(theirs) for mine, theirs in zip(landed, there, strict=True))
    in_store.run("run", "+gold/daily_store_sales", *DAYS)
    for table in (*MADE, "quarantine/silver_transactions"):
        assert in_store.rows(table) == on_disk.rows(table), table
    assert "Nothing to do" in in_store.run("run", "+gold/daily_store_sales", *DAYS)

    day = f"{in_store.landing}/transactions/2017-01-02/transactions.csv"
    outside.write(day, b"".join(outside.read(day).splitlines(keepends=True)[:-1]))
    said = in_store.run("files", "bronze/transactions")
    assert [line.split()[1] for line in said.splitlines() if "transactions.csv" in line] == ["loaded", "changed"]
    in_store.run("run", "+gold/daily_store_sales", *DAYS)
    assert len(in_store.rows("bronze/transactions")) == 7_174
    assert in_store.run("history", "bronze/transactions").count("publish") == 2

    before = in_store.rows("quarantine/silver_transactions")
    unknown = {json.loads(row["_raw"])["product_id"] for row in before}
    outside.write(f"{in_store.landing}/products/products.parquet", with_products(unknown, in_store))
    in_store.run("run", "bronze/products", "silver/products")
    said = in_store.run("quarantine", "replay", "silver/transactions", "--why", "the product master was completed")
    assert f"{len(before)} rows published" in said
    assert in_store.rows("quarantine/silver_transactions") == []
    assert len(in_store.rows("silver/transactions")) == 7_174
    assert "7,174" in in_store.run("status")
    assert "7174" in in_store.run("sql", "select count(*) from silver.transactions")


def with_products(unknown: set[str], lake: Lake) -> bytes:
    """The product master with more products in it."""
    known = pl.read_parquet(outside.read(f"{lake.landing}/products/products.parquet"))
    like = known.head(len(unknown)).with_columns(
        pl.Series("product_id", sorted(unknown)).cast(known["product_id"].dtype)
    )
    whole = io.BytesIO()
    pl.concat([known, like]).write_parquet(whole)
    return whole.getvalue()
