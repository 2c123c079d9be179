"""Every kind of bad data has its outcome, and the page says the same."""

from pathlib import Path

import pytest

from lakehouse_assets.ingest.readers import UnreadableFileError
from lakehouse_assets_tests.ingest.bad_data import CASES, Case, page
from lakehouse_assets_tests.ingest.readers.reading import read


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


def test_no_case_is_told_twice() -> None:
    assert len({case.id for case in CASES}) == len(CASES)


def test_the_page_is_the_one_that_the_cases_write() -> None:
    path = Path(__file__).parents[2] / "docs" / "bad-data.md"
    assert path.read_text() == page(), "write it anew with `make docs`"
