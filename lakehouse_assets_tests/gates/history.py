"""A git repository of a test: the gates compare what lies in it with what it was."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
_COMMITTER = ("-c", "user.name=test", "-c", "user.email=test@example.invalid", "-c", "commit.gpgsign=false")


@dataclass(frozen=True)
class History:
    """A repository in a folder of its own."""

    folder: Path

    @staticmethod
    def begun(folder: Path) -> History:
        """One without a commit, on a branch that is called `main` whatever git is set to."""
        folder.mkdir()
        history = History(folder)
        history.git("init", "--quiet")
        history.git("symbolic-ref", "HEAD", "refs/heads/main")
        return history

    def git(self, *arguments: str) -> None:
        """Runs a command of git in it, which must succeed."""
        subprocess.run(["git", *_COMMITTER, *arguments], cwd=self.folder, check=True, capture_output=True)

    def commit(self, files: dict[str, str], tag: str | None = None) -> None:
        """One more commit, with these files as they are to be; also as a release where a tag is given."""
        for name, text in files.items():
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", tag or "work")
        if tag:
            self.git("tag", tag)

    def gate(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """What a gate says of it, run as make runs it but in this folder."""
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            capture_output=True,
            text=True,
            check=False,
        )
