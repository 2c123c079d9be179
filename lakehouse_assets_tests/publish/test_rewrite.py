"""Rows move to other files and stay the same rows; whoever is met meanwhile, none is lost or there twice."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable, write_deltalake
from hypothesis import given, settings
from hypothesis import strategies as st

from lakehouse_assets.errors import ConflictError, EngineError
from lakehouse_assets.publish.commit import all_files, commit
from lakehouse_assets.publish.marks import MADE, Marks
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.rewrite import Rewritten, rewrite_slot
from lakehouse_assets_tests.publish.test_commit import BOTH, MONDAY, TUESDAY, change, ids, staged
from lakehouse_assets_tests.publish.test_staging import Interrupted, cannot_be_removed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lakehouse_assets.publish.rewrite import Job

LARGE = 10**9
MADE_OF = {MADE + MONDAY: 7, MADE + TUESDAY: 8}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return many_files(str(tmp_path / "t"))


def many_files(url: str) -> str:
    """A table of two days, three files each, with a mark for each day."""
    for n in range(3):
        files = [*staged(url, MONDAY, 10 * n + 1, 10 * n + 2), *staged(url, TUESDAY, 10 * n + 5)]
        commit(url, change(BOTH, *files, keep=None, marks=MADE_OF if n == 2 else {}))
    return url


def files_of(url: str) -> Counter[str]:
    return Counter(file.slot for file in all_files(DeltaTable(url), "day"))


def rewrite(url: str, slot: str = MONDAY, **options: Any) -> Rewritten:
    return rewrite_slot(DeltaTable(url), slot, file_bytes=options.pop("file_bytes", LARGE), **options)


def test_the_small_files_of_a_partition_become_one_and_other_partitions_stay(url: str) -> None:
    before = ids(url)
    assert rewrite(url) == Rewritten(3, 1, rewritten_bytes(url), only(url, MONDAY).size_bytes, 3)
    assert files_of(url) == {MONDAY: 1, TUESDAY: 3}
    assert ids(url) == before


def rewritten_bytes(url: str) -> int:
    return sum(file.size_bytes for file in all_files(DeltaTable(url, version=2), "day") if file.slot == MONDAY)


def only(url: str, slot: str) -> Any:
    (file,) = (file for file in all_files(DeltaTable(url), "day") if file.slot == slot)
    return file


def test_why_a_rewrite_is_given_up_is_told_even_where_its_files_cannot_be_removed(url: str) -> None:
    def interrupted(job: Job) -> None:
        cannot_be_removed(url, job.into.partition("/")[0])
        raise Interrupted

    before = files_of(url)
    with pytest.raises(Interrupted):
        rewrite(url, write=interrupted)
    assert files_of(url) == before


def test_marks_are_what_they_were(url: str) -> None:
    rewrite(url)
    rewrite(url, TUESDAY, cluster_by=["id"])
    assert Marks.of(url, DeltaTable(url).version()).numbers == MADE_OF


def test_the_commit_says_that_no_data_changed_so_readers_of_changes_see_nothing(url: str) -> None:
    rewrite(url, told={"maintained": "compact"})
    table = DeltaTable(url)
    assert json_of(url, 3, "remove")["dataChange"] is json_of(url, 3, "add")["dataChange"] is False
    assert '"maintained": "compact"' in table.history(1)[0]["lakehouse"]


def json_of(url: str, version: int, kind: str) -> dict[str, Any]:
    from lakehouse_assets_tests.publish.test_commit import actions

    return actions(url, version, kind)[0]


def test_a_partition_of_one_file_is_left_alone(url: str) -> None:
    rewrite(url)
    assert rewrite(url) == Rewritten()
    assert DeltaTable(url).version() == 3


def test_files_that_are_large_already_are_not_written_again(url: str) -> None:
    large = max(file.size_bytes for file in all_files(DeltaTable(url), "day"))
    assert rewrite(url, file_bytes=large) == Rewritten()


def test_an_unpartitioned_table_is_rewritten_as_a_whole(tmp_path: Path) -> None:
    url = str(tmp_path / "t")
    for n in range(4):
        commit(url, change(Range.whole(), *staged(url, "", n, column=None), keep=None))
    assert rewrite(url, "").files_added == 1
    assert ids(url) == [0, 1, 2, 3]
    assert list(Path(url).glob("*/_delta_log")) == [], "only Parquet is left of what was written beside"


def test_of_two_compactions_that_meet_one_yields_and_no_row_is_there_twice(url: str) -> None:
    before, late = ids(url), DeltaTable(url)
    rewrite(url)
    with pytest.raises(ConflictError):
        rewrite_slot(late, MONDAY, file_bytes=LARGE)
    assert ids(url) == before
    assert len(on_disk(url)) == 7, "what the one that yielded had staged is gone"


def on_disk(url: str) -> list[Path]:
    return [path for path in Path(url).rglob("*.parquet") if "_delta_log" not in path.parts]


def test_a_compaction_yields_to_a_writer_of_its_partition(url: str) -> None:
    late = DeltaTable(url)
    commit(url, change(Range("day", (MONDAY,)), *staged(url, MONDAY, 99)))
    with pytest.raises(ConflictError):
        rewrite_slot(late, MONDAY, file_bytes=LARGE)
    assert ids(url) == [5, 15, 25, 99]


def test_a_compaction_and_a_writer_of_another_partition_both_succeed(url: str) -> None:
    late = DeltaTable(url)
    commit(url, change(Range("day", (TUESDAY,)), *staged(url, TUESDAY, 99)))
    assert rewrite_slot(late, MONDAY, file_bytes=LARGE).version == 4
    assert ids(url) == [1, 2, 11, 12, 21, 22, 99]


def test_a_compaction_and_rows_that_join_its_partition_meanwhile_both_succeed(url: str) -> None:
    late = DeltaTable(url)
    commit(url, change(Range("day", (MONDAY,)), *staged(url, MONDAY, 99), keep=None))
    rewrite_slot(late, MONDAY, file_bytes=LARGE)
    assert ids(url) == [1, 2, 5, 11, 12, 15, 21, 22, 25, 99]
    assert files_of(url)[MONDAY] == 2


def test_a_writer_whose_base_is_older_than_a_compaction_is_not_disturbed(url: str) -> None:
    files, base = staged(url, MONDAY, 99), DeltaTable(url).version()
    rewrite(url)
    commit(url, change(Range("day", (MONDAY,)), *files, base=base))
    assert ids(url) == [5, 15, 25, 99]


def test_beside_a_writer_that_never_rests_no_row_is_lost_and_none_is_there_twice(url: str) -> None:
    written, stop = [0], threading.Event()

    def write() -> None:
        try:
            for n in range(1, 60):
                files = [*staged(url, MONDAY, 1000 + n), *staged(url, MONDAY, 2000 + n)]
                commit(url, change(Range("day", (MONDAY,)), *files))
                written[0] = n
        finally:
            stop.set()

    writer = threading.Thread(target=write)
    writer.start()
    compacted = yielded = 0
    while not stop.is_set():
        try:
            compacted += rewrite(url).files_removed > 0
        except ConflictError:
            yielded += 1
        seen = [n for n in ids(url) if n not in (5, 15, 25)]
        assert len(seen) == 6 or (len(seen) == 2 and seen[1] == seen[0] + 1000), "always one publication, and whole"
    writer.join()
    assert written == [59]
    assert compacted + yielded > 0
    assert ids(url) == [5, 15, 25, 1059, 2059]


def test_a_table_that_marks_rows_as_deleted_is_left_to_whoever_marks_them(tmp_path: Path) -> None:
    url = str(tmp_path / "t")
    for mode in ("error", "append"):
        write_deltalake(url, pa.table({"id": [1]}), mode=mode, configuration={"delta.enableDeletionVectors": "true"})
    with pytest.raises(EngineError, match="deletion vectors by REORG TABLE"):
        rewrite(url, "")
    assert DeltaTable(url).version() == 1


@settings(max_examples=15)
@given(
    rows=st.lists(
        st.lists(
            st.tuples(
                st.integers(-(2**40), 2**40), st.one_of(st.none(), st.text(max_size=3)), st.decimals(-9, 9, places=2)
            ),
            max_size=20,
        ),
        min_size=1,
        max_size=6,
    ),
    file_bytes=st.sampled_from([600, 2_000, LARGE]),
    cluster_by=st.sampled_from([(), ("id",), ("id", "text")]),
)
def test_the_rows_before_are_the_rows_after(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[tuple[Any, ...]]],
    file_bytes: int,
    cluster_by: Sequence[str],
) -> None:
    url = str(tmp_path_factory.mktemp("t") / "t")
    kind = pa.schema({"day": pa.string(), "id": pa.int64(), "text": pa.string(), "paid": pa.decimal128(5, 2)})
    for file in rows:
        listed = [dict(zip(kind.names, (MONDAY, *row), strict=True)) for row in file]
        write_deltalake(url, pa.Table.from_pylist(listed, kind), mode="append", partition_by=["day"])
    before = every_row(url)
    rewrite(url, file_bytes=file_bytes, cluster_by=cluster_by)
    assert every_row(url) == before
    for _, number, _, _ in before[:3]:
        found = DeltaTable(url).to_pyarrow_dataset().to_table(filter=pc.field("id") == number)
        assert found.num_rows == sum(row[1] == number for row in before), "bounds skip no file that has it"


def every_row(url: str) -> list[tuple[Any, ...]]:
    return sorted((tuple(row.values()) for row in DeltaTable(url).to_pyarrow_table().to_pylist()), key=repr)


def test_a_curve_through_two_columns_lets_a_query_for_either_skip_most_files(tmp_path: Path) -> None:
    url, n = str(tmp_path / "t"), 200_000
    numbers = pa.array(range(n))
    shuffled = pc.bit_wise_and(pc.multiply(numbers, 7919), 65535)
    other = pc.bit_wise_and(pc.multiply(numbers, 104729), 65535)
    write_deltalake(url, pa.table({"a": shuffled, "b": other}))
    rewrite(url, "", cluster_by=["a", "b"], file_bytes=60_000)
    whole = DeltaTable(url).to_pyarrow_dataset()
    files = len(list(whole.get_fragments()))
    assert files >= 9
    for column in ("a", "b"):
        read = len(list(whole.get_fragments(filter=pc.field(column) == 12_345)))
        assert read <= files // 3


def test_a_sort_that_finds_too_little_memory_leaves_the_table_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = str(tmp_path / "t")
    write_deltalake(url, pa.table({"a": list(range(10_000))}))
    monkeypatch.setattr("lakehouse_assets.publish.rewrite.SPILL", 1)
    with pytest.raises(EngineError, match="cannot be sorted in the memory"):
        rewrite(url, "", cluster_by=["a"])
    assert DeltaTable(url).version() == 0
    assert not list(Path(url).glob("staged-*"))
