"""The `lakehouse` command of this source tree, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import lakehouse_assets

SOURCES = Path(lakehouse_assets.__file__).parents[1]


def started(home: Path, *arguments: str) -> subprocess.Popen[str]:
    """The command, in a session of its own, so that it can be killed with everything it started."""
    return subprocess.Popen(
        [sys.executable, "-m", "lakehouse_assets.cli.main", *arguments],
        env=os.environ | {"LAKEHOUSE_HOME": str(home), "COLUMNS": "200"},
        cwd=SOURCES,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def lakehouse(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command; it must end by itself."""
    process = started(home, *arguments)
    out, err = process.communicate(timeout=300)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)
