"""The machines of the fake workspace: a Python that has what Databricks' drivers have, and the job's libraries."""

from __future__ import annotations

import compileall
import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from functools import cache
from importlib.metadata import Distribution, distribution, requires
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# What a driver brings. Sail stands for Spark's engine, which a machine without a JVM has not.
PLATFORM = ("pyspark", "grpcio", "grpcio-status", "googleapis-common-protos", "zstandard", "pandas", "numpy", "pysail")
# As Databricks calls a wheel's entry point: by its metadata, in the driver's own process.
CALL = """
import json, os, sys
sys.path[:0] = json.loads(os.environ.pop("FAKE_PATH"))
package, name, *sys.argv[1:] = sys.argv[1:]
from importlib.metadata import distribution
(entry,) = [e for e in distribution(package).entry_points if e.name == name]
sys.argv[0] = name
entry.load()()
"""


class InstallError(Exception):
    """A library of the job cannot be installed."""


class Machines:
    """Runs wheels in processes of their own, which see nothing of this environment but what is given to them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(
        self,
        libraries: Iterable[str],
        package: str,
        entry: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
    ) -> subprocess.Popen[str]:
        """Install the wheels as the machine would, and call an entry point."""
        path = [str(self._installed(Path(wheel))) for wheel in libraries]
        path.append(str(self._site(tuple(wheel_requirements(Path(next(iter(libraries))))))))
        given = {name: os.environ[name] for name in ("PATH", "LANG", "JAVA_HOME") if name in os.environ}
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", CALL, package, entry, *arguments],
            env={**given, "HOME": str(self.folder), "FAKE_PATH": json.dumps(path), **environment},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _installed(self, wheel: Path) -> Path:
        try:
            content = wheel.read_bytes()
            place = self.folder / "wheels" / hashlib.sha256(content).hexdigest()[:16]
            if not place.exists():
                zipfile.ZipFile(wheel).extractall(place)
                compileall.compile_dir(place, quiet=1)
        except (OSError, zipfile.BadZipFile) as error:
            raise InstallError(f"Library installation failed: {wheel}: {error}") from error
        return place

    def _site(self, names: tuple[str, ...]) -> Path:
        """A folder of links to exactly these packages and what they need, as an installer would have chosen."""
        site = self.folder / "site"
        if not site.exists():
            site.mkdir()
            for name in sorted(closure((*names, *PLATFORM))):
                _link(distribution(name), site)
        return site


@cache
def wheel_requirements(wheel: Path) -> list[str]:
    """The packages that a wheel declares to need, without extras."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
        lines = archive.read(name).decode().splitlines()
    return [
        _name(line.removeprefix("Requires-Dist: "))
        for line in lines
        if line.startswith("Requires-Dist: ") and "extra ==" not in line
    ]


def closure(names: Iterable[str]) -> set[str]:
    """These packages and all that they need here."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            needed = requires(name) or []
        except ModuleNotFoundError:
            continue  # of another platform or version of Python
        found.add(name)
        waiting += [_name(line) for line in needed if "extra ==" not in line]
    return found


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    return re.sub(r"[-_.]+", "-", found.group()).lower() if found else ""


def _link(of: Distribution, site: Path) -> None:
    for top in {file.parts[0] for file in of.files or () if file.parts[0] not in ("..", "__pycache__")}:
        link = site / top
        if not link.exists():
            link.symlink_to(Path(str(of.locate_file(top))))
