"""A small file system of a test's own, mounted as root, or by a sudo that asks nothing, as CI's machines have it."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

AS_ROOT = () if os.geteuid() == 0 else ("sudo", "-n")


def mount(place: Path, options: str) -> None:
    """Mount one that whoever tests may write; where nobody lets them mount, the test is skipped."""
    place.mkdir()
    options = f"{options},uid={os.getuid()},gid={os.getgid()}"
    if AS_ROOT and shutil.which(AS_ROOT[0]) is None:
        pytest.skip("a small file system is mounted by root or sudo, and here is neither")
    done = subprocess.run(
        [*AS_ROOT, "mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {done.stderr.strip()}")


def remount(place: Path, options: str) -> None:
    """Give a mounted one other options."""
    subprocess.run([*AS_ROOT, "mount", "-o", f"remount,{options}", str(place)], check=True)


def unmount(place: Path) -> None:
    """Take a mounted one away, with all that is on it."""
    subprocess.run([*AS_ROOT, "umount", str(place)], check=True)
