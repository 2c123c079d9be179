"""Declaring where deliveries lie and how they are written."""

import pytest

from lakehouse_assets.errors import DeclarationError
from lakehouse_assets.ingest.sources import Source, csv, json_lines, parquet


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "\n", "\r", "\0", "\ud800"])
def test_a_delimiter_that_cannot_separate_values_is_refused_when_declared(delimiter: str) -> None:
    with pytest.raises(DeclarationError, match="cannot separate values") as error:
        csv("visits", delimiter=delimiter)
    assert "visits" in str(error.value)


@pytest.mark.parametrize("encoding", ["", "utf-9", "rot13", "base64", "hex", "idna", "punycode", "unicode_escape"])
def test_an_encoding_that_is_none_is_refused_when_declared(encoding: str) -> None:
    with pytest.raises(DeclarationError, match="is no encoding of text"):
        csv("visits", encoding=encoding)
    with pytest.raises(DeclarationError, match="is no encoding of text"):
        json_lines("visits", encoding=encoding)


def test_without_a_header_no_column_can_be_optional() -> None:
    with pytest.raises(DeclarationError, match=r"nobody can tell whether a file lacks \['till'\]"):
        csv("visits", header=False, optional=["till"])


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "latin-1", "cp1252", "utf-16-le", "shift_jis", "gb18030"])
def test_encodings_of_text_can_be_declared(encoding: str) -> None:
    assert csv("visits", encoding=encoding).encoding == encoding


def test_a_source_says_everything_that_its_rows_depend_on() -> None:
    assert csv("v", encoding="latin-1", delimiter=";", header=False) == Source("v", "csv", "latin-1", ";", False)
    assert repr(csv("v")) == repr(csv("v"))
    assert len({repr(s) for s in (csv("v"), csv("v", delimiter=";"), csv("v", header=False), parquet("v"))}) == 4
