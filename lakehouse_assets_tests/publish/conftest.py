"""What several files of these tests ask for by name."""

from __future__ import annotations

import importlib.util
import itertools
import sys
from pathlib import Path
from typing import Any

import pytest

from lakehouse_assets_tests.publish.rules_written import Write

_number = itertools.count()


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a module of a text, as a project would have it, and gives the function `small` of it."""

    def write(text: str) -> Any:
        name = f"rules_{next(_number)}"
        path = tmp_path / f"{name}.py"
        path.write_text("import datetime as dt\nfrom pyspark.sql import functions as F\n" + text)
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module.small

    return write
