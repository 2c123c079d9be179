"""`python -m gates.changes --base REF`: what a change does to the tables, in words, and whether readers can bear it.

Compares two reviewed snapshots of contracts. Breaking is what somebody who reads a table could stumble over: a
table, column or rule that is gone, a type that does not hold the old values, another key, calendar or write mode,
a demand that is another or only warns. A stricter rule, a wider type, a new table or column breaks nobody.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lakehouse_assets.publish.wider import fit, readable

SNAPSHOT = "lakehouse_assets_tests/contracts.json"
GRAPH = "lakehouse_assets_tests/asset_graph.txt"
DECISIONS = "docs/adr"

Promises = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Change:
    """One difference of a table's promises, and whether it breaks readers."""

    table: str
    what: str
    breaking: bool = False


def compare(base: Promises, now: Promises) -> list[Change]:
    """Every difference, table by table."""
    changes = [Change(name, "**new table**") for name in sorted(now.keys() - base.keys())]
    changes += [Change(name, "**table removed**", breaking=True) for name in sorted(base.keys() - now.keys())]
    for name in sorted(base.keys() & now.keys()):
        changes += [Change(name, what, breaking) for what, breaking in _differences(base[name], now[name])]
    return changes


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    yield from _columns(old["columns"], new["columns"])
    yield from _demands("rule", old["rules"], new["rules"], rows=True)
    yield from _demands("check", old["checks"], new["checks"], rows=False)
    for what, breaking in (("key", True), ("partitions", True), ("write", True), ("reads", False), ("owners", False)):
        if old[what] != new[what]:
            yield f"{what}: `{_told(old[what])}` -> `{_told(new[what])}`", breaking
    if old["version"] != new["version"]:
        yield f"version {old['version']} -> {new['version']}", False


def _columns(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    for name in sorted(new.keys() - old.keys()):
        yield f"column added: `{name} {readable(new[name])}`", False
    for name in sorted(old.keys() - new.keys()):
        yield f"column removed: `{name} {readable(old[name])}`", True
    for name in sorted(old.keys() & new.keys()):
        if old[name] != new[name]:
            holds, why = fit(old[name], new[name])
            yield f"column `{name}`: {readable(old[name])} -> {readable(new[name])} ({why})", not holds


def _demands(kind: str, old: Mapping[str, Any], new: Mapping[str, Any], *, rows: bool) -> Iterator[tuple[str, bool]]:
    """Rules that set rows apart are promises about rows; checks refuse or warn, and leave no row out."""
    for name in sorted(new.keys() - old.keys()):
        yield f"{kind} added: `{name}`, {_demand(new[name])}", False
    for name in sorted(old.keys() - new.keys()):
        yield f"{kind} removed: `{name}`, {_demand(old[name])}", rows and not old[name]["warn"]
    for name in sorted(old.keys() & new.keys()):
        if old[name] != new[name]:
            weaker = not old[name]["warn"] and (new[name]["warn"] or old[name]["demand"] != new[name]["demand"])
            yield f"{kind} `{name}`: {_demand(old[name])} -> {_demand(new[name])}", rows and weaker


def _demand(said: Mapping[str, Any]) -> str:
    return said["demand"] + (" (warns)" if said["warn"] else "")


def _told(said: Any) -> str:
    return ", ".join(said) or "none" if isinstance(said, list) else str(said)


def comment(changes: list[Change], graph: str = "") -> str:
    """The changes as the text of a comment on a pull request, in Markdown."""
    if not changes and not graph:
        return "### Tables\nNo table, column, rule or dependency is changed.\n"
    breaking = [change for change in changes if change.breaking]
    lines = ["### Tables", f"{len(changes)} changes, {len(breaking)} of them breaking." if changes else "", ""]
    for table in sorted({change.table for change in changes}):
        of_table = [change for change in changes if change.table == table]
        lines += [f"**{table}**", *(f"- {'BREAKING: ' if c.breaking else ''}{c.what}" for c in of_table), ""]
    if graph:
        lines += ["<details><summary>Asset graph</summary>", "", "```diff", graph.rstrip(), "```", "", "</details>", ""]
    return "\n".join(lines)


def unexcused(changes: list[Change], base: Promises, now: Promises, decisions: Mapping[str, str]) -> list[str]:
    """What speaks against the breaking changes of gold tables, a line each; nothing where they are decided on.

    `decisions` are the pages of docs/adr that the change adds or alters, by name, with their text.
    """
    against = []
    for table in sorted({c.table for c in changes if c.breaking and c.table.startswith("gold/")}):
        if not any(re.search(rf"{re.escape(table)}\b", text) for text in decisions.values()):
            against.append(f"{table}: its readers are broken, and no new page in {DECISIONS} names {table}")
        if table in now and now[table]["version"] <= base[table]["version"]:
            against.append(f"{table}: its readers are broken, and its version is still {now[table]['version']}")
    return against


def at(ref: str, path: str) -> str | None:
    """A file as a commit has it; None where it has none."""
    done = subprocess.run(["git", "show", f"{ref}:{path}"], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout


def main() -> int:
    """Print the comment; with --gate also say what speaks against, and exit with 1."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--base", default="origin/main", help="the commit to compare with")
    parser.add_argument("--gate", action="store_true", help="fail for breaking changes of gold without a decision")
    asked = parser.parse_args()
    ref = _git("merge-base", asked.base, "HEAD").strip()
    base: Promises = json.loads(at(ref, SNAPSHOT) or "{}")
    now: Promises = json.loads(Path(SNAPSHOT).read_text())
    changes = compare(base, now)
    sys.stdout.write(comment(changes, _git("diff", "--unified=0", ref, "--", GRAPH)))
    if not asked.gate:
        return 0
    touched = _git("diff", "--name-only", "--diff-filter=AM", ref, "--", DECISIONS).split()
    against = unexcused(changes, base, now, {name: Path(name).read_text() for name in touched})
    for line in against:
        sys.stderr.write(line + "\n")
    return 1 if against else 0


if __name__ == "__main__":
    sys.exit(main())
