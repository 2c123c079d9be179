"""The `lakehouse` command as a user runs it, and what a lake holds then: shared by the tests that run it."""

import json
import os
import subprocess
import sys
from pathlib import Path

LAKEHOUSE = str(Path(sys.executable).with_name("lakehouse"))
DAYS = ["--from", "2017-01-01", "--to", "2017-01-02"]


def lakehouse(home: Path, *arguments: str, columns: int = 200) -> subprocess.CompletedProcess[str]:
    """Run the command on a terminal of so many columns; it must end by itself."""
    environment = os.environ | {"LAKEHOUSE_HOME": str(home), "COLUMNS": str(columns)}
    return subprocess.run([LAKEHOUSE, *arguments], env=environment, capture_output=True, text=True, timeout=300)


def versions(home: Path) -> dict[str, int]:
    """How many commits each table has."""
    logs = (home / "lake").glob("*/*/_delta_log")
    return {f"{log.parent.parent.name}/{log.parent.name}": len(list(log.glob("*.json"))) for log in logs}


def told(done: subprocess.CompletedProcess[str]) -> list[dict]:
    """What a command that went well said as JSON, line by line."""
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
