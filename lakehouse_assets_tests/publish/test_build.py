"""The name of the code that runs."""

from __future__ import annotations

import subprocess
from importlib import metadata
from pathlib import Path

import pytest
from deltalake import DeltaTable

from lakehouse_assets.errors import ReleaseError
from lakehouse_assets.publish.build import VARIABLE, build, code_version
from lakehouse_assets.publish.information import told_by
from lakehouse_assets.publish.note import note

VERSION = metadata.version("lakehouse-assets")


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a commit, and nothing that tells which code this is."""
    monkeypatch.delenv(VARIABLE, raising=False)
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "one")
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=t", "-c", "user.email=t@t"]
    return subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def test_in_a_clone_it_is_the_commit(clone: Path) -> None:
    name = f"{VERSION}+g{git(clone, 'rev-parse', 'HEAD').strip()}"
    assert build(clone) == code_version(clone) == name


def test_what_is_not_committed_is_told_and_cannot_be_released(clone: Path) -> None:
    (clone / "new").touch()
    assert build(clone) == f"{VERSION}+g{git(clone, 'rev-parse', 'HEAD').strip()}.changed"
    with pytest.raises(ReleaseError, match="differs from its last commit"):
        code_version(clone)


def test_where_git_cannot_tell_what_was_changed_it_counts_as_changed(clone: Path) -> None:
    (clone / ".git/index").write_text("what git cannot read")
    assert build(clone).endswith(".changed")
    with pytest.raises(ReleaseError, match="git cannot tell whether"):
        code_version(clone)


def test_code_outside_a_repository_is_known_by_its_version_alone_and_cannot_be_released(clone: Path) -> None:
    installed = clone / "environment"
    installed.mkdir()
    assert build(installed) == VERSION, "the repository around it is another's"
    with pytest.raises(ReleaseError, match="nothing says which code this is"):
        code_version(installed)


def test_what_the_environment_says_goes_before_all(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "1.4.0+gabc")
    assert build(clone) == code_version(clone) == "1.4.0+gabc"
    monkeypatch.setenv(VARIABLE, "abc.changed")  # an image of a clone in which something was
    with pytest.raises(ReleaseError, match="differs from its last commit"):
        code_version(clone)


def test_every_commit_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow as pa
    from deltalake import write_deltalake

    monkeypatch.setenv(VARIABLE, "1.4.0+gabc")
    url = tmp_path.as_uri()
    write_deltalake(url, pa.table({"a": [1]}))
    note(url, lambda _: {"maintained": "nothing"})
    said, others = map(told_by, DeltaTable(url).history())
    assert (said["maintained"], said["build"], others) == ("nothing", "1.4.0+gabc", {})
