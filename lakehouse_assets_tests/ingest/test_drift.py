"""How delivered columns differ from the agreed ones."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from lakehouse_assets.ingest.deliveries import Delivery
from lakehouse_assets.ingest.drift import differences, drift, extra_rows
from lakehouse_assets.ingest.provenance import EXTRA
from lakehouse_assets.ingest.sources import Source, csv, json_lines, parquet
from lakehouse_assets.publish.commit import active_files
from lakehouse_assets.publish.findings import Finding
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.staging import StagedFile


@pytest.mark.parametrize(
    ("delivered", "source", "expected"),
    [
        pytest.param("a b c", csv("s"), [], id="as agreed"),
        pytest.param("a b c d", csv("s"), ["+ d (kept in _source_extra)"], id="a new one"),
        pytest.param("b a c", csv("s"), ["the order is b, a, c"], id="another order"),
        pytest.param("b a c", json_lines("s"), [], id="JSON has no order"),
        pytest.param("a x b c", csv("s"), ["+ x (kept in _source_extra)"], id="a new one between is no other order"),
        pytest.param("a c", json_lines("s"), ["- b"], id="one that no record has"),
        pytest.param("a c", csv("s", optional=["b"]), [], id="one that a file may lack"),
        pytest.param("a b c", csv("s", optional=["b"]), [], id="one that a file may lack and has"),
        pytest.param("A b c", parquet("s"), ["+ A (kept in _source_extra)", "- a"], id="another case is another name"),
    ],
)
def test_a_difference_reads_as_one(delivered: str, source: Source, expected: list[str]) -> None:
    assert differences(["a", "b", "c"], delivered.split(), source) == expected


def test_of_very_many_columns_the_first_hundred_are_told() -> None:
    new = [f"n{number}" for number in range(101)]
    told = differences(["a", "b"], ["a", *new], csv("s"))
    assert told == [*(f"+ {name} (kept in _source_extra)" for name in new[:100]), "and more", "- b"]
    (order,) = differences(new, new[::-1], csv("s"))
    assert order.startswith("the order is n100, n99, ")
    assert order.endswith(" n1 and 1 more")


def file(slot: str, name: str) -> Delivery:
    return Delivery(f"/landing/{slot}/{name}", f"sales/{slot}/{name}", 1, 1, slot)


def told(files: list[tuple[Delivery, tuple[str, ...]]], agreed: list[str], *slots: str, **extra: int) -> list[Finding]:
    return list(drift(files, agreed, csv("sales"), extra, slots or ("mon",)))


def test_each_partition_has_a_finding_that_names_its_files() -> None:
    read = [(file("mon", "a"), ("x",)), (file("tue", "b"), ("x", "y")), (file("tue", "c"), ("x",))]
    good, bad = told(read, ["x"], "mon", "tue", tue=3)
    assert (good.slot, good.passed, good.said) == ("mon", True, "")
    assert (bad.slot, bad.passed, bad.blocks) == ("tue", False, False)
    assert bad.said == "sales/tue/b: + y (kept in _source_extra)"
    assert bad.figures == {"files_read": 2, "files_that_differ": 1, "rows_with_more": 3}


def test_many_files_are_counted_and_not_all_named() -> None:
    (finding,) = told([(file("mon", str(i)), ("y", "x")) for i in range(9)], ["x", "y"])
    assert finding.said.count("the order is y, x") == 5
    assert finding.said.endswith("and 4 more files")


def test_a_file_without_a_record_has_nothing_to_compare() -> None:
    assert [finding.passed for finding in told([(file("mon", "a"), ())], ["x"])] == [True]


def test_what_was_noticed_when_a_file_was_loaded_is_not_forgotten_when_another_is() -> None:
    (finding,) = told([(file("mon", "a"), ("x",))], ["x"], mon=1200)
    assert not finding.passed
    assert finding.said == "1,200 rows that were loaded before hold columns beyond the contract, in _source_extra"


def test_rows_that_hold_more_are_counted_by_statistics(tmp_path: Path) -> None:
    rows = pa.table({"day": ["mon", "mon", "tue"], EXTRA: ['{"y": 1}', None, None]})
    write_deltalake(str(tmp_path), rows, partition_by=["day"])
    stored = DeltaTable(str(tmp_path))
    active = active_files(stored, Range("day", ("mon", "tue")))
    assert extra_rows((), active, stored) == {"mon": 1, "tue": 0}
    with_more = StagedFile("f", 1, 1, 5, "mon", False, '{"nullCount": {"_source_extra": 3}}', {})
    rejects = StagedFile("r", 1, 1, 5, "mon", True, '{"nullCount": {"_source_extra": 0}}', {})
    assert extra_rows([with_more, rejects], [], None) == {"mon": 2}
