"""Which code this is, by a name that one can deploy again."""

from __future__ import annotations

import os
import subprocess
from importlib import metadata
from pathlib import Path

from lakehouse_assets.errors import ReleaseError

VARIABLE = "LAKEHOUSE_CODE_VERSION"  # set in an image, which has no repository
REPOSITORY = Path(__file__).parents[3]


def code_version(repository: Path = REPOSITORY) -> str:
    """`<package version>+g<commit>`, from LAKEHOUSE_CODE_VERSION or from the repository that this code lies in.

    Raises ReleaseError where neither tells, or where files differ from the commit: such code can be had by
    nobody later.
    """
    told = os.environ.get(VARIABLE)
    if told:
        return told
    # Code that was installed lies in nobody's repository, or in that of somebody who keeps his `.venv` there.
    commit = _git(repository, "rev-parse", "HEAD") if (repository / ".git").exists() else None
    if commit is None:
        raise ReleaseError(
            "nothing says which code this is", where=str(repository), remedy=f"set {VARIABLE}, or run in a clone"
        )
    changed = _git(repository, "status", "--porcelain")
    if changed is None or changed:
        raise ReleaseError(
            "git cannot tell whether the code is that of its last commit"
            if changed is None
            else "the code differs from its last commit, so nobody could deploy it again",
            where=str(repository),
            remedy="commit what is changed, or put it away with `git stash -u`",
        )
    return f"{metadata.version('lakehouse-assets')}+g{commit}"


def _git(repository: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            ["git", "-C", str(repository), *arguments],  # noqa: S607 - whichever git the user has
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
