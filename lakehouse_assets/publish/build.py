"""Which code this is, by a name that one can deploy again."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from importlib import metadata
from pathlib import Path

from lakehouse_assets.errors import ReleaseError

VARIABLE = "LAKEHOUSE_CODE_VERSION"  # set in an image, which has no repository
REPOSITORY = Path(__file__).parents[2]
CHANGED = ".changed"


def build(repository: Path = REPOSITORY) -> str:
    """The code that runs, by the best name there is, as this process found it first; never raises.

    LAKEHOUSE_CODE_VERSION, or `<package version>+g<commit>` of the clone that this code lies in, with `.changed` where
    files differ from the commit; of an installed wheel its version alone.
    """
    return os.environ.get(VARIABLE) or _found_first(repository)


def code_version(repository: Path = REPOSITORY) -> str:
    """The code that runs, by a name by which anybody can have it again.

    Raises ReleaseError where nothing tells, or where files differ from the commit: nobody could have such code later.
    """
    told = os.environ.get(VARIABLE)
    found = told or _found(repository)
    if found.endswith(CHANGED):
        raise ReleaseError(
            "the code differs from its last commit, or git cannot tell whether it does: nobody could deploy it again",
            where=str(repository),
            remedy="commit what is changed, or put it away with `git stash -u`",
        )
    if not told and "+g" not in found:
        raise ReleaseError(
            "nothing says which code this is", where=str(repository), remedy=f"set {VARIABLE}, or run in a clone"
        )
    return found


def _found(repository: Path) -> str:
    try:
        version = metadata.version("lakehouse-assets")
    except metadata.PackageNotFoundError:  # such as on a cluster's workers, which are sent the code alone
        version = "not installed"
    top = _git(repository, "rev-parse", "--show-toplevel", "HEAD")
    if top is None:
        return version
    folder, _, commit = top.partition("\n")
    if Path(folder) != repository.resolve():  # a wheel in an environment that lies in some other clone
        return version
    changed = "" if _git(repository, "status", "--porcelain") == "" else CHANGED  # or git cannot tell
    return f"{version}+g{commit}{changed}"


_found_first = cache(_found)


def _git(repository: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            ["git", "--no-optional-locks", "-C", str(repository), *arguments],  # noqa: S607 - whichever git the user has
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
