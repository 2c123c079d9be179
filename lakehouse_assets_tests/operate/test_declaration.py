"""Terraform builds what Python declares."""

from __future__ import annotations

import json
from pathlib import Path

from lakehouse_assets.operate.declaration import declaration, text

COMMITTED = Path(__file__).parents[2] / "terraform/declaration.json"


def test_terraform_reads_what_python_declares() -> None:
    assert COMMITTED.read_text() == text(), "run `make declaration` and review the difference"


def test_tables_about_people_are_declared_by_their_files() -> None:
    classed = declaration()["tables"]
    assert classed["silver/households"] == "personal"
    assert "silver/products" not in classed


def test_a_job_of_terraforms_is_as_large_as_one_of_dagsters() -> None:
    from resources.databricks.settings import DatabricksSettings

    job, settings = declaration()["job"], DatabricksSettings(volume="/Volumes/a/b/c")
    assert {name: job[name] for name in ("min_workers", "max_workers", "spark_version", "timeout_minutes")} == {
        name: getattr(settings, name) for name in ("min_workers", "max_workers", "spark_version", "timeout_minutes")
    }


def test_the_declaration_holds_nothing_but_plain_values() -> None:
    assert json.loads(text()) == declaration()
