"""What the readers counted and what lies staged are two counts: where they differ, nothing is loaded."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from lakehouse_assets.ingest.counted import StagedRowsError
from lakehouse_assets.ingest.load import stage_here
from lakehouse_assets.making import make
from lakehouse_assets_tests.ingest.visits import DAY, Strict, deliver, no_engine, people, rejected

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lakehouse_assets.ingest.load import Stage
    from lakehouse_assets.settings import Settings

GOOD, REJECTED = f"event_date={DAY}", "event_date=1234-05-06"


def vanish(file: Path) -> None:
    file.unlink()


def lose_a_row(file: Path) -> None:
    table = pq.read_table(file)
    pq.write_table(table.slice(1), file)


def double(file: Path) -> None:
    shutil.copy(file, file.with_name(f"again-{file.name}"))


def double_under_its_name(file: Path) -> None:
    shutil.copy(file, file.with_name(file.name.replace(".zstd.", ".again.")))


def staged_and_then(lake: Settings, folder: str, happens: Callable[[Path], None]) -> Stage:
    """Deliveries staged as ever, and then something that happens to the file of one that lies in `folder`."""

    def stage(*order: Any) -> Any:
        files = stage_here(*order)
        (mine,) = Path(lake.root, "bronze", "strict", order[2]).glob(f"{folder}/delivery-*.parquet")
        happens(mine)
        return files

    return stage


def files_on_disk(lake: Settings) -> set[Path]:
    return set(Path(lake.root, "bronze", "strict").glob("staged-*/*/*"))


@pytest.mark.parametrize("happens", [vanish, lose_a_row, double, double_under_its_name])
@pytest.mark.parametrize(("folder", "kind"), [(GOOD, "good"), (REJECTED, "rejected")], ids=["good", "rejected"])
def test_rows_that_are_lost_or_doubled_between_reading_and_publishing_refuse_the_load(
    lake: Settings, happens: Callable[[Path], None], folder: str, kind: str
) -> None:
    deliver(lake, DAY, "a.csv", "store,who\n" + "1,ann\n" * 60 + "1,2,3\n1,2,4\n")
    make(Strict, lake, no_engine, [DAY], "first")
    before, staged = (people(lake, "strict"), rejected(lake, "strict")), files_on_disk(lake)
    deliver(lake, DAY, "b.csv", "store,who\n" + "1,bob\n" * 70 + "1,2,5\n1,2,6\n")
    with pytest.raises(StagedRowsError, match=rf" {kind} rows were read, \d+ lie staged"):
        make(Strict, lake, no_engine, [DAY], "second", stage=staged_and_then(lake, folder, happens))
    assert (people(lake, "strict"), rejected(lake, "strict")) == before
    assert files_on_disk(lake) == staged, "what the refused load staged lies there still"
    make(Strict, lake, no_engine, [DAY], "repeated")
    assert [who for who, _ in people(lake, "strict")] == ["ann"] * 60 + ["bob"] * 70
    assert len(rejected(lake, "strict")) == 4


def test_a_file_that_cannot_be_read_counts_as_the_one_row_that_stands_for_it(lake: Settings) -> None:
    deliver(lake, DAY, "a.csv", "nothing,here\n1,2\n")
    deliver(lake, DAY, "b.csv", "store,who\n" + "1,ann\n" * 60)
    with pytest.raises(StagedRowsError, match=rf"visits/{DAY}/a\.csv: 1 rejected rows were read, 0 lie staged"):
        make(Strict, lake, no_engine, [DAY], "first", stage=staged_and_then(lake, REJECTED, vanish))
    make(Strict, lake, no_engine, [DAY], "repeated")
    assert rejected(lake, "strict") == [("a.csv", "file__readable", None)]
