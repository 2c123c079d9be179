"""A full disk and a read-only one: small file systems of their own."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

from lakehouse_assets_tests.cli.command import DAYS, LAKEHOUSE
from lakehouse_assets_tests.small_disk import mount, remount, unmount


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a small file system with options; unmounts it at the end."""
    place = tmp_path / "small"

    def mounts(options: str) -> Path:
        mount(place, options)
        return place

    yield mounts
    if place.is_mount():
        unmount(place)


def run(home: Path, root: Path, *verb: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"LAKEHOUSE_HOME": str(home), "LAKEHOUSE_ROOT": str(root), "COLUMNS": "200"}
    return subprocess.run([LAKEHOUSE, *verb, *DAYS], env=environment, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize(
    ("size", "table"),
    [
        pytest.param("1500k", "bronze", id="while deliveries are loaded"),
        pytest.param("4000k", "silver", id="while the engine stages"),
    ],
)
def test_a_full_disk_is_one_clear_error_and_more_space_lets_the_run_complete(
    tmp_path: Path, mounted: Callable[[str], Path], size: str, table: str
) -> None:
    home, root = tmp_path / "home", mounted(f"size={size}") / "lake"
    run(home, root, "land")
    failed = run(home, root, "run")
    assert failed.returncode == 1
    assert f"/lake/{table}/" in failed.stderr
    assert "the disk is full" in failed.stderr
    assert "Traceback" not in failed.stderr
    remount(root.parent, "size=200m")
    assert run(home, root, "run").returncode == 0
    assert pl.read_delta(str(root / "bronze/transactions")).height == 7_175
    assert pl.read_delta(str(root / "silver/transactions")).height == 7_162


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, mounted: Callable[[str], Path]) -> None:
    home, root = tmp_path / "home", mounted("size=1m,ro") / "lake"
    run(home, root, "land")
    failed = run(home, root, "run")
    assert failed.returncode == 1
    assert "the file system is read-only" in failed.stderr
