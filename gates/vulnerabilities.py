"""`python -m gates.vulnerabilities`: what is locked, held against the advisories that are kept in advisories.json.

It prints the page of the result, and fails for a version that an advisory names and nobody has decided about, for a
decision that nothing calls for any more, and for a package of a deployment that was never asked about. `make audit`
asks a service, which knows more; this needs none, and its result can be kept. With `--database`, a folder of OSV files
(a clone of pypa/advisory-database or github/advisory-database, or a dump of osv.dev), advisories.json is made anew.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.specifiers import SpecifierSet

from gates.osv import Advisory, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

REPOSITORY = Path(__file__).parents[1]
KEPT = REPOSITORY / "gates/advisories.json"
DEPLOYED, FOR_WORK = "locked/platform.txt", ("locked/dev.txt", "locked/infra.txt")
# Why a version that an advisory names stays; by the advisory.
DECIDED = {
    "PYSEC-2025-183": "disputed by its supplier, and without a fix: a caller may choose too short a key. "
    "Nothing of ours calls it; msal does, and signs with the key of a certificate where one is given",
}
_PAGE = """# Known vulnerabilities
What is locked, held against known advisories. Written by `make vulnerabilities`, which fails for a version that an
advisory names and nobody has decided about; a test fails when this page is of other versions.

| against | newest seen | how |
|---|---|---|
{databases}

**{deployed} versions are deployed** (`locked/platform.txt`), {for_work} more are for work (`locked/dev.txt`,
`locked/infra.txt`). {advisories} advisories about {packages} of these packages are kept in `gates/advisories.json`.
Locked versions that one of them names: {named}.

| locked | advisory | names | what we do |
|---|---|---|---|
{hits}

**What this proves**: no kept advisory names a version that is locked, but for those above. **What it does not**: that
there are no others. An advisory that is newer than the dates above, or that was not found, is missing here.
`make audit` asks a service about what is deployed with each pull request and each night, and is the check that counts.
The jars within pyspark were not asked about.
{unasked}

To do it again from a whole database, once a release:

```
git clone --depth 1 https://github.com/pypa/advisory-database
make vulnerabilities DATABASE=advisory-database
```

## The packages that have had advisories
| package | locked | they name versions | advisories |
|---|---|---|---|
{rows}
"""


@dataclass(frozen=True)
class Pin:
    """A version that is locked."""

    package: str
    version: str
    deployed: bool


@dataclass(frozen=True)
class Kept:
    """What is known: of which databases, about which packages they were asked, what they said."""

    databases: Mapping[str, Mapping[str, str]]
    asked: frozenset[str]
    advisories: tuple[Advisory, ...]

    @staticmethod
    def load(text: str) -> Kept:
        """As it lies in advisories.json."""
        said: dict[str, Any] = json.loads(text)
        advisories = [Advisory(**row | {"affected": tuple(row["affected"])}) for row in said["advisories"]]
        return Kept(said["databases"], frozenset(said["asked"]), tuple(advisories))

    def text(self) -> str:
        """As it is to lie there: a line for each advisory, so that a difference can be read."""
        rows = ",\n".join(f"  {json.dumps(vars(a))}" for a in sorted(self.advisories, key=lambda a: (a.package, a.id)))
        databases = json.dumps(self.databases, indent=1).replace("\n", "\n ")
        asked = ",\n".join(f'  "{name}"' for name in sorted(self.asked))
        return f'{{\n "databases": {databases},\n "asked": [\n{asked}\n ],\n "advisories": [\n{rows}\n ]\n}}\n'


def pins(repository: Path = REPOSITORY) -> list[Pin]:
    """All that is locked, each version once."""

    def locked(file: str) -> set[tuple[str, str]]:
        return set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)", (repository / file).read_text(), re.M))

    deployed = locked(DEPLOYED)
    return [Pin(*pin, deployed=pin in deployed) for pin in sorted(deployed.union(*map(locked, FOR_WORK)))]


def found(locked: Iterable[Pin], kept: Kept) -> list[tuple[Pin, Advisory]]:
    """Each locked version with each advisory that names it."""
    return [(p, a) for p in locked for a in kept.advisories if a.package == p.package and touches(a, p.version)]


def touches(advisory: Advisory, version: str) -> bool:
    """Whether the advisory names this version."""
    return any(SpecifierSet(part, prereleases=True).contains(version) for part in advisory.affected)


def wrong(locked: Iterable[Pin], kept: Kept, decided: Mapping[str, str]) -> list[str]:
    """A line for each thing that somebody must look at."""
    locked = list(locked)
    named = {advisory.id for _, advisory in found(locked, kept)}
    return [
        *(
            f"{pin.package} {pin.version}: {advisory.id} names it ({', '.join(advisory.affected)}): upgrade, or decide"
            for pin, advisory in found(locked, kept)
            if advisory.id not in decided
        ),
        *(f"{name}: decided about, but names nothing that is locked" for name in sorted(decided.keys() - named)),
        *(f"{pin.package}: never asked about" for pin in locked if pin.deployed and pin.package not in kept.asked),
    ]


def page(locked: Iterable[Pin], kept: Kept, decided: Mapping[str, str]) -> str:
    """The result as a page of the documentation."""
    locked = list(locked)
    hits = found(locked, kept)
    unasked = sorted({pin.package for pin in locked if pin.package not in kept.asked})
    return _PAGE.format(
        databases="\n".join(f"| {d['name']} | {d['as_of']} | {d['how']} |" for d in kept.databases.values()),
        deployed=sum(pin.deployed for pin in locked),
        for_work=sum(not pin.deployed for pin in locked),
        advisories=len(kept.advisories),
        packages=len({advisory.package for advisory in kept.advisories} & {pin.package for pin in locked}),
        named=len(hits),
        hits="\n".join(
            f"| {pin.package} {pin.version} | {advisory.id} | {', '.join(advisory.affected)} | "
            f"{decided.get(advisory.id, '**not decided**')} |"
            for pin, advisory in hits
        ),
        unasked=f"Never asked about, all for work on the code: {', '.join(unasked)}." if unasked else "",
        rows="\n".join(_rows(locked, kept)),
    )


def _rows(locked: list[Pin], kept: Kept) -> list[str]:
    """A row for each package: what is locked, and the bounds of all that is known of it."""
    rows = []
    for pin in locked:
        about = [a for a in kept.advisories if a.package == pin.package]
        if about:
            bounds = sorted({part.rpartition(",")[2] for a in about for part in a.affected})
            rows.append(f"| {pin.package} | {pin.version} | {', '.join(bounds)} | {len(about)} |")
    return rows


def main() -> int:
    """Print the page; exit with 1, saying why, where somebody must look."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--database", type=Path, help="a folder of OSV files, from which advisories.json is made anew")
    folder: Path | None = asked.parse_args().database
    locked = pins()
    if folder is not None:
        names = frozenset(pin.package for pin in locked)
        as_of, advisories = read(folder, names)
        about = {"name": folder.resolve().name, "as_of": as_of, "how": "all of its files"}
        KEPT.write_text(Kept({folder.resolve().name: about}, names, tuple(advisories)).text())
    kept = Kept.load(KEPT.read_text())
    for line in (lines := wrong(locked, kept, DECIDED)):
        sys.stderr.write(line + "\n")
    sys.stdout.write(page(locked, kept, DECIDED))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
