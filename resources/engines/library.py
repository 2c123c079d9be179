"""The library as a file that a cluster's workers import, so that they read deliveries by exactly this code."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# What reading deliveries imports, and no table.
PARTS = ("*.py", "ingest/**/*.py", "publish/**/*.py", "storage/**/*.py")


def ship_library(session: SparkSession) -> None:
    """Give the session's workers the modules that read deliveries, whatever version of them is installed there.

    They need Python of this version's release with pyarrow and pyspark, as every Spark cluster for pandas has.
    """
    with tempfile.TemporaryDirectory() as folder:
        session.addArtifacts(str(pack_library(Path(folder))), pyfile=True)


def pack_library(folder: Path) -> Path:
    """Make the file in a folder."""
    import lakehouse_assets

    package, archive = Path(lakehouse_assets.__file__).parent, folder / "lakehouse_assets_readers.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        for path in sorted({path for pattern in PARTS for path in package.glob(pattern)}):
            out.write(path, f"{package.name}/{path.relative_to(package)}")
    return archive
