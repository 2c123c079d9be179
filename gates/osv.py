"""Advisories as OSV writes them: a file for each, JSON or YAML, as PyPA, GitHub and osv.dev publish them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Advisory:
    """That some versions of a package are vulnerable: those that fulfil one of `affected`."""

    package: str
    id: str
    affected: tuple[str, ...]
    database: str


def read(folder: Path, packages: Collection[str]) -> tuple[str, list[Advisory]]:
    """The day of the newest change in the folder, and what its files say of these packages of PyPI.

    What was withdrawn is left out. A folder without an advisory is an error, for it would say that all is well.
    """
    newest = ""
    advisories: list[Advisory] = []
    for file in sorted(folder.rglob("*")):
        if file.suffix not in (".json", ".yaml") or ".git" in file.parts:
            continue
        said = _parsed(file)
        if not isinstance(said, dict) or "affected" not in said:
            continue
        newest = max(newest, str(said.get("modified", ""))[:10])
        if "withdrawn" not in said:
            advisories += _about(said, packages, folder.resolve().name)
    if not newest:
        raise FileNotFoundError(f"{folder} holds no advisory")
    return newest, advisories


def normal(name: str) -> str:
    """The name of a package as it is locked."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _parsed(file: Path) -> Any:
    if file.suffix == ".json":
        return json.loads(file.read_text(encoding="utf-8"))
    import yaml

    return yaml.load(file.read_text(encoding="utf-8"), yaml.CBaseLoader)  # to which 1.10 is no number


def _about(said: dict[str, Any], packages: Collection[str], database: str) -> Iterator[Advisory]:
    parts: dict[str, list[str]] = {}
    for affected in said["affected"]:
        package = affected.get("package", {})
        if package.get("ecosystem") == "PyPI" and (name := normal(package["name"])) in packages:
            parts.setdefault(name, []).extend(_versions(affected))
    for name, versions in parts.items():
        yield Advisory(name, said["id"], tuple(versions), database)


def _versions(affected: dict[str, Any]) -> list[str]:
    """As specifiers: the ranges, or where there are none, each version that is named."""
    ranges = [r for r in affected.get("ranges", []) if r["type"] == "ECOSYSTEM"]
    if not ranges:
        return [f"=={version}" for version in affected.get("versions", [])]
    specifiers = []
    for events in (r["events"] for r in ranges):
        opened = ""
        for event in events:
            if "introduced" in event:
                opened = f">={event['introduced']}"
            elif opened:
                end = f"<{event['fixed']}" if "fixed" in event else f"<={event['last_affected']}"
                specifiers.append(f"{opened},{end}")
                opened = ""
        if opened:
            specifiers.append(opened)
    return specifiers
