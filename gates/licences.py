"""`python -m gates.licences`: the licences of everything that is installed, and a failure for one that may not be.

What is let through needs no more of a user than that its notice is kept. Weak copyleft is let through by package,
with the reason, and so is a package that does not say its licence.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping

PERMITTED = (
    "0BSD",
    "Apache",
    "Apache Software License",
    "Apache-2.0",
    "BSD",
    "BSD License",
    "3-Clause BSD License",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "ISC License (ISCL)",
    "MIT",
    "MIT License",
    "MIT-0",
    "PSF-2.0",
    "Python Software Foundation License",
    "Zlib",
)
BY_PACKAGE = {
    "certifi": ("Mozilla Public License 2.0 (MPL 2.0)", "its files are used as they are"),
    "fqdn": ("MPL-2.0", "its files are used as they are; for checks only, never deployed"),
    "hypothesis": ("MPL-2.0", "for tests only, never deployed"),
    "libfaketime": (
        "GNU General Public License v2 (GPLv2)",
        "for tests only: loaded into processes of theirs, never deployed",
    ),
    "pathspec": ("Mozilla Public License 2.0 (MPL 2.0)", "its files are used as they are; for checks only"),
    "tqdm": ("MPL-2.0 AND MIT", "its files are used as they are"),
    "psycopg2-binary": (
        "GNU Library or Lesser General Public License (LGPL)",
        "a library that is loaded as it is, and that anybody may replace; its exception permits that",
    ),
    "yattag": ("GNU Library or Lesser General Public License (LGPL)", "for tests only, never deployed"),
    "pgserver": ("UNKNOWN", "Apache-2.0 in its project, which its metadata do not say; for tests only"),
}
OURS = "lakehouse-assets"
_BETWEEN = re.compile(r"\s+(?:AND|OR)\s+|;\s*")


def refused(licences: Mapping[str, str]) -> list[str]:
    """A line for each package, by name, whose licence is not let through."""
    lines = []
    for package, said in sorted(licences.items()):
        excused = BY_PACKAGE.get(package.lower())
        if excused is None and not all(part in PERMITTED for part in _BETWEEN.split(said)):
            lines.append(f"{package}: {said} is not let through; see PERMITTED and BY_PACKAGE in gates/licences.py")
        elif excused is not None and excused[0] != said:
            lines.append(f"{package}: its licence was {excused[0]} when it was let through, and is {said}")
    return lines


def page(rows: Iterable[tuple[str, str]]) -> str:
    """The licences as a page of the documentation; without versions, which constraints.txt has."""
    lines = [
        "# Licences",
        "What `make install` installs beside this project, which is MIT, by what each package says of itself. Written",
        "by `make licences`, which fails for a licence that is not let through; `gates/licences.py` says which are.",
        "",
        "| package | licence | let through because |",
        "|---|---|---|",
    ]
    for package, said in sorted(rows, key=lambda row: row[0].lower()):
        excused = BY_PACKAGE.get(package.lower())
        lines.append(f"| {package} | {said} | {excused[1] if excused else 'permissive'} |")
    return "\n".join(lines) + "\n"


def installed() -> dict[str, str]:
    """What this environment holds, each with the licence that it tells."""
    command = [sys.executable, "-m", "piplicenses", "--format=json", "--from=mixed", "--with-system"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {entry["Name"]: entry["License"] for entry in json.loads(done.stdout) if entry["Name"] != OURS}


def main() -> int:
    """Print the page; exit with 1, saying why, where a licence is not let through."""
    licences = installed()
    for line in (lines := refused(licences)):
        sys.stderr.write(line + "\n")
    sys.stdout.write(page(licences.items()))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
