"""What another writer's commit does to a range: it changes it, or it leaves it alone."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, Field, Transaction, write_deltalake
from deltalake.schema import PrimitiveType

from lakehouse_assets.errors import ConflictError
from lakehouse_assets.publish.conflicts import find_commit, require_untouched
from lakehouse_assets.publish.marks import MADE, QUARANTINED, SEEN
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.stores import outside

MONDAY, TUESDAY = "2017-01-02", "2017-01-03"
OURS = Range("day", (MONDAY,))


def write(url: str, day: str, *ids: int, mark: str | None = None, said: str = "") -> None:
    """One commit that appends rows of a day, none where no ids are given."""
    marks = [Transaction(mark, 1)] if mark else []
    properties = CommitProperties(custom_metadata={"said": said}, app_transactions=marks)
    rows = pa.table({"day": [day] * len(ids), "id": pa.array(ids, pa.int64())})
    write_deltalake(url, rows, mode="append", partition_by=["day"], commit_properties=properties)


def forget(url: str, version: int) -> None:
    """As a clean-up of the log does."""
    outside.delete(f"{url}/_delta_log/{version:020d}.json")


@pytest.fixture
def url(any_lake: Settings) -> str:
    """A table of both days, at version 1, which is of our own range; its path is not plain."""
    url = f"{any_lake.root}/a läke"
    write(url, TUESDAY, 1)
    write(url, MONDAY, 1)
    return url


def conflicts(url: str, base: int, range_: Range = OURS) -> str:
    """Why a commit over `base` conflicts, with where and what to do; empty where it does not."""
    try:
        require_untouched(url, range_, base, DeltaTable(url).version())
    except ConflictError as error:
        return str(error) if error.where == url and "run it again" in error.remedy else "says too little"
    return ""


def test_what_was_there_when_the_run_looked_is_no_conflict(url: str) -> None:
    assert conflicts(url, base=1) == ""


def test_rows_of_our_partition_are_a_conflict_and_of_another_are_none(url: str) -> None:
    write(url, TUESDAY, 2)
    assert conflicts(url, base=1) == ""
    write(url, MONDAY, 2)
    assert "version 3 did" in conflicts(url, base=1)
    assert "version 3 did" in conflicts(url, base=2)
    write(url, TUESDAY, 3)
    assert "version 3 did" in conflicts(url, base=2)
    assert conflicts(url, base=3) == ""


def test_rows_taken_out_of_our_partition_are_a_conflict(url: str) -> None:
    DeltaTable(url).delete(f"day = '{TUESDAY}'")
    assert conflicts(url, base=1) == ""
    DeltaTable(url).delete(f"day = '{MONDAY}'")
    assert "version 3 did" in conflicts(url, base=1)


def test_compaction_changes_no_row(url: str) -> None:
    write(url, MONDAY, 2)
    DeltaTable(url).optimize.compact()
    assert DeltaTable(url).version() == 3
    assert conflicts(url, base=2) == ""
    assert conflicts(url, base=2, range_=Range("day", (MONDAY, TUESDAY))) == ""


def test_a_table_that_another_writer_created_without_our_partition_is_no_conflict(url: str) -> None:
    assert "version 1 did" in conflicts(url, base=-1)
    assert conflicts(url, base=-1, range_=Range("day", ("2017-01-04",))) == ""


def test_other_columns_are_a_conflict(url: str) -> None:
    DeltaTable(url).alter.add_columns([Field("item", PrimitiveType("string"))])
    assert "version 2 did" in conflicts(url, base=1)


@pytest.mark.parametrize("mark", [MADE, QUARANTINED])
def test_a_mark_of_our_partition_is_a_conflict_though_no_row_changed(url: str, mark: str) -> None:
    write(url, TUESDAY, mark=mark + TUESDAY)
    assert conflicts(url, base=1) == ""
    write(url, TUESDAY, mark=SEEN + MONDAY)
    assert conflicts(url, base=1) == ""
    write(url, TUESDAY, mark=mark + MONDAY)
    assert "version 4 did" in conflicts(url, base=1)


def test_any_row_of_an_unpartitioned_table_is_a_conflict(tmp_path: Path) -> None:
    url = str(tmp_path / "t")
    for _ in range(2):
        write_deltalake(url, pa.table({"id": [1]}), mode="append")
    assert conflicts(url, base=1, range_=Range.whole()) == ""
    assert "version 1 did" in conflicts(url, base=0, range_=Range.whole())


def test_a_commit_that_the_log_no_longer_has_might_have_changed_our_rows(url: str) -> None:
    write(url, TUESDAY, 2)
    write(url, TUESDAY, 3)
    forget(url, 2)
    with pytest.raises(ConflictError, match="version 2 is no longer in the log"):
        require_untouched(url, OURS, 1, 3)
    require_untouched(url, OURS, 2, 3)


def test_a_commit_is_found_by_its_id_among_those_looked_at_and_no_others(url: str) -> None:
    write(url, MONDAY, 2, said="0ddba11")
    write(url, MONDAY, 3, said="other")
    assert find_commit(url, "0ddba11", after=1, until=3) == 2
    assert find_commit(url, "0ddba11", after=1, until=2) == 2
    assert find_commit(url, "0ddba11", after=-1, until=3) == 2
    assert find_commit(url, "0ddba11", after=2, until=3) is None
    assert find_commit(url, "0ddba11", after=0, until=1) is None
    assert find_commit(url, "c0ffee", after=-1, until=3) is None
    forget(url, 1)
    assert find_commit(url, "0ddba11", after=0, until=3) == 2
