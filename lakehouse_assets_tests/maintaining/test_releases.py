"""The manifest of a release on the lake, in whatever store that lies."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse_assets.errors import ReleaseError
from lakehouse_assets.maintaining.releases import (
    Release,
    is_released,
    read,
    releases,
    require_name,
    require_new_name,
    write,
)
from lakehouse_assets.operate.releases.record import record
from lakehouse_assets.publish.claim import claimed_by
from lakehouse_assets.storage import place

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

MADE = datetime(2026, 11, 25, 7, 30, tzinfo=UTC)


def test_it_is_read_as_it_was_written_and_says_what_was_agreed(any_lake: Settings) -> None:
    release = Release("v1", "0.1.0+gabc", MADE, {"gold/x": 3, "bronze/y": 0})
    assert write(any_lake.root, release) == f"{any_lake.root}/_releases/v1.json"
    assert read(any_lake.root, "v1") == release
    assert release.as_json() == {
        "release": "v1",
        "code_version": "0.1.0+gabc",
        "made": "2026-11-25T07:30:00+00:00",
        "tables": {"bronze/y": 0, "gold/x": 3},
    }


@given(
    st.builds(
        Release,
        st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True),
        st.text(),
        st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)),
        st.dictionaries(st.text(), st.integers(0, 2**63)),
    )
)
def test_every_release_survives_json(release: Release) -> None:
    assert Release.from_json(json.loads(json.dumps(release.as_json()))) == release


def test_what_was_released_is_never_written_over(lake: Settings) -> None:
    write(lake.root, Release("v1", "a", MADE, {"gold/x": 1}))
    with pytest.raises(ReleaseError, match="there is a release v1 already"):
        write(lake.root, Release("v1", "b", MADE, {"gold/x": 2}))
    assert read(lake.root, "v1").code_version == "a"


def test_nor_by_somebody_who_gives_the_same_name_at_the_same_time(any_lake: Settings) -> None:
    class Overtaken(Release):
        def as_json(self) -> dict[str, Any]:
            write(any_lake.root, Release("v1", "theirs", MADE, {"gold/x": 2}))
            return super().as_json()

    with pytest.raises(ReleaseError, match="there is a release v1 already"):
        write(any_lake.root, Overtaken("v1", "ours", MADE, {"gold/x": 1}))
    assert read(any_lake.root, "v1").code_version == "theirs"
    assert [file.path.rpartition("/")[2] for file in place(any_lake.root).files()] == ["v1.json"]


def test_releases_are_told_oldest_first_and_an_unknown_one_with_those_there_are(lake: Settings) -> None:
    assert releases(lake.root) == []
    with pytest.raises(ReleaseError, match="make one with `lakehouse release NAME`"):
        read(lake.root, "v1")
    write(lake.root, Release("z", "a", MADE.replace(year=2025), {}))
    write(lake.root, Release("a", "b", MADE, {}))
    assert [release.name for release in releases(lake.root)] == ["z", "a"]
    with pytest.raises(ReleaseError, match="choose one of: a, z"):
        read(lake.root, "v1")


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", ".hidden", "a b", "ä", "x" * 101, "a\n"])
def test_a_name_that_could_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(ReleaseError, match="cannot be the name of a release"):
        require_name(name)


@pytest.mark.parametrize("name", ["12", "0", "20261125", "2026-11-25", "2026-11-25T07", "2026-W48-3", "20261125T0700"])
def test_a_new_release_is_not_called_like_a_version_or_a_time(lake: Settings, name: str) -> None:
    with pytest.raises(ReleaseError, match=f"(?s)would mean a version or a time.*as v{name}"):
        write(lake.root, Release(name, "a", MADE, {"gold/x": 1}))
    with pytest.raises(ReleaseError, match="would mean a version or a time"):
        record(name, "a", lake)
    assert releases(lake.root) == []


@pytest.mark.parametrize("name", ["2026.11.25", "v12", "v2026-11-25", "12.", "1.4.0", "2026-13-01", "2017.1"])
def test_a_name_that_is_neither_a_version_nor_a_time_can_be_given(name: str) -> None:
    assert require_new_name(name) == name


def test_a_release_from_before_that_is_called_like_a_time_is_still_read(lake: Settings) -> None:
    assert not is_released(lake.root, "2026-11-25")
    folder = Path(lake.root, "_releases")
    folder.mkdir(parents=True)
    old = Release("2026-11-25", "a", MADE, {"gold/x": 1})
    (folder / "2026-11-25.json").write_text(json.dumps(old.as_json()))
    assert releases(lake.root) == [read(lake.root, "2026-11-25")] == [old]
    assert is_released(lake.root, "2026-11-25")
    assert not is_released(lake.root, "../_releases/2026-11-25")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"release": "v1", "code_version": "", "made": "x", "tables": {}}'])
def test_a_manifest_that_is_none_is_an_error_that_names_it(lake: Settings, text: str) -> None:
    folder = Path(lake.root, "_releases")
    folder.mkdir(parents=True)
    (folder / "v1.json").write_text(text)
    with pytest.raises(ReleaseError, match=r"_releases/v1\.json: this is no manifest"):
        read(lake.root, "v1")


def test_a_lake_without_tables_cannot_be_released(lake: Settings) -> None:
    with pytest.raises(ReleaseError, match="no table was published yet"):
        record("v1", "a", replace(lake, environment="production"))
    assert releases(lake.root) == []
    assert claimed_by(lake.root) is None
