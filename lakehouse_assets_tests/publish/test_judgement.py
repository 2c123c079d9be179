"""Counts: every row in exactly one of them, by partition and rule, and a sentence where there are too many bad ones."""

from __future__ import annotations

import pyarrow as pa
import pytest

from lakehouse_assets.errors import ContractError, OutsideRangeError
from lakehouse_assets.publish.judgement import Judgement, Tally, require_conserved, tallies_of, tally
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.rules import Rule, RuleSet
from lakehouse_assets.publish.staging import StagedFile
from lakehouse_assets.publish.verdict import REJECTED

RULES = RuleSet((Rule("bad", "row", (), ""), Rule("odd", "row", (), "", warn=True)))
A, B = "a", "b"
BAD, ODD, BOTH = (1,), (2,), (3,)


def good(slot: str, rows: int, odd: int = 0) -> StagedFile:
    return StagedFile("p", 1, 1, rows, slot, False, "{}", {(slot, ODD): odd} if odd else {})


def bad(flagged: dict[tuple[str, tuple[int, ...]], int]) -> StagedFile:
    return StagedFile("p", 1, 1, sum(flagged.values()), REJECTED, True, "{}", flagged)


def judgement(**tallies: Tally) -> Judgement:
    return Judgement(Range("k", tuple(tallies)), RULES, tallies)


def test_accepted_and_quarantined_rows_are_counted_by_partition_and_rule() -> None:
    files = [good(A, 5, odd=2), good(A, 3, odd=1), good(B, 1), bad({(A, BAD): 4, (A, BOTH): 3, (B, BAD): 2})]
    counted = tally(files, Range("k", (A, B, "c")), RULES)
    assert counted.tallies == {
        A: Tally(15, 8, 7, {"odd": 6, "bad": 7}),
        B: Tally(3, 1, 2, {"bad": 2}),
        "c": Tally(0, 0, 0, {}),
    }
    assert counted.total == Tally(18, 9, 9, {"bad": 9, "odd": 6})


def test_of_an_unpartitioned_table_all_rows_are_of_one_slot() -> None:
    counted = tally([good("", 5), bad({("all", BAD): 2})], Range.whole(), RULES)
    assert counted.tallies == {"": Tally(7, 5, 2, {"bad": 2})}


def test_rows_outside_the_range_are_counted_once_each_and_named_in_order() -> None:
    files = [good("z", 5, odd=2), good("", 2), bad({("z", BAD): 1, ("y", BOTH): 4, (A, BAD): 1})]
    with pytest.raises(OutsideRangeError, match=r"range a: NULL \(2 rows\), y \(4 rows\), z \(6 rows\)") as error:
        tally(files, Range("k", (A,)), RULES)
    assert "the partitions of k they belong to" in error.value.remedy


def test_of_very_many_partitions_outside_the_range_ten_are_named() -> None:
    with pytest.raises(OutsideRangeError) as error:
        tally([good(f"{n:02d}", 1) for n in range(12)], Range("k", (A,)), RULES)
    assert error.value.what.count("(1 rows)") == 10
    assert "09 (1 rows)" in error.value.what


def test_rows_that_only_warn_in_an_accepted_file_outside_are_not_counted_twice() -> None:
    with pytest.raises(OutsideRangeError, match=r"z \(5 rows\)"):
        tally([good("z", 5, odd=5)], Range("k", (A,)), RULES)


def test_a_refusal_begins_beyond_what_is_tolerated_and_not_at_it() -> None:
    counts = judgement(a=Tally(1000, 900, 100, {}), b=Tally(10, 10, 0, {}))
    assert counts.refusals(0.1, None) == []
    assert counts.refusals(0.099, None) == ["partition a: 100 of 1,000 rows rejected, more than 9.9%"]
    assert counts.refusals(1.0, 100) == []
    assert counts.refusals(1.0, 99) == ["partition a: 100 of 1,000 rows rejected, more than 99"]
    assert counts.refusals(0.0, 99) == ["partition a: 100 of 1,000 rows rejected, more than 99"], "said once"
    assert counts.refusals(0.0, 100) == ["partition a: 100 of 1,000 rows rejected, more than 0.0%"], "either refuses"
    assert Judgement(Range.whole(), RULES, {"": Tally(2, 0, 2, {})}).refusals(0.5, None) == [
        "the table: 2 of 2 rows rejected, more than 50.0%"
    ]


def test_rows_that_stay_are_added_to_what_was_judged() -> None:
    counts = judgement(a=Tally(3, 2, 1, {"bad": 1}), b=Tally(1, 1, 0, {}))
    beside = {A: Tally(7, 4, 3, {"bad": 2, "odd": 1}), "elsewhere": Tally(9, 9, 0, {})}
    together = counts.with_rows(beside)
    assert together.tallies == {A: Tally(10, 6, 4, {"bad": 3, "odd": 1}), B: Tally(1, 1, 0, {})}


def test_stored_rows_are_counted_from_files_and_quarantine() -> None:
    held = pa.table({"_partition": [A, A, B], "_failed": [["bad"], ["bad", "odd"], None]})
    assert tallies_of({A: 5, "c": 1}, held) == {
        A: Tally(7, 5, 2, {"bad": 2, "odd": 1}),
        B: Tally(1, 0, 1, {}),
        "c": Tally(1, 1, 0, {}),
    }


@pytest.mark.parametrize(("accepted", "quarantined"), [(3, 1), (2, 2), (1, 1), (2, 0), (1, 2), (3, 0)])
def test_nothing_is_committed_unless_every_delivered_row_is_in_one_of_the_commits(
    accepted: int, quarantined: int
) -> None:
    counts = judgement(a=Tally(3, 2, 1, {}))
    require_conserved(counts, 2, 1)
    with pytest.raises(ContractError, match=f"but {accepted} and {quarantined} would be written") as error:
        require_conserved(counts, accepted, quarantined)
    assert "report it" in error.value.remedy
