"""`python -m gates.changelog`: what is new since the last release, from the commits, in Markdown."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from gates.changes import SNAPSHOT, at, compare
from gates.performance import last_release

# The first that a file of a commit lies in says under which heading the commit stands.
HEADINGS = (
    ("Tables", ("lakehouse_assets/bronze/", "lakehouse_assets/silver/", "lakehouse_assets/gold/")),
    ("Platform", ("lakehouse_assets/", "resources/", "sensors/")),
    ("Clouds", ("terraform/", "infra/", "Dockerfile")),
    ("Delivery", (".github/", ".ci/", "gates/", "Makefile", "pyproject.toml", "constraints.txt", "locked/")),
)
REST = "Documentation, tests and benchmarks"


@dataclass(frozen=True)
class Commit:
    """A commit that is no merge: its short name, its first line, the files it touches."""

    name: str
    subject: str
    files: tuple[str, ...]

    @property
    def heading(self) -> str:
        """Under which heading it stands."""
        for heading, places in HEADINGS:
            if any(file.startswith(places) for file in self.files):
                return heading
        return REST


def changelog(title: str, commits: Iterable[Commit], breaking: Iterable[str] = ()) -> str:
    """The text: what breaks readers first, then the commits under their headings, the newest first."""
    by_heading: dict[str, list[Commit]] = {}
    for commit in commits:
        by_heading.setdefault(commit.heading, []).append(commit)
    lines = [f"# {title}", ""]
    broken = list(breaking)
    if broken:
        lines += ["## Breaking for readers", *(f"- {line}" for line in broken), ""]
    for heading in (*(name for name, _ in HEADINGS), REST):
        if heading in by_heading:
            lines += [f"## {heading}", *(f"- {c.subject} ({c.name})" for c in by_heading[heading]), ""]
    return "\n".join(lines)


def read_log(text: str) -> list[Commit]:
    """Commits from `git log --name-only` in the format that `main` asks for."""
    commits = []
    for record in text.split("\x1e"):
        lines = record.strip("\n").splitlines()
        if lines:
            name, _, subject = lines[0].partition("\x1f")
            commits.append(Commit(name, subject, tuple(line for line in lines[1:] if line)))
    return commits


def main() -> int:
    """Print the changelog since a tag, or of all there is before the first."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--title", default="Unreleased")
    parser.add_argument("--since", help="a tag; the newest one without")
    parser.add_argument("--before", help="a tag: what is new in it")
    asked = parser.parse_args()
    since = asked.since or last_release(before=asked.before)
    log = ["git", "log", "--no-merges", "--name-only", "--format=%x1e%h%x1f%s", *([f"{since}..HEAD"] if since else [])]
    done = subprocess.run(log, capture_output=True, text=True, check=True)
    broken: list[str] = []
    before = at(since, SNAPSHOT) if since else None
    if before:
        changes = compare(json.loads(before), json.loads(at("HEAD", SNAPSHOT) or "{}"))
        broken = [f"{c.table}: {c.what}" for c in changes if c.breaking]
    sys.stdout.write(changelog(asked.title, read_log(done.stdout), broken))
    return 0


if __name__ == "__main__":
    sys.exit(main())
