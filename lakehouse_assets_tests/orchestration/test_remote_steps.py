"""What a deployment that does not use Databricks pays for it."""

import os
import subprocess
import sys

import pytest

LOADED = """
import sys, lakehouse_assets.definitions
print([m for m in sys.modules if m.split(".")[0] in ("databricks", "dagster_databricks") or ".databricks" in m])
"""


@pytest.mark.parametrize("engine", ["embedded", "databricks"])
def test_loading_the_definitions_imports_nothing_of_databricks(engine: str) -> None:
    environment = os.environ | {"LAKEHOUSE_ENGINE": engine}
    done = subprocess.run([sys.executable, "-c", LOADED], env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
