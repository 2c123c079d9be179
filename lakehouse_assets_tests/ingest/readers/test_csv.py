"""What CSV needs to know beyond the cases of bad data: other separators and encodings, damage without end."""

import gc
import time
from collections.abc import Iterator

import pyarrow as pa
import pytest

from lakehouse_assets.ingest.sources import csv
from lakehouse_assets_tests.ingest.readers.reading import read, text_columns

AB = text_columns("a", "b")


@pytest.mark.parametrize("delimiter", [";", "\t", "|", "§", " "])
def test_any_character_may_separate_values(delimiter: str) -> None:
    content = 'a,b\n"x,y",""\n1,\n'.replace(",", delimiter)
    found = read(content.encode(), csv("x", delimiter=delimiter), AB)
    assert [(row["a"], row["b"]) for row in found.rows] == [(f"x{delimiter}y", ""), ("1", None)]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16-be", "utf-32-le", "shift_jis", "utf-7"])
def test_a_declared_encoding_gives_the_same_text(encoding: str) -> None:
    content = 'a,b\n1,"x\ny"\n'.encode(encoding)
    assert read(content, csv("x", encoding=encoding), AB) == read(b'a,b\n1,"x\ny"\n', csv("x"), AB)


@pytest.fixture
def no_garbage_collected() -> Iterator[None]:
    """How long that takes tells of all that other tests keep in memory, not of what is read here."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_garbage_collected")
@pytest.mark.parametrize("line", ['x","\n', '"x\n', '1,"\n', '"""\n', 'x"""\n', '""",\n'])
def test_a_file_of_nothing_but_damaged_quotes_takes_time_in_proportion_to_its_size(line: str) -> None:
    def seconds(lines: int) -> float:  # of this process: others must not make the one or the other slow
        began = time.process_time()
        found = read(b"a,b\n" + line.encode() * lines, csv("x"), AB)
        assert found.rows or found.malformed
        return time.process_time() - began

    seconds(1_000)
    # Of two times the shorter: what other threads of this process do meanwhile makes one longer, and none shorter.
    assert min(seconds(80_000), seconds(80_000)) < 30 * max(seconds(8_000), 0.02)


def test_a_quote_that_opens_amid_lines_looked_at_already_is_judged_as_if_it_were_the_first() -> None:
    found = read(b'a,b\n1,"x\n2,"\n3,"z\n4,5\n', csv("x"), AB)
    assert [(row["a"], row["b"]) for row in found.rows] == [("1", "x\n2,"), ("4", "5")]
    assert [(bad.line, bad.row, bad.text) for bad in found.malformed] == [(4, 2, '3,"z')]


def test_a_malformed_record_keeps_no_more_than_64_kib_of_its_text_and_says_so() -> None:
    (bad,) = read(b"a,b\n" + "é".encode() * 50_000 + b"\n", csv("x"), AB).malformed
    assert bad.reason == "1 value for 2 columns (text cut at 64 KiB)"
    assert bad.text == "é" * 32_768


def test_bytes_that_are_no_text_are_shown_in_hexadecimal_digits() -> None:
    (bad,) = read(b"a,b\nM\xfcller \xe2\x82\xac,2\n", csv("x"), AB).malformed
    assert bad.text == "M\\xfcller €,2"


def test_a_typed_contract_keeps_its_rows_fast_or_slow() -> None:
    columns = pa.schema([("a", pa.int32()), ("b", pa.decimal128(5, 2))])
    good = read(b"a,b\n7,1.10\n,\n", csv("x"), columns)
    assert [(row["a"], str(row["b"])) for row in good.rows] == [(7, "1.10"), (None, "None")]
    mixed = read(b"a,b\n0x7,1.10\n8,1.105\n9,1\n", csv("x"), columns)
    assert [row["a"] for row in mixed.rows] == [9]
    assert [bad.reason for bad in mixed.malformed] == [
        "column a: 0x7 does not fit int",
        "column b: 1.105 does not fit decimal(5, 2)",
    ]
    assert [bad.text for bad in mixed.malformed] == ["0x7,1.10", "8,1.105"]
