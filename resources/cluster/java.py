"""The Java that Spark needs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from lakehouse_assets.errors import EngineError

OLDEST = 17
REMEDY = f"install Java {OLDEST} or later (Debian: apt-get install openjdk-17-jre-headless), or point JAVA_HOME at one"


def require_java() -> str:
    """The java to run, of JAVA_HOME or on the PATH. Raises EngineError where there is none or it is too old."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    if java is None:
        where = f"JAVA_HOME={home}" if home else "PATH"
        raise EngineError("a Spark cluster needs Java, and there is none", where=where, remedy=REMEDY)
    try:
        done = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=False)  # noqa: S603
        said = done.stderr + done.stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineError(f"this Java does not run ({error})", where=java, remedy=REMEDY) from None
    version = release(said)
    if version is None or version < OLDEST:
        found = f"Java {version}" if version else "no Java that says its version"
        raise EngineError(f"Spark needs Java {OLDEST} or later; this is {found}", where=java, remedy=REMEDY)
    return java


def release(said: str) -> int | None:
    """The release in what `java -version` says: 17 of `17.0.15`, 8 of `1.8.0_392`; None where it says none."""
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found.group(1)) if found else None
