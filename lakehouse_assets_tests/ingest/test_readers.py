"""Files of every format, good and bad."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow.fs import LocalFileSystem

from lakehouse_assets.errors import DeliveryError
from lakehouse_assets.ingest.deliveries import Delivery
from lakehouse_assets.ingest.readers import read_batches


def rows(path: Path, format_: str) -> list[dict]:
    delivery = Delivery(str(path), path.name, path.stat().st_size, path.stat().st_mtime_ns, "")
    return [row for batch in read_batches(LocalFileSystem(), delivery, format_) for row in batch.to_pylist()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a,b\n1,2\n", [{"a": "1", "b": "2"}], id="plain"),
        pytest.param("a,b\r\n1,2\r\n", [{"a": "1", "b": "2"}], id="windows line ends"),
        pytest.param("\ufeffa,b\n1,2\n", [{"a": "1", "b": "2"}], id="byte order mark"),
        pytest.param("a,b\n1,2", [{"a": "1", "b": "2"}], id="no line end at the end"),
        pytest.param("a,b\n", [], id="header only"),
        pytest.param("a,b\n007,1.50\n", [{"a": "007", "b": "1.50"}], id="text stays as it came"),
        pytest.param('a,b\n,""\n', [{"a": None, "b": ""}], id="nothing is NULL, quoted nothing is empty text"),
        pytest.param('a,b\n"x,y","line 1\nline 2"\n', [{"a": "x,y", "b": "line 1\nline 2"}], id="quotes and newlines"),
        pytest.param("a,b\nnull,NaN\n", [{"a": "null", "b": "NaN"}], id="words that look like nothing"),
        pytest.param("a\nü—😀\n", [{"a": "ü—😀"}], id="unicode"),
    ],
)
def test_csv_values_arrive_as_the_text_they_are(tmp_path: Path, text: str, expected: list[dict]) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode())
    assert rows(path, "csv") == expected


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "empty", id="empty file"),
        pytest.param(b"a,a\n1,2\n", "twice", id="doubled column"),
        pytest.param(b"a,b\n1,2\n1,2,3\n", "line 3: 3 values for 2 columns: 1,2,3", id="ragged line"),
        pytest.param(b"a,b\n1,2\n3\n", "line 3: 1 values for 2 columns: 3", id="short line"),
        pytest.param(b"a\n\xff\xfe\n", "UTF8", id="not UTF-8"),
    ],
)
def test_a_csv_that_does_not_parse_is_refused_with_file_line_and_reason(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(DeliveryError) as error:
        rows(path, "csv")
    assert reason in str(error.value)
    assert str(path) in str(error.value)
    assert "Remedy" in str(error.value)


def test_json_lines_keep_every_value_as_text_and_nested_ones_as_json(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"a": 1, "b": "x", "c": {"d": [1, 2]}, "e": null, "f": true}\n')
    assert rows(path, "jsonl") == [{"a": "1", "b": "x", "c": '{"d": [1, 2]}', "e": None, "f": "true"}]


@pytest.mark.parametrize("line", ['{"a": 1', "[1, 2]", "x"])
def test_a_line_that_is_no_json_object_is_refused_by_its_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(f'{{"a": 1}}\n{line}\n')
    with pytest.raises(DeliveryError, match="line 2"):
        rows(path, "jsonl")


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": [1, None], "b": ["x", "y"]}), path)
    assert rows(path, "parquet") == [{"a": 1, "b": "x"}, {"a": None, "b": "y"}]


def test_half_a_parquet_file_is_refused_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": list(range(1000))}), path)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(DeliveryError, match=r"x\.parquet"):
        rows(path, "parquet")
