"""What kept linters say of the tree: checkov of Terraform, the Dockerfile and ARM, hadolint of the Dockerfile."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Finding:
    """One check of checkov's on one resource; `reason` says why it was skipped."""

    check: str
    resource: str
    file: str
    reason: str = ""


@dataclass(frozen=True)
class Scan:
    """How many checks passed, which failed, which were skipped and why."""

    passed: int
    failed: tuple[Finding, ...]
    skipped: tuple[Finding, ...]


def checkov(folder: Path, *frameworks: str) -> Scan:
    """Scan a folder, but for Terraform's own tests, with no network. Raises RuntimeError for a file it cannot read."""
    with TemporaryDirectory() as scratch:
        tree = shutil.copytree(folder, Path(scratch) / "tree", ignore=shutil.ignore_patterns("tests", ".terraform"))
        return _checkov(Path(tree), frameworks)


def _checkov(folder: Path, frameworks: tuple[str, ...]) -> Scan:
    done = subprocess.run(
        [BIN / "checkov", "-d", folder, "--framework", *frameworks, "-o", "json", "--compact", "--skip-download"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    said = json.loads(done.stdout or "[]")
    reports = said if isinstance(said, list) else [said]
    unread = [file for report in reports for file in report.get("results", {}).get("parsing_errors", ())]
    if unread or not reports or any("results" not in report for report in reports):
        raise RuntimeError(f"not scanned: {unread}\n{done.stderr[-2000:]}")
    return Scan(
        passed=sum(report["summary"]["passed"] for report in reports),
        failed=tuple(_finding(one) for report in reports for one in report["results"]["failed_checks"]),
        skipped=tuple(_finding(one) for report in reports for one in report["results"]["skipped_checks"]),
    )


def _finding(one: dict) -> Finding:
    reason = one["check_result"].get("suppress_comment") or ""
    return Finding(one["check_id"], one["resource"], one["file_path"], reason)
