"""Every kind of bad data has its outcome, and the page says the same."""

from pathlib import Path

import pytest

from lakehouse_assets.ingest.deliveries import UNFINISHED
from lakehouse_assets.ingest.readers import UnreadableFileError
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.ingest.bad_data import CASES, FILE_NAMES, Case, page
from lakehouse_assets_tests.ingest.bad_data.file_names import NameCase
from lakehouse_assets_tests.ingest.readers.reading import read
from lakehouse_assets_tests.ingest.visits import DAY, deliver, publish_days, rows


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES])
def test_bad_data_becomes_what_the_page_says(case: Case) -> None:
    content = case.content()
    if case.unreadable:
        with pytest.raises(UnreadableFileError, match=case.unreadable) as error:
            read(content, case.source, case.columns)
        assert "Remedy" in str(error.value)
        assert error.value.reason in str(error.value)
        return
    found = read(content, case.source, case.columns)
    assert [tuple(row[name] for name in case.columns.names) for row in found.rows] == [*case.rows]
    assert [(bad.line, bad.row) for bad in found.malformed] == [(line, row) for line, row, _ in case.bad]
    for bad, (_, _, reason) in zip(found.malformed, case.bad, strict=True):
        assert reason in bad.reason
        assert bad.text
    assert sorted([*found.numbers, *(bad.row for bad in found.malformed)]) == [
        *range(1, len(case.rows) + len(case.bad) + 1)
    ]
    assert [row["_source_extra"] for row in found.rows] == [*(case.extra or [None] * len(case.rows))]


@pytest.mark.parametrize(
    ("case", "name"), [pytest.param(case, name, id=f"{case.id}-{name}") for case in FILE_NAMES for name in case.names]
)
def test_a_file_is_loaded_or_left_alone_by_its_name_as_the_page_says(lake: Settings, case: NameCase, name: str) -> None:
    deliver(lake, DAY, "a.csv", "store,who\n1,ann\n")
    other = deliver(lake, DAY, name, "store,who\n2,bob\n")
    publish_days(lake, DAY)
    assert sorted(row["who"] for row in rows(lake)) == (["ann", "bob"] if case.taken else ["ann"])
    assert publish_days(lake, DAY) is None
    if case.complete:
        other.rename(other.with_name(case.complete))
        publish_days(lake, DAY)
        assert [(row["who"], row["_source_file"]) for row in rows(lake)] == [
            ("ann", f"visits/{DAY}/a.csv"),
            ("bob", f"visits/{DAY}/{case.complete}"),
        ]


def test_each_ending_of_unfinished_files_is_in_a_case() -> None:
    names = [name.lower() for case in FILE_NAMES if not case.taken for name in case.names]
    assert [ending for ending in UNFINISHED if not any(name.endswith(ending) for name in names)] == []


def test_no_case_is_told_twice() -> None:
    assert len({case.id for case in CASES}) == len(CASES)


def test_the_page_is_the_one_that_the_cases_write() -> None:
    path = Path(__file__).parents[2] / "docs" / "bad-data.md"
    assert path.read_text() == page(), "write it anew with `make docs`"
