"""What the pages show beside tables and sources is taken, too: settings, a manifest, an asset of one's own."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

import dagster as dg
import polars
import pytest

from lakehouse_assets.maintaining.releases import Release
from lakehouse_assets_tests.test_snippets import PRELUDE, blocks, load, tables_of
from resources.databricks.settings import DatabricksSettings
from sensors.alerts.routes import routing_of


def test_the_line_of_maintenance_is_one_of_a_table(tmp_path: Path) -> None:
    (shown,) = blocks("docs/maintenance.md", "python")
    product = (
        "class ProductPerformance(Contract):\n"
        '    """A product in a week."""\n\n'
        "    week_start: T.DateType = Field()\n"
        "    product_id: T.LongType = Field()\n\n\n"
    )
    function = "def product_performance(silver_products: DataFrame) -> DataFrame:\n    return silver_products\n"
    policy = (
        "from lakehouse_assets.calendars import WEEKLY\nfrom lakehouse_assets.policies.maintenance import Maintenance\n"
    )
    (table,) = tables_of(load(PRELUDE + policy + product + shown + function, tmp_path, "maintained"))
    assert table.maintenance.cluster_by == ("product_id",)


def test_a_landing_zone_of_a_partners_is_made_as_stores_says() -> None:
    (shown,) = blocks("docs/stores.md", "python")
    exec(shown, found := {})
    assert found["landing"].s3.profile_name == "partner"


def test_a_plain_asset_reads_the_lake_as_the_readme_says() -> None:
    shown = next(code for code in blocks("README.md", "python") if "@dg.asset" in code)
    exec(shown, found := {"dg": dg, "polars": polars, "days": dg.DailyPartitionsDefinition("2017-01-01")})
    assert found["best_store"].key == dg.AssetKey(["gold", "best_store"])


def test_the_routes_that_alerts_shows_are_taken() -> None:
    (shown,) = blocks("docs/alerts.md", "toml")
    assert set(routing_of(tomllib.loads(shown), "docs/alerts.md").channels) == {"sales", "platform", "guards"}


def test_the_settings_that_databricks_shows_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (shown,) = blocks("docs/databricks.md", "toml")
    (tmp_path / "databricks.toml").write_text(shown)
    for variable in [name for name in os.environ if name.startswith("LAKEHOUSE_DATABRICKS")]:
        monkeypatch.delenv(variable)
    assert DatabricksSettings.from_environment(tmp_path).max_workers == 8


def test_the_manifest_that_releases_shows_is_one() -> None:
    (shown,) = blocks("docs/releases.md", "json")
    release = Release.from_json(json.loads(shown))
    assert (release.name, release.tables["bronze/transactions"]) == ("v1.4.0", 41)
