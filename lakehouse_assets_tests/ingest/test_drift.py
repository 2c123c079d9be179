"""How delivered columns differ from the agreed ones."""

from __future__ import annotations

import pytest

from lakehouse_assets.ingest.deliveries import Delivery
from lakehouse_assets.ingest.drift import differences, drift


@pytest.mark.parametrize(
    ("delivered", "format_", "expected"),
    [
        pytest.param("a b c", "csv", [], id="as agreed"),
        pytest.param("a b c d", "csv", ["+ d (kept in _source_extra)"], id="a new one"),
        pytest.param("b a c", "csv", ["the order is b, a, c"], id="another order"),
        pytest.param("b a c", "jsonl", [], id="JSON has no order"),
        pytest.param("a x b c", "csv", ["+ x (kept in _source_extra)"], id="a new one between is no other order"),
        pytest.param("a c", "jsonl", ["- b"], id="one that no record has"),
        pytest.param("A b c", "parquet", ["+ A (kept in _source_extra)", "- a"], id="another case is another name"),
    ],
)
def test_a_difference_reads_as_one(delivered: str, format_, expected: list[str]) -> None:
    assert differences(["a", "b", "c"], delivered.split(), format_) == expected


def file(slot: str, name: str) -> Delivery:
    return Delivery(f"/landing/{slot}/{name}", f"sales/{slot}/{name}", 1, 1, slot)


def test_each_partition_has_a_finding_that_names_its_files() -> None:
    good, bad = drift(
        [(file("mon", "a"), ("x",)), (file("tue", "b"), ("x", "y")), (file("tue", "c"), ("x",))], ["x"], "csv"
    )
    assert (good.slot, good.passed, good.said) == ("mon", True, "")
    assert (bad.slot, bad.passed, bad.blocks) == ("tue", False, False)
    assert bad.said == "sales/tue/b: + y (kept in _source_extra)"
    assert bad.figures == {"files": 2, "files_that_differ": 1}


def test_many_files_are_counted_and_not_all_named() -> None:
    (finding,) = drift([(file("mon", str(i)), ("y", "x")) for i in range(9)], ["x", "y"], "csv")
    assert finding.said.count("the order is y, x") == 5
    assert finding.said.endswith("and 4 more files")


def test_a_file_without_a_record_has_nothing_to_compare() -> None:
    assert drift([(file("mon", "a"), ())], ["x"], "csv") == ()
