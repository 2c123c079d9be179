"""The wheel: every table, and nothing that a cluster must not install."""

from __future__ import annotations

import zipfile
from pathlib import Path

import lakehouse_assets
from lakehouse_assets_tests.resources.databricks.machines import wheel_requirements


def test_it_holds_all_code_and_needs_neither_dagster_nor_pyspark(wheel: Path) -> None:
    root = Path(lakehouse_assets.__file__).parents[1]
    code = {
        str(f.relative_to(root)) for p in ("lakehouse_assets", "resources", "sensors") for f in (root / p).rglob("*.py")
    }
    held = set(zipfile.ZipFile(wheel).namelist())
    assert code <= held
    assert not [name for name in held if name.startswith(("lakehouse_assets_tests", "benchmarks", "mutation"))]
    assert sorted(wheel_requirements(wheel)) == [
        "dagster-pipes",
        "deltalake",
        "obstore",
        "pandera",
        "pyarrow",
        "tenacity",
    ]
